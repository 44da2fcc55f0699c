// A column is encoded into memory of a fixed size, so more rows than fit are refused and none is lost without a word.

import { expect, test } from 'vitest'
import type { ColumnValues } from '#parquet-bytes/column_values'
import { ENCODED_ROWS_MAX, encodeColumn } from '#parquet-bytes/values/encode_column'
import { PageArena } from '#parquet-bytes/values/page_arena'

function numbers(count: number): ColumnValues {
  const validity = new Uint8Array(Math.ceil(count / 8)).fill(0xff)
  const words = Int32Array.from({ length: count }, (_, row) => row)
  return { name: 'n', kind: 'int32', isNullable: true, words, validity, isEmpty: false, heap: new Uint8Array(0) }
}

test('a column is encoded up to the limit of rows, and refused beyond', () => {
  const rows = Int32Array.from({ length: ENCODED_ROWS_MAX + 1 }, (_, row) => row)
  const column = numbers(rows.length)
  const { range, nullCount } = encodeColumn(column, rows.subarray(0, ENCODED_ROWS_MAX), new PageArena())
  expect({ range, nullCount }).toEqual({ range: { min: 0, max: ENCODED_ROWS_MAX - 1 }, nullCount: 0 })
  expect(() => encodeColumn(column, rows, new PageArena())).toThrow(RangeError)
})

test('a column of texts without a value numbers them in one bit', () => {
  const words = new Int32Array(4 * 3)
  const empty = { name: 't', kind: 'text', isNullable: true, isEmpty: true, validity: new Uint8Array(1) } as const
  const { page, dictionary } = encodeColumn(
    { ...empty, words, heap: new Uint8Array(0) },
    Int32Array.of(0, 1, 2),
    new PageArena(),
  )
  const levelBytes = 4 + new DataView(page.buffer, page.byteOffset).getInt32(0, true)
  expect([page[levelBytes], dictionary?.count]).toEqual([1, 0])
})
