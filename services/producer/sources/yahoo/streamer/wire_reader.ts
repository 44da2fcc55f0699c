// Reads the wire format of protobuf, field by field (https://protobuf.dev/programming-guides/encoding/). It never
// throws: bytes that are not whole or not protobuf set `fault`, and reading is over. No field allocates but a string.

/** Why reading ended early. */
export type WireFault = 'truncated' | 'malformed'

/** The wire types of protobuf. Groups are an old form, but still legal. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const

/** Bytes of a varint of 64 bits. */
const VARINT_BITS_MAX = 70
const TWO_TO_32 = 4_294_967_296

/** A place in a message. `next` moves to a field, and one of the other methods reads or skips its value. */
export class WireReader {
  readonly #bytes: Buffer
  #at = 0
  /** The 64 bits of the last varint. */
  #low = 0
  #high = 0
  /** Number and wire type of the field. */
  field = 0
  wire = 0
  fault: WireFault | null = null

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Moves to the next field; false at the end, or when there is a fault. */
  next(): boolean {
    if (this.fault !== null || this.#at >= this.#bytes.length) return false
    this.#readVarint()
    this.wire = this.#low & 7
    // A number has 29 bits, so that a tag has 32.
    this.field = this.#low >>> 3
    if (this.fault === null && (this.#high !== 0 || this.field === 0)) this.fault = 'malformed'
    return this.fault === null
  }

  /** Passes over the value, whatever it is. */
  skip(): void {
    if (this.wire === WIRE.varint) this.#readVarint()
    else if (this.wire === WIRE.fixed64) this.#advance(8)
    else if (this.wire === WIRE.fixed32) this.#advance(4)
    else if (this.wire === WIRE.bytes) this.#advance(this.#length())
    else if (this.wire === WIRE.groupStart) this.#skipGroup()
    else this.fault = 'malformed'
  }

  /** A string in UTF-8. */
  string(): string {
    const start = this.#advance(this.#length())
    return this.fault === null ? this.#bytes.toString('utf8', start, this.#at) : ''
  }

  float(): number {
    const start = this.#advance(4)
    return this.fault === null ? this.#bytes.readFloatLE(start) : 0
  }

  double(): number {
    const start = this.#advance(8)
    return this.fault === null ? this.#bytes.readDoubleLE(start) : 0
  }

  /** A zigzag integer of 64 bits; beyond 2^53 the nearest double. */
  sint64(): number {
    this.#readVarint()
    const isNegative = (this.#low & 1) === 1
    const low = ((this.#low >>> 1) | (this.#high << 31)) >>> 0
    const high = this.#high >>> 1
    // One is added below the carry, so that the sum is rounded once.
    return isNegative ? -(high * TWO_TO_32 + (low + 1)) : high * TWO_TO_32 + low
  }

  /** A value of an enum: a number of 32 bits, negative ones included. */
  enum(): number {
    this.#readVarint()
    return this.#low | 0
  }

  #length(): number {
    this.#readVarint()
    // Longer than any message: the advance will find it too long.
    return this.#high === 0 ? this.#low : TWO_TO_32
  }

  /** Where the passed bytes begin. */
  #advance(bytes: number): number {
    const start = this.#at
    if (this.fault === null && bytes > this.#bytes.length - start) this.fault = 'truncated'
    if (this.fault === null) this.#at = start + bytes
    return start
  }

  /** Groups nest: the end that counts is as deep as the start was. */
  #skipGroup(): void {
    for (let depth = 1; depth > 0; ) {
      if (!this.next()) {
        this.fault ??= 'truncated'
        return
      }
      if (this.wire === WIRE.groupStart) depth++
      else if (this.wire === WIRE.groupEnd) depth--
      else this.skip()
    }
  }

  #readVarint(): void {
    const bytes = this.#bytes
    let [low, high] = [0, 0]
    for (let shift = 0; shift < VARINT_BITS_MAX; shift += 7) {
      const byte = bytes[this.#at]
      if (byte === undefined) {
        this.fault ??= 'truncated'
        break
      }
      this.#at++
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift > 28) high |= bits << (shift - 32)
      else {
        low |= bits << 28
        high = bits >>> 4
      }
      if (byte < 0x80) {
        this.#low = low >>> 0
        this.#high = high >>> 0
        return
      }
    }
    this.fault ??= 'malformed'
    this.#low = 0
    this.#high = 0
  }
}
