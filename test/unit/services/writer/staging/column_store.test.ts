// The memory of a column: reused from flush to flush, but not for the sake of one large flush; and what is counted for
// a row is no less than it takes.

import { expect, test } from 'vitest'
import { TABLES } from '#lake/tables'
import { VALUE_WORDS } from '#parquet-bytes/column_values'
import { COLUMN_ROWS_KEPT, ROW_BYTES_OVERHEAD } from '#services/writer/limits'
import { ColumnStore } from '#services/writer/staging/column_store'
import { StagedRows } from '#services/writer/staging/staged_rows'

const filled = (rows: number) => {
  const store = new ColumnStore({ name: 'n', kind: 'int32', isNullable: true })
  for (let row = 0; row < rows; row++) {
    store.hold(row)
    store.words[row] = row + 1
  }
  return store
}

test('a column keeps its memory for the next flush', () => {
  const store = filled(COLUMN_ROWS_KEPT)
  const { words } = store
  store.clear()
  store.hold(3)
  expect(store.words).toBe(words)
  expect([store.validity[0], store.validity[1]]).toEqual([1 << 3, 0])
})

test('a column that was larger than most lets its memory go', () => {
  const store = filled(COLUMN_ROWS_KEPT + 1)
  store.clear()
  expect([store.words, store.bytes, store.doubles, store.validity].map(({ length }) => length)).toEqual([0, 0, 0, 0])
  expect(store.setNull(5)).toBe(true)
  store.hold(3)
  store.words[3] = 7
  expect([store.words[3], store.validity[0], store.isEmpty]).toEqual([7, 1 << 3, false])
})

test.each(TABLES.map((spec) => [spec.name, spec] as const))(
  'a row of %s takes no more than what is counted',
  (_, spec) => {
    const { columns } = new StagedRows(spec)
    const staged = columns.filter(({ isConstant }) => isConstant !== true)
    // Beside them stand its assignment and its day.
    const bytes = staged.reduce((sum, { kind }) => sum + 4 * VALUE_WORDS[kind] + 1 / 8, 2 * (4 + 1 / 8))
    expect(bytes).toBeLessThanOrEqual(ROW_BYTES_OVERHEAD)
  },
)
