// A column chunk: the values of some rows as the pages of one row group, not yet compressed, and their range. One data
// page, after a dictionary page where that is shorter. Levels stand before the values, their length before them.
// Source: parquet-format, Encodings.md and README.md, Data Pages.

import { type ColumnValues, VALUE_WORDS } from '#parquet-bytes/column_values'
import { ByteValues } from '#parquet-bytes/values/byte_values'
import type { PageArena } from '#parquet-bytes/values/page_arena'
import { type Dictionary, dictionaryOf } from '#parquet-bytes/values/text_dictionary'
import {
  type EncodedRange,
  rangeOfBytes,
  rangeOfDoubles,
  rangeOfIntegers,
  rangeOfLongs,
} from '#parquet-bytes/values/value_range'
import { runBytesMax, writePacked, writeRepeated } from '#parquet-bytes/values/write_runs'

/** The pages of a column chunk. They are good as long as the arena is. */
export interface EncodedColumn {
  /** Null when values stand as they are. */
  readonly dictionary: { readonly count: number; readonly page: Uint8Array } | null
  readonly page: Uint8Array
  readonly nullCount: number
  /** Null when there is no value, or none has a place in an order. */
  readonly range: EncodedRange | null
}

/** Rows that are encoded at a time, at most. */
export const ENCODED_ROWS_MAX = 51_200

/** Encodes the values of those rows into memory of the arena. Throws a RangeError when they are too many. */
export function encodeColumn(column: ColumnValues, rows: Int32Array, arena: PageArena): EncodedColumn {
  if (rows.length > ENCODED_ROWS_MAX) {
    throw new RangeError(`column ${column.name} has ${rows.length} rows; at most ${ENCODED_ROWS_MAX} fit`)
  }
  const present = presentRows(column, rows)
  const levels = levelsOf(column, rows, present.length)
  const pages = encodeValues(column, present, new PageSpace(arena, levels))
  return { nullCount: rows.length - present.length, ...pages, range: present.length === 0 ? null : pages.range }
}

const LENGTH_BYTES = 4

/** For one column at a time: encoding is not interrupted. */
const presentScratch = new Int32Array(ENCODED_ROWS_MAX)
const levelScratch = new Uint8Array(ENCODED_ROWS_MAX)
const levelsScratch = new Uint8Array(LENGTH_BYTES + runBytesMax(ENCODED_ROWS_MAX, 1))

/** Where a column's pages are written. */
class PageSpace {
  readonly #arena: PageArena
  readonly #levels: Uint8Array

  constructor(arena: PageArena, levels: Uint8Array) {
    this.#arena = arena
    this.#levels = levels
  }

