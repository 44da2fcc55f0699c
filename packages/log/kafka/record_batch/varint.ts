// Zigzag varints, as records hold their lengths, deltas and counts. Source: Kafka's "Protocol Primitive Types", VARINT
// and VARLONG, which are Protocol Buffers' sint32 and sint64.

import { DamagedBatch } from './batch_header.ts'

const BYTES_MAX_32 = 5
const BYTES_MAX_64 = 10
const UNFINISHED = 'a record ends within a number, or has one that is too long'

/** Reads one number after another. One reader serves a whole fetch, so that nothing is allocated for a record. */
export class VarintReader {
  readonly bytes: Uint8Array
  /** The next byte to read. */
  at = 0
  /** Where reading must stop. */
  end = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** A VARINT. Throws DamagedBatch when it has no end in time. */
  varint(): number {
    const { bytes, end } = this
    let at = this.at
    const first = bytes[at++] as number
    if (first < 0x80 && at <= end) {
      this.at = at
      return (first >>> 1) ^ -(first & 1)
    }
    let raw = first & 0x7f
    for (let shift = 7; shift < 7 * BYTES_MAX_32; shift += 7) {
      if (at >= end) break
      const next = bytes[at++] as number
      raw |= (next & 0x7f) << shift
      if (next < 0x80) {
        this.at = at
        return (raw >>> 1) ^ -(raw & 1)
      }
    }
    throw new DamagedBatch(UNFINISHED)
  }

  /** Goes past a VARLONG, whatever its value. Throws DamagedBatch when it has no end in time. */
  skipVarlong(): void {
    const end = Math.min(this.end, this.at + BYTES_MAX_64)
    while (this.at < end) if ((this.bytes[this.at++] as number) < 0x80) return
    throw new DamagedBatch(UNFINISHED)
  }

  /** A VARLONG, as near as a double comes to it. Throws DamagedBatch when it has no end in time. */
  varlong(): number {
    const { bytes, end } = this
    let at = this.at
    // Told by the lowest bit, which a large number as a double has no more.
    const isNegative = ((bytes[at] as number) & 1) === 1
    let raw = 0
    let scale = 1
    for (let count = 0; count < BYTES_MAX_64 && at < end; count++, scale *= 128) {
      const next = bytes[at++] as number
      raw += (next & 0x7f) * scale
      if (next < 0x80) {
        this.at = at
        return isNegative ? -(raw + 1) / 2 : raw / 2
      }
    }
    throw new DamagedBatch(UNFINISHED)
  }
}
