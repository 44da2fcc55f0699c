// Tables as other engines write them, through the sandbox: what the protocol lets them say and we never do.

import { describe, expect, test } from 'vitest'
import { addRows, queryForeign, writeForeignLog } from '#support/delta/foreign_table'
import { temporaryFolder } from '#support/temporary_folder'

const field = (name: string, type: unknown, metadata: object = {}) => ({ name, type, nullable: true, metadata })
const struct = (...fields: object[]) => ({ type: 'struct', fields })

describe('columns of the type void', () => {
  const arrayOf = (elementType: unknown) => ({ type: 'array', elementType, containsNull: true })
  const schema = struct(
    field('n', 'long'),
    field('v', 'void'),
    field('s', struct(field('a', 'string'), field('v', 'void'))),
    field('l', arrayOf('void')),
    field('all_void', struct(field('v', 'void'))),
  )

  test('are NULL wherever they stand, and compare with any type', async () => {
    const folder = temporaryFolder()
    const add = await addRows(folder, { path: 'a.parquet', rows: "SELECT 7::BIGINT AS n, {'a': 'x'} AS s" })
    writeForeignLog(folder, { schema, actions: [add] })
    const { rows, columns } = await queryForeign(
      folder,
      `SELECT n, v, s.a, s.v, l, all_void FROM t;
      SELECT count(*) FROM t WHERE v IS NULL AND s.v IS NULL AND coalesce(v, 'text') = 'text';
      SELECT count(*) FROM t WHERE v = 3 OR v < DATE '2026-11-21' OR v = 'x'`,
    )
    expect(columns[0]).toEqual(['n', 'v', 'a', 'v', 'l', 'all_void'])
    expect(rows).toEqual([[['7', null, 'x', null, null, null]], [['1']], [['0']]])
  })

  test('are NULL even where a file breaks the protocol and holds a column of that name', async () => {
    const folder = temporaryFolder()
    const add = await addRows(folder, { path: 'a.parquet', rows: "SELECT 7::BIGINT AS n, 'here' AS v" })
    writeForeignLog(folder, { schema: struct(field('n', 'long'), field('v', 'void')), actions: [add] })
    expect((await queryForeign(folder, 'SELECT n, v FROM t')).rows).toEqual([[['7', null]]])
  })
})

test('a bound that Spark wrote with a zone cut to minutes keeps the file', async () => {
  const folder = temporaryFolder()
  const rows = "SELECT TIMESTAMPTZ '1850-01-01 08:53:59+00' AS t"
  const bound = { t: '1850-01-01T01:01:01.000-07:52' }
  const stats = JSON.stringify({ numRecords: 1, minValues: bound, maxValues: bound, nullCount: { t: 0 } })
  const add = await addRows(folder, { path: 'a.parquet', rows, more: { stats } })
  writeForeignLog(folder, { schema: struct(field('t', 'timestamp')), actions: [add] })
  const counts = await queryForeign(folder, "SELECT count(*) FROM t WHERE t >= TIMESTAMPTZ '1850-01-01 08:53:30+00'")
  expect(counts.rows).toEqual([[['1']]])
  const none = await queryForeign(folder, "SELECT count(*) FROM t WHERE t >= TIMESTAMPTZ '1850-01-01 08:56:00+00'")
  expect([none.rows, none.read?.files]).toEqual([[[['0']]], 0])
})
