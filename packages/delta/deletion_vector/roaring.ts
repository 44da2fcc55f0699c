// Reads the set of row numbers that a deletion vector is: 64-bit Roaring bitmaps in the portable format, behind Delta's
// magic number. Nothing is trusted: every count is checked against the bytes that are there, and what is not in order
// is an error. One container of 65,536 rows is expanded at a time. Sources: PROTOCOL.md, Deletion Vector Format;
// https://github.com/RoaringBitmap/RoaringFormatSpec.

/** The deleted rows of 65,536 consecutive rows. */
export interface RowContainer {
  /** A multiple of 65,536. */
  readonly firstRow: number
  /** 8,192 bytes, a bit a row, the highest bit of a byte first. */
  readonly bits: Uint8Array
  /** Bits that are set. */
  readonly count: number
}

/** Why the bytes are no bitmap. */
export class BitmapError extends Error {}

/** Rows of a container. */
const CONTAINER_ROWS = 65_536

const MAGIC = 1_681_511_377
/** Cookies of a 32-bit bitmap: without, and with containers of runs. */
const [COOKIE_PLAIN, COOKIE_RUNS] = [12_346, 12_347]
/** From this many containers on a bitmap with runs has offsets, too. */
const OFFSETS_FROM = 4
const ARRAY_VALUES_MAX = 4_096
/** Row numbers beyond it are none: keys end where 2^53 does. */
const KEY_MAX = 2 ** 21 - 1

/** The containers of the set, ascending. Throws BitmapError. */
export function* readRoaringBitmap(bytes: Uint8Array): Generator<RowContainer, void, void> {
  const source = new ByteSource(bytes)
  if (source.u32() !== MAGIC) throw new BitmapError('it does not begin with the magic number of a bitmap')
  const buckets = source.u64()
  let previous = -1
  for (let i = 0; i < buckets; i++) {
    const key = source.u32()
    if (key <= previous || key > KEY_MAX) throw new BitmapError('its keys are not in order')
    previous = key
    yield* readBucket(source, key * 2 ** 32)
  }
  if (source.left > 0) throw new BitmapError(`${source.left} bytes follow its end`)
}

interface ContainerHeader {
  readonly key: number
  readonly count: number
  readonly hasRuns: boolean
}

function* readBucket(source: ByteSource, base: number): Generator<RowContainer, void, void> {
  for (const { key, count, hasRuns } of readHeaders(source)) {
    const bits = new Uint8Array(CONTAINER_ROWS / 8)
    if (hasRuns) fillRuns(source, bits)
    else if (count <= ARRAY_VALUES_MAX) fillArray(source, bits, count)
    else fillBits(source, bits)
    if (bitsSet(bits) !== count) throw new BitmapError('a container does not hold as many rows as its header says')
    yield { firstRow: base + key * CONTAINER_ROWS, bits, count }
  }
}

function readHeaders(source: ByteSource): readonly ContainerHeader[] {
  const cookie = source.u32()
  const withRuns = (cookie & 0xffff) === COOKIE_RUNS
  if (!withRuns && cookie !== COOKIE_PLAIN) throw new BitmapError('it has an unknown cookie')
  const size = withRuns ? (cookie >>> 16) + 1 : source.u32()
  if (size > CONTAINER_ROWS) throw new BitmapError(`it claims ${size} containers`)
  const runs = withRuns ? source.take(Math.ceil(size / 8)) : undefined
  const headers: ContainerHeader[] = []
  for (let i = 0; i < size; i++) {
    const [key, count] = [source.u16(), source.u16() + 1]
    if (key <= (headers.at(-1)?.key ?? -1)) throw new BitmapError('its containers are not in order')
    headers.push({ key, count, hasRuns: runs !== undefined && (((runs[i >> 3] ?? 0) >> (i & 7)) & 1) === 1 })
  }
  // The containers follow each other in order, so their offsets tell nothing new.
  if (!withRuns || size >= OFFSETS_FROM) source.take(4 * size)
  return headers
}

function fillArray(source: ByteSource, bits: Uint8Array, count: number): void {
  for (let i = 0; i < count; i++) set(bits, source.u16())
}

function fillRuns(source: ByteSource, bits: Uint8Array): void {
  const runs = source.u16()
  let free = 0
  for (let i = 0; i < runs; i++) {
    const from = source.u16()
    const last = from + source.u16()
    if (from < free) throw new BitmapError('its runs are not in order')
    if (last >= CONTAINER_ROWS) throw new BitmapError('a run leaves its container')
    for (let row = from; row <= last; row++) set(bits, row)
    free = last + 1
  }
}

/** The format's lowest bit comes first, ours is the highest. */
function fillBits(source: ByteSource, bits: Uint8Array): void {
  const bytes = source.take(bits.length)
  for (let i = 0; i < bits.length; i++) bits[i] = REVERSED[bytes[i] ?? 0] ?? 0
}

function set(bits: Uint8Array, row: number): void {
  const at = row >> 3
  bits[at] = (bits[at] ?? 0) | (0x80 >> (row & 7))
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(2).padStart(8, '0'))
const REVERSED = Uint8Array.from(BYTES, (digits) => Number.parseInt([...digits].reverse().join(''), 2))
const ONES = Uint8Array.from(BYTES, (digits) => digits.replaceAll('0', '').length)

function bitsSet(bits: Uint8Array): number {
  let count = 0
  for (const byte of bits) count += ONES[byte] ?? 0
  return count
}

/** Little-endian integers from a position that moves on. */
class ByteSource {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  u16(): number {
    return this.#view.getUint16(this.#move(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#move(4), true)
  }

  u64(): number {
    return Number(this.#view.getBigUint64(this.#move(8), true))
  }

  take(count: number): Uint8Array {
    const at = this.#move(count)
    return this.#bytes.subarray(at, at + count)
  }

  #move(count: number): number {
    if (count > this.left) throw new BitmapError('it is cut short')
    this.#at += count
    return this.#at - count
  }
}
