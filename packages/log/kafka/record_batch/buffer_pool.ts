// Large buffers that serve again and again. Each new one brings V8's next full collection nearer, and that costs more
// than to fill the buffer. Invariant: whoever gives a buffer back holds no view of it, and nobody still sends it.

/** Smaller buffers are not worth keeping. */
export const POOLED_BYTES_MIN = 64 * 1024
/** Of all buffers that wait to be taken. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024
/** A buffer serves a demand of no less than this share of it. */
const SHARE_MIN = 0.25

/** A buffer that this many demands have passed by is let go. */
export const DEMANDS_WAITED_MAX = 256

interface Kept {
  readonly buffer: Buffer
  /** How many demands there were before it was given. */
  readonly since: number
}

/** Hands out buffers and takes them back. */
export class BufferPool {
  /** In the order in which they were given. */
  readonly #kept: Kept[] = []
  #keptBytes = 0
  #demands = 0

  /** A buffer of at least so many bytes, whatever they are. */
  take(bytes: number): Buffer {
    this.#demands++
    while (this.#demands - (this.#kept[0]?.since ?? this.#demands) > DEMANDS_WAITED_MAX) this.#remove(0)
    const index = this.#kept.findLastIndex(({ buffer: { length } }) => length >= bytes && length * SHARE_MIN <= bytes)
    return index === -1 ? Buffer.allocUnsafe(bytes) : this.#remove(index)
  }

  /** Takes a buffer back, to be handed out again; the oldest make room for it. Throws when it is here already. */
  give(buffer: Buffer): void {
    if (this.#kept.some((kept) => kept.buffer === buffer)) throw new Error('a buffer was given back twice')
    if (buffer.length < POOLED_BYTES_MIN || buffer.length > KEPT_BYTES_MAX) return
    while (this.#keptBytes + buffer.length > KEPT_BYTES_MAX) this.#remove(0)
    this.#kept.push({ buffer, since: this.#demands })
    this.#keptBytes += buffer.length
  }

  #remove(index: number): Buffer {
    const [{ buffer }] = this.#kept.splice(index, 1) as [Kept]
    this.#keptBytes -= buffer.length
    return buffer
  }
}
