// Large buffers that serve again and again. Each new one brings V8's next full collection nearer, and that costs more
// than to fill the buffer. Invariant: whoever gives a buffer back holds no view of it, and nobody still sends it.

/** Smaller buffers are not worth keeping. */
export const POOLED_BYTES_MIN = 64 * 1024
/** Of all buffers that wait to be taken. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024
/** A buffer serves a demand of no less than this share of it. */
const SHARE_MIN = 0.25

/** Hands out buffers and takes them back. */
export class BufferPool {
  readonly #kept: Buffer[] = []
  #keptBytes = 0

  /** A buffer of at least so many bytes, whatever they are. */
  take(bytes: number): Buffer {
    const index = this.#kept.findIndex(({ length }) => length >= bytes && length * SHARE_MIN <= bytes)
    if (index === -1) return Buffer.allocUnsafe(bytes)
    const [buffer] = this.#kept.splice(index, 1) as [Buffer]
    this.#keptBytes -= buffer.length
    return buffer
  }

  /** Takes a buffer back, to be handed out again. Throws when it is here already. */
  give(buffer: Buffer): void {
    if (this.#kept.includes(buffer)) throw new Error('a buffer was given back twice')
    if (buffer.length < POOLED_BYTES_MIN || this.#keptBytes + buffer.length > KEPT_BYTES_MAX) return
    this.#kept.push(buffer)
    this.#keptBytes += buffer.length
  }
}
