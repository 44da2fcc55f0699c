// Bytes that are written one after another into a buffer that grows. A writer is emptied and used again, so that
// nothing is allocated for a record. Source: Kafka's "Protocol Primitive Types", VARINT (Protocol Buffers' sint32).

/** Up to this length a loop over the characters beats a call into Node. */
const SHORT_TEXT = 24
const UTF8_BYTES_MAX = 3
const VARINT_BYTES_MAX = 5

/** Writes at its end. */
export class ByteWriter {
  /** What was written, and room after it. Another buffer once it has grown. */
  bytes: Buffer
  /** Bytes written. */
  length = 0

  /** Begins in a buffer, whatever is in it. */
  constructor(buffer: Buffer) {
    this.bytes = buffer
  }

  /** Makes room for this many more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.length + count))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  varint(value: number): void {
    this.reserve(VARINT_BYTES_MAX)
    const { bytes } = this
    let at = this.length
    let raw = (value << 1) ^ (value >> 31)
    for (; (raw & ~0x7f) !== 0; raw >>>= 7) bytes[at++] = (raw & 0x7f) | 0x80
    bytes[at++] = raw
    this.length = at
  }

  /** The bytes of `source` from `start` up to `end`. */
  raw(source: Uint8Array, start = 0, end = source.length): void {
    const count = end - start
    this.reserve(count)
    const { bytes, length } = this
    if (count <= SHORT_TEXT) for (let i = 0; i < count; i++) bytes[length + i] = source[start + i] as number
    else bytes.set(count === source.length ? source : source.subarray(start, end), length)
    this.length += count
  }

  /** A text as UTF-8. */
  text(text: string): void {
    this.reserve(text.length * UTF8_BYTES_MAX)
    if (text.length <= SHORT_TEXT && this.#ascii(text)) return
    this.length += this.bytes.write(text, this.length)
  }

  /** A text of which the length in UTF-8 is known. */
  textOf(text: string, byteLength: number): void {
    this.reserve(byteLength)
    // One byte a character: all of it is ASCII, which is copied as it is.
    this.bytes.write(text, this.length, byteLength, byteLength === text.length ? 'latin1' : 'utf8')
    this.length += byteLength
  }

  /** Writes the text if it is ASCII; else nothing counts as written. */
  #ascii(text: string): boolean {
    const { bytes, length } = this
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return false
      bytes[length + i] = code
    }
    this.length += text.length
    return true
  }
}

/** How many bytes `varint` writes. */
export function varintBytes(value: number): number {
  const raw = (value << 1) ^ (value >> 31)
  return raw === 0 ? 1 : Math.ceil((32 - Math.clz32(raw)) / 7)
}
