// The runs in which Parquet writes levels and dictionary indexes: a value and how often it comes, or groups of eight
// packed in bits. Invariant: what is counted here has no more values than were announced, and none above the highest
// one. Source: parquet-format, Encodings.md, Run Length Encoding / Bit-Packing Hybrid.

import { type ByteReader, varint } from '#parquet-bytes/thrift'

/** What the runs hold. */
export interface Runs {
  /** Values announced. */
  readonly count: number
  /** Bits of a value. */
  readonly width: number
  /** The highest value there may be. */
  readonly highest: number
  /** The value that is counted. */
  readonly wanted: number
  /** Where the runs end. */
  readonly end: number
}

/** Writers fill up their last packed run, by this much at most: a run has 63 groups as one byte can say. */
const PADDING_MAX = 504

/** How many of the values are the wanted one. Throws when the runs hold other than they were announced to. */
export function countInRuns(reader: ByteReader, { count, width, highest, wanted, end }: Runs): number {
  if (width > 32 || end > reader.view.byteLength) throw new Error('runs leave their page')
  let [seen, found] = [0, 0]
  while (seen < count) {
    const head = varint(reader)
    const length = head & 1 ? (head >>> 1) * 8 : head >>> 1
    if (length > count - seen + (head & 1 ? PADDING_MAX : 0)) throw new Error('a run has more values than its page')
    const used = Math.min(length, count - seen)
    if (head & 1) {
      found += countPacked(reader, { width, highest, wanted, used })
      reader.offset += (length / 8) * width - Math.ceil((used * width) / 8)
    } else {
      const value = bytesLittleEndian(reader, (width + 7) >> 3)
      if (value > highest) throw new Error('a run has a value that cannot be')
      if (value === wanted) found += used
    }
    if (reader.offset > end) throw new Error('runs leave their page')
    seen += used
  }
  return found
}

function countPacked(
  reader: ByteReader,
  { width, highest, wanted, used }: { width: number; highest: number; wanted: number; used: number },
): number {
  let [bits, have, found] = [0, 0, 0]
  const scale = 2 ** width
  for (let i = 0; i < used; i++) {
    while (have < width) {
      bits += reader.view.getUint8(reader.offset++) * 2 ** have
      have += 8
    }
    const value = bits % scale
    bits = Math.floor(bits / scale)
    have -= width
    if (value > highest) throw new Error('a run has a value that cannot be')
    if (value === wanted) found++
  }
  return found
}

function bytesLittleEndian(reader: ByteReader, length: number): number {
  let value = 0
  for (let i = 0; i < length; i++) value += reader.view.getUint8(reader.offset++) * 2 ** (8 * i)
  return value
}