  /** A data page with its levels, and where its values go. */
  data(bytes: number): { readonly page: Uint8Array; readonly values: Uint8Array } {
    const page = this.#arena.page(this.#levels.length, bytes)
    page.set(this.#levels)
    return { page, values: page.subarray(this.#levels.length) }
  }

  dictionary(bytes: number): Uint8Array {
    return this.#arena.page(0, bytes)
  }
}

/** The rows that have a value. */
function presentRows({ isNullable, isEmpty, validity }: ColumnValues, rows: Int32Array): Int32Array {
  if (!isNullable) return rows
  let count = 0
  for (let i = 0; !isEmpty && i < rows.length; i++) {
    const row = rows[i] as number
    presentScratch[count] = row
    count += ((validity[row >> 3] as number) >> (row & 7)) & 1
  }
  return presentScratch.subarray(0, count)
}

/** Definition levels: 1 for a row that has a value. */
function levelsOf({ validity }: ColumnValues, rows: Int32Array, present: number): Uint8Array {
  const [levels, count] = [levelsScratch, rows.length]
  let end: number
  if (present === count || present === 0) {
    end = writeRepeated(levels, LENGTH_BYTES, { value: present === 0 ? 0 : 1, count, width: 1 })
  } else {
    for (let i = 0; i < count; i++) {
      const row = rows[i] as number
      levelScratch[i] = ((validity[row >> 3] as number) >> (row & 7)) & 1
    }
    end = writePacked(levels, LENGTH_BYTES, { values: levelScratch, count, width: 1 })
  }
  new DataView(levels.buffer).setUint32(0, end - LENGTH_BYTES, true)
  return levels.subarray(0, end)
}

type EncodedValues = Pick<EncodedColumn, 'dictionary' | 'page' | 'range'>

function encodeValues(column: ColumnValues, rows: Int32Array, space: PageSpace): EncodedValues {
  switch (column.kind) {
    case 'text':
      return encodeTexts(column, rows, space)
    case 'bytes':
      return { dictionary: null, page: plainBytes(new ByteValues(column), rows, space), range: null }
    case 'boolean':
      return { dictionary: null, page: plainBooleans(column, rows, space), range: null }
    case 'double':
      return { dictionary: null, page: plainNumbers(column, rows, space), range: rangeOfDoubles(column, rows) }
    case 'int32':
    case 'date':
      return { dictionary: null, page: plainNumbers(column, rows, space), range: rangeOfIntegers(column, rows) }
    default:
      return { dictionary: null, page: plainNumbers(column, rows, space), range: rangeOfLongs(column, rows) }
  }
}

function encodeTexts(column: ColumnValues, rows: Int32Array, space: PageSpace): EncodedValues {
  const values = new ByteValues(column)
  const dictionary = column.isConstant === true ? constantOf(rows) : dictionaryOf(column, rows)
  if (dictionary === null) {
    return { dictionary, page: plainBytes(values, rows, space), range: rangeOfBytes(values, rows) }
  }
  const firstRows = Int32Array.from(dictionary.firstRows)
  const dictionaryPage = space.dictionary(plainLength(values, firstRows))
  copyPlain(dictionaryPage, values, firstRows)
  return {
    dictionary: { count: firstRows.length, page: dictionaryPage },
    page: numbersPage(dictionary, rows.length, space),
    range: rangeOfBytes(values, firstRows),
  }
}

function constantOf(rows: Int32Array): Dictionary {
  return { firstRows: rows.length === 0 ? [] : [0], numbers: new Uint16Array(0) }
}

/** Dictionary numbers: how many bits each has, then one run. */
function numbersPage({ firstRows, numbers }: Dictionary, count: number, space: PageSpace): Uint8Array {
  const width = Math.max(1, 32 - Math.clz32(Math.max(0, firstRows.length - 1)))
  const { page, values } = space.data(1 + runBytesMax(count, width))
  values[0] = width
  const end =
    firstRows.length <= 1
      ? writeRepeated(values, 1, { value: 0, count, width })
      : writePacked(values, 1, { values: numbers, count, width })
  return page.subarray(0, page.length - values.length + end)
}

function plainBytes(values: ByteValues, rows: Int32Array, space: PageSpace): Uint8Array {
  const { page, values: target } = space.data(plainLength(values, rows))
  copyPlain(target, values, rows)
  return page
}

function plainLength(values: ByteValues, rows: Int32Array): number {
  let length = 0
  for (let i = 0; i < rows.length; i++) length += LENGTH_BYTES + values.lengthOf(rows[i] as number)
  return length
}

function copyPlain(target: Uint8Array, values: ByteValues, rows: Int32Array): void {
  let at = 0
  for (let i = 0; i < rows.length; i++) at = values.copyTo(target, at, rows[i] as number)
}

function plainBooleans({ words }: ColumnValues, rows: Int32Array, space: PageSpace): Uint8Array {
  const { page, values } = space.data(Math.ceil(rows.length / 8))
  values.fill(0)
  for (let i = 0; i < rows.length; i++) {
    values[i >> 3] = (values[i >> 3] as number) | ((words[rows[i] as number] as number) << (i & 7))
  }
  return page
}

function plainNumbers({ words, kind }: ColumnValues, rows: Int32Array, space: PageSpace): Uint8Array {
  const width = VALUE_WORDS[kind]
  const { page, values } = space.data(rows.length * width * 4)
  const target = new Int32Array(values.buffer, values.byteOffset, rows.length * width)
  if (width === 1) for (let i = 0; i < rows.length; i++) target[i] = words[rows[i] as number] as number
  else {
    for (let i = 0; i < rows.length; i++) {
      const at = (rows[i] as number) * 2
      target[2 * i] = words[at] as number
      target[2 * i + 1] = words[at + 1] as number
    }
  }
  return page
}
