// NaN in tables of others. Their Parquet statistics leave it out, and DuckDB, which takes NaN for the greatest number,
// would skip row groups by them. The fixture: pyarrow, row groups of two rows, NaN in the first and the last.

import { expect, test } from 'vitest'
import { addFixture, queryForeign, writeForeignLog } from '#support/delta/foreign_table'
import { temporaryFolder } from '#support/temporary_folder'

const field = (name: string, type: unknown) => ({ name, type, nullable: true, metadata: {} })
const schema = {
  type: 'struct',
  fields: [
    field('i', 'long'),
    field('d', 'double'),
    field('f', 'float'),
    field('s', { type: 'struct', fields: [field('x', 'double')] }),
    field('l', { type: 'array', elementType: 'double', containsNull: true }),
  ],
}

/** Rows 2 and 5 hold NaN. */
const TWO = '2'
const NAN_AND_3 = '3'
const CONDITIONS: readonly (readonly [condition: string, rows: string])[] = [
  ['d > 2', NAN_AND_3],
  ['d >= 3', NAN_AND_3],
  ['d <> 1', '5'],
  ["d = 'NaN'", TWO],
  ["d >= 'NaN'", TWO],
  ['NOT (d < 2)', NAN_AND_3],
  ["d IN (77, 'NaN'::DOUBLE)", TWO],
  ["d BETWEEN 2 AND 'NaN'", NAN_AND_3],
  ['isnan(d)', TWO],
  ['d IS DISTINCT FROM 1', '5'],
  ['d < 0.5', '1'],
  ['f > 2', NAN_AND_3],
  ['f <> 1', '5'],
  ["f = 'NaN'", TWO],
  ['NOT (f <= 2)', NAN_AND_3],
  ['s.x > 2', NAN_AND_3],
  ["s = {'x': 'NaN'::DOUBLE}", TWO],
  ["s > {'x': 2::DOUBLE}", NAN_AND_3],
  ['l[1] > 2', NAN_AND_3],
  ["l = ['NaN'::DOUBLE]", TWO],
]

/** As delta-rs writes them: of the numbers alone. */
const stats = JSON.stringify({
  numRecords: 6,
  minValues: { i: 1, d: 0.25, f: 0.25, s: { x: 0.25 } },
  maxValues: { i: 6, d: 3, f: 3, s: { x: 3 } },
  nullCount: { i: 0, d: 0, f: 0, s: { x: 0 } },
})

test('a row with NaN is found by every condition that it meets', async () => {
  const folder = temporaryFolder()
  writeForeignLog(folder, { schema, actions: [addFixture(folder, 'nan.parquet', { stats })] })
  const counts = CONDITIONS.map(([condition]) => `(SELECT count(*)::VARCHAR FROM t WHERE ${condition})`)
  const { rows } = await queryForeign(folder, `SELECT ${counts.join(', ')}`)
  expect(CONDITIONS.map(([condition], i) => [condition, rows[0]?.[0]?.[i]])).toEqual(CONDITIONS)
  // Without the others beside it a condition also decides which files and row groups are read.
  for (const [condition, count] of CONDITIONS.slice(0, 4)) {
    const alone = await queryForeign(folder, `SELECT count(*) FROM t WHERE ${condition}`)
    expect([condition, alone.rows[0]?.[0]?.[0]]).toEqual([condition, count])
  }
})

test('NaN is the greatest value of its column, in aggregates, orders and joins', async () => {
  const folder = temporaryFolder()
  writeForeignLog(folder, { schema, actions: [addFixture(folder, 'nan.parquet', { stats })] })
  const { rows } = await queryForeign(
    folder,
    `SELECT max(d), max(f), max(s.x), min(d) FROM t;
    SELECT i FROM t ORDER BY d DESC, i LIMIT 2;
    SELECT i FROM t ORDER BY s.x DESC, i LIMIT 2;
    SELECT count(*) FROM t JOIN (VALUES ('NaN'::DOUBLE), (500)) k(k) ON d = k;
    SELECT count(*) FROM t JOIN (VALUES ('NaN'::FLOAT), (500)) k(k) ON f = k;`,
  )
  expect(rows).toEqual([[['NaN', 'NaN', 'NaN', '0.25']], [['2'], ['5']], [['2'], ['5']], [['2']], [['2']]])
})
