// Checks the pages of a column chunk before hyparquet decodes them. hyparquet believes what pages say of themselves: a
// missing size makes it loop for ever, and a run may claim two thousand million values. Invariant: after this check
// no loop of the decoder is longer than the values that the file may have, and every row has its value. Source:
// parquet.thrift, PageHeader, whose field numbers these are; parquet-format, Encodings.md.

import { crc32 } from 'node:zlib'
import type { CompressionCodec } from 'hyparquet'
import { decompressPage } from 'hyparquet/src/datapage.js'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { DECOMPRESSORS } from '#parquet-bytes/codecs'
import { countInRuns } from '#parquet-bytes/runs'
import { type ByteReader, readThriftStruct, type ThriftStruct, varint } from '#parquet-bytes/thrift'

/** A column chunk and what is known of it. */
export interface ColumnChunkBytes {
  readonly bytes: Uint8Array
  readonly codec: CompressionCodec
  readonly isBoolean: boolean
  readonly definitionLevelMax: number
  readonly repetitionLevelMax: number
  readonly rows: number
  /** Values that all of its pages may have together; nulls and empty lists are values, too. */
  readonly valuesMax: number
}

/** No page unpacks to more than this: whatever does holds no actions of a log. */
export const PAGE_BYTES_MAX = 512 * 1024 * 1024

/** Blocks of delta encoding have a few parts, four in every known writer. */
const DELTA_PARTS_MAX = 1_024

const [DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2] = [0, 2, 3]
const [PLAIN, PLAIN_DICTIONARY, RLE, DELTA_BINARY] = [0, 2, 3, 5]
const [DELTA_LENGTH, DELTA_BYTES, RLE_DICTIONARY, SPLIT] = [6, 7, 8, 9]

/** Throws when a page is not what it says, or when the pages together have other rows than the chunk. */
export function requireSoundPages(chunk: ColumnChunkBytes): void {
  const reader = readerOf(chunk.bytes)
  const found: Found = { rows: 0, values: 0, dictionarySize: 0 }
  // A last byte alone is no page: hyparquet, too, leaves it.
  while (reader.offset < chunk.bytes.length - 1) checkPage(chunk, reader, found)
  if (found.rows !== chunk.rows)
    throw new Error(`a column has ${found.rows} rows where its row group has ${chunk.rows}`)
}

/** What the pages so far have. */
interface Found {
  rows: number
  values: number
  dictionarySize: number
}

function checkPage(chunk: ColumnChunkBytes, reader: ByteReader, found: Found): void {
  const header = readThriftStruct(reader)
  const unpackedSize = wholeNumber(header, 2, PAGE_BYTES_MAX)
  const packed = take(reader, chunk.bytes, wholeNumber(header, 3, chunk.bytes.length))
  const checksum = header.get(4)
  if (checksum !== undefined && checksum !== (crc32(packed) | 0)) throw new Error('a page does not match its checksum')
  const type = header.get(1)
  if (type === DICTIONARY_PAGE) {
    // Its values are checked by their own lengths as they are decoded; a value has a bit at least.
    found.dictionarySize = wholeNumber(structAt(header, 7), 1, unpackedSize * 8)
  } else if (type === DATA_PAGE) checkDataPage(chunk, { facts: structAt(header, 5), packed, unpackedSize }, found)
  else if (type === DATA_PAGE_V2) checkDataPageV2(chunk, { facts: structAt(header, 8), packed, unpackedSize }, found)
  else throw new Error(`a page is of the unknown type ${String(type)}`)
}

/** A page as the file has it. */
interface Page {
  readonly facts: ThriftStruct
  readonly packed: Uint8Array
  readonly unpackedSize: number
}

function checkDataPage(chunk: ColumnChunkBytes, { facts, packed, unpackedSize }: Page, found: Found): void {
  const count = wholeNumber(facts, 1, chunk.valuesMax - found.values)
  const page = readerOf(decompressPage(packed, unpackedSize, chunk.codec, DECOMPRESSORS))
  const rows = checkLevels(page, { count, highest: chunk.repetitionLevelMax, wanted: 0 })
  const values = checkLevels(page, { count, highest: chunk.definitionLevelMax, wanted: chunk.definitionLevelMax })
  checkValues(page, { chunk, found, count: values, encoding: facts.get(2), version: 1 })
  found.values += count
  found.rows += rows
}

