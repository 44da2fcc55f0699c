// Unpacks LZ4 frames, blocks linked or not. Invariant: every sequence reads bytes that are there and writes within the
// limit, so that damaged bytes end in an error and never in a loop. Checksums are passed over: what calls this has its
// own over the whole. Source: lz4/lz4, doc/lz4_Frame_format.md and doc/lz4_Block_format.md.

const FRAME_MAGIC = 0x184d2204
const BLOCK_BYTES_MAX = [64, 256, 1024, 4096].map((kib) => kib * 1024)
/** The code of the smallest of these. */
const BLOCK_CODE_MIN = 4
const MATCH_BYTES_MIN = 4
const LENGTH_MASK = 15

/** What a frame's header says. */
interface FrameHeader {
  /** Where the first block begins. */
  readonly end: number
  readonly hasBlockChecksums: boolean
  readonly blockBytesMax: number
}

/** The unpacked bytes of a frame. Throws when it is damaged, or holds more than `bytesMax`. */
export function unpackLz4Frame(input: Uint8Array, bytesMax: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  const header = frameHeader(view)
  const output = new Output(bytesMax)
  for (let at = header.end; ; ) {
    const size = wordAt(view, at)
    if (size === 0) return output.bytes()
    const length = size & 0x7fff_ffff
    const start = at + 4
    if (length > header.blockBytesMax || start + length > input.length) throw damaged('a block beyond its end')
    output.reserve(header.blockBytesMax)
    const block = input.subarray(start, start + length)
    if (size & 0x8000_0000) output.append(block)
    else unpackBlock(block, output)
    at = start + length + (header.hasBlockChecksums ? 4 : 0)
  }
}

function frameHeader(view: DataView): FrameHeader {
  if (wordAt(view, 0) !== FRAME_MAGIC) throw damaged('no frame')
  const [flags, block] = [byteAt(view, 4), byteAt(view, 5)]
  if (flags >> 6 !== 1) throw damaged(`version ${flags >> 6}`)
  if (flags & 0x01) throw damaged('a dictionary')
  const blockBytesMax = BLOCK_BYTES_MAX[((block >> 4) & 7) - BLOCK_CODE_MIN]
  if (blockBytesMax === undefined) throw damaged('a block size that is none')
  const contentSize = flags & 0x08 ? 8 : 0
  return { end: 4 + 2 + contentSize + 1, hasBlockChecksums: (flags & 0x10) !== 0, blockBytesMax }
}

/** A block is sequences of literals and a copy; the last one is literals alone. */
function unpackBlock(block: Uint8Array, output: Output): void {
  const cursor = { block, at: 0 }
  while (cursor.at < block.length) {
    const token = next(cursor)
    const literals = lengthFrom(cursor, token >> 4)
    if (cursor.at + literals > block.length) throw damaged('literals beyond their block')
    output.append(block.subarray(cursor.at, cursor.at + literals))
    cursor.at += literals
    if (cursor.at === block.length) return
    const distance = next(cursor) | (next(cursor) << 8)
    output.copyBack(distance, lengthFrom(cursor, token & LENGTH_MASK) + MATCH_BYTES_MIN)
  }
}

interface Cursor {
  readonly block: Uint8Array
  at: number
}

/** A length of 15 goes on in the bytes that follow, up to one that is not 255. */
function lengthFrom(cursor: Cursor, nibble: number): number {
  let length = nibble
  if (nibble < LENGTH_MASK) return length
  for (let more = 255; more === 255; length += more) more = next(cursor)
  return length
}

function next(cursor: Cursor): number {
  const byte = cursor.block[cursor.at++]
  if (byte === undefined) throw damaged('a block that ends early')
  return byte
}

/** What was unpacked so far, which copies refer back to. */
class Output {
  readonly #bytesMax: number
  #buffer = new Uint8Array(0)
  #size = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Makes room for so many bytes more, or for all that the limit allows. */
  reserve(bytes: number): void {
    const wanted = Math.min(this.#size + bytes, this.#bytesMax)
    if (wanted <= this.#buffer.length) return
    const wider = new Uint8Array(Math.min(Math.max(wanted, this.#buffer.length * 2), this.#bytesMax))
    wider.set(this.#buffer.subarray(0, this.#size))
    this.#buffer = wider
  }

  append(bytes: Uint8Array): void {
    this.#require(bytes.length)
    this.#buffer.set(bytes, this.#size)
    this.#size += bytes.length
  }

  /** Repeats bytes from before; a copy that overlaps itself repeats what it has just written. */
  copyBack(distance: number, length: number): void {
    if (distance === 0 || distance > this.#size) throw damaged('a copy from before its beginning')
    this.#require(length)
    const [buffer, to] = [this.#buffer, this.#size]
    if (distance >= length) buffer.copyWithin(to, to - distance, to - distance + length)
    else for (let at = to; at < to + length; at++) buffer[at] = buffer[at - distance] as number
    this.#size += length
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#size)
  }

  #require(length: number): void {
    if (this.#size + length > this.#buffer.length) throw damaged('more bytes than a block, or the limit, allows')
  }
}

function wordAt(view: DataView, at: number): number {
  if (at + 4 > view.byteLength) throw damaged('a frame that ends early')
  return view.getUint32(at, true)
}

function byteAt(view: DataView, at: number): number {
  if (at >= view.byteLength) throw damaged('a frame that ends early')
  return view.getUint8(at)
}

function damaged(what: string): Error {
  return new Error(`LZ4 data has ${what}`)
}