function checkDataPageV2(chunk: ColumnChunkBytes, { facts, packed, unpackedSize }: Page, found: Found): void {
  const count = wholeNumber(facts, 1, chunk.valuesMax - found.values)
  const definitionBytes = wholeNumber(facts, 5, packed.length)
  const repetitionBytes = wholeNumber(facts, 6, packed.length - definitionBytes)
  const levels = readerOf(packed)
  const [repetition, definition] = [chunk.repetitionLevelMax, chunk.definitionLevelMax]
  const rows = checkLevels(levels, { count, highest: repetition, wanted: 0, length: repetitionBytes })
  levels.offset = repetitionBytes
  const values = checkLevels(levels, { count, highest: definition, wanted: definition, length: definitionBytes })
  if (values !== count - wholeNumber(facts, 2, count)) throw new Error('a page has other nulls than it says')
  if (rows !== wholeNumber(facts, 3, count)) throw new Error('a page has other rows than it says')
  const rest = packed.subarray(repetitionBytes + definitionBytes)
  const restSize = unpackedSize - repetitionBytes - definitionBytes
  const isPacked = facts.get(7) !== false
  const page = readerOf(isPacked ? decompressPage(rest, restSize, chunk.codec, DECOMPRESSORS) : rest)
  checkValues(page, { chunk, found, count: values, encoding: facts.get(4), version: 2 })
  found.values += count
  found.rows += rows
}

/** How many of the levels are the wanted one; without a length it stands before them. */
function checkLevels(
  page: ByteReader,
  { count, highest, wanted, length }: { count: number; highest: number; wanted: number; length?: number },
): number {
  if (highest === 0) return count
  const end = length === undefined ? lengthPrefix(page) : page.offset + length
  const found = countInRuns(page, { count, width: bitsOf(highest), highest, wanted, end })
  page.offset = end
  return found
}

function lengthPrefix(page: ByteReader): number {
  const length = page.view.getUint32(page.offset, true)
  page.offset += 4
  return page.offset + length
}

/** The values that follow the levels: those that are not null. */
interface PageValues {
  readonly chunk: ColumnChunkBytes
  readonly found: Found
  readonly count: number
  readonly encoding: unknown
  readonly version: 1 | 2
}

/** The encodings whose loops the bytes themselves do not bound. */
function checkValues(page: ByteReader, values: PageValues): void {
  const { chunk, count, encoding } = values
  if (encoding === DELTA_BINARY || encoding === DELTA_LENGTH) checkDeltaHead(page)
  else if (encoding === DELTA_BYTES) checkPrefixes(page, count)
  else if (encoding === RLE && chunk.isBoolean) {
    countInRuns(page, { count, width: 1, highest: 1, wanted: 0, end: lengthPrefix(page) })
  } else if ((encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY) && !chunk.isBoolean) {
    checkIndexes(page, values)
  } else if (encoding !== PLAIN && encoding !== SPLIT) throw new Error(`a page has the encoding ${String(encoding)}`)
}

/** Width 0 is a dictionary of one value: of a page of version 1 hyparquet then reads no runs. */
function checkIndexes(page: ByteReader, { count, found, version }: PageValues): void {
  if (count === 0) return
  const highest = found.dictionarySize - 1
  if (highest < 0) throw new Error('a page has a dictionary that is not there')
  const width = page.view.getUint8(page.offset++)
  const end = page.view.byteLength
  if (width > 0 || version === 2) countInRuns(page, { count, width, highest, wanted: 0, end })
}

function checkDeltaHead(page: ByteReader): void {
  const { offset } = page
  varint(page)
  const parts = varint(page)
  if (parts <= 0 || parts > DELTA_PARTS_MAX) throw new Error('a delta-encoded page has no sound blocks')
  page.offset = offset
}

/** Each text begins with a part of the one before: together they must not grow beyond a page. */
function checkPrefixes(page: ByteReader, count: number): void {
  const [prefixes, suffixes] = [new Int32Array(count), new Int32Array(count)]
  for (const lengths of [prefixes, suffixes]) {
    checkDeltaHead(page)
    deltaBinaryUnpack(page, count, lengths)
  }
  let [length, total] = [0, 0]
  prefixes.forEach((prefix, index) => {
    const suffix = suffixes[index] ?? 0
    if (prefix < 0 || prefix > length || suffix < 0) throw new Error('a text begins with more than the one before has')
    length = prefix + suffix
    total += length
    if (total > PAGE_BYTES_MAX) throw new Error('the texts of a page are too long')
  })
}

function readerOf(bytes: Uint8Array): ByteReader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
}

function take(reader: ByteReader, bytes: Uint8Array, length: number): Uint8Array {
  const taken = bytes.subarray(reader.offset, reader.offset + length)
  if (taken.length < length) throw new Error('a page ends early')
  reader.offset += length
  return taken
}

function wholeNumber(struct: ThriftStruct, field: number, max: number): number {
  const value = struct.get(field)
  if (typeof value === 'number' && value >= 0 && value <= max) return value
  throw new Error(`a page header has ${String(value)} in field ${field}, where 0 to ${max} can be`)
}

function structAt(struct: ThriftStruct, field: number): ThriftStruct {
  const value = struct.get(field)
  if (value instanceof Map) return value
  throw new Error(`a page header lacks its field ${field}`)
}

/** Bits that hold every value up to this one. */
function bitsOf(highest: number): number {
  return 32 - Math.clz32(highest)
}
