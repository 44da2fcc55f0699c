// Tables with column mapping through the sandbox: columns are found by physical name or id, at every depth, whatever a
// file calls them, and files are still left out by their statistics and partitions.

import { describe, expect, test } from 'vitest'
import { addRows, queryForeign, writeForeignLog } from '#support/delta/foreign_table'
import { temporaryFolder } from '#support/temporary_folder'

const protocol = { minReaderVersion: 2, minWriterVersion: 5 }
const configuration = (mode: string) => ({ 'delta.columnMapping.mode': mode })
const field = (name: string, type: unknown, [id, physical]: readonly [number, string]) => ({
  name,
  type,
  nullable: true,
  metadata: { 'delta.columnMapping.id': id, 'delta.columnMapping.physicalName': physical },
})
const struct = (...fields: object[]) => ({ type: 'struct', fields })
const arrayOf = (elementType: unknown) => ({ type: 'array', elementType, containsNull: true })
const mapOf = (keyType: unknown, valueType: unknown) => ({ type: 'map', keyType, valueType, valueContainsNull: true })

describe('by name', () => {
  const schema = struct(
    field('the day', 'date', [1, 'p-day']),
    field('count, "renamed"', 'long', [2, 'p-n']),
    field('s', struct(field('left', 'long', [4, 'p-a']), field('new', 'string', [9, 'p-new'])), [3, 'p-s']),
    field('list', arrayOf(struct(field('x', 'double', [6, 'p-x']))), [5, 'p-l']),
    field('map', mapOf('string', arrayOf(struct(field("it's", 'long', [8, 'p-u'])))), [7, 'p-m']),
    field('added', 'string', [10, 'p-added']),
  )
  const bounds = (low: number, high: number) =>
    JSON.stringify({
      numRecords: 2,
      minValues: { 'p-n': low, n: 1000 },
      maxValues: { 'p-n': high, n: 1001 },
      nullCount: { 'p-n': 0 },
    })

  async function table(): Promise<string> {
    const folder = temporaryFolder()
    const old = await addRows(folder, {
      path: 'old.parquet',
      rows: `SELECT * FROM (VALUES
        (1::BIGINT, {'p-a': 10, 'dropped': 'gone'}, [{'p-x': 0.5}, NULL], MAP {'k': [{'p-u': 7, 'other': 1}]}, 'gone'),
        (2::BIGINT, NULL, NULL, NULL, 'gone')) v("p-n", "p-s", "p-l", "p-m", "added")`,
      more: { partitionValues: { 'p-day': '2026-11-20' }, stats: bounds(1, 2) },
    })
    const late = await addRows(folder, {
      path: 'late.parquet',
      rows: `SELECT * FROM (VALUES (3::BIGINT, {'p-new': 'yes'}, 'here'), (4::BIGINT, NULL, NULL))
        v("p-n", "p-s", "p-added")`,
      more: { partitionValues: { 'p-day': '2026-11-21' }, stats: bounds(3, 4) },
    })
    const none = await addRows(folder, {
      path: 'none.parquet',
      rows: `SELECT * FROM (VALUES (5::BIGINT, {'dropped': 'gone'}), (6::BIGINT, NULL)) v("p-n", "p-s")`,
      more: { partitionValues: { 'p-day': null }, stats: bounds(5, 6) },
    })
    const actions = [old, late, none]
    const partitionColumns = ['the day']
    writeForeignLog(folder, { schema, protocol, configuration: configuration('name'), partitionColumns, actions })
    return folder
  }

  test('columns and fields at any depth are those of the schema, what a file lacks is NULL', async () => {
    const { rows, columns } = await queryForeign(await table(), 'SELECT * FROM t ORDER BY 2')
    expect(columns[0]).toEqual(['the day', 'count, "renamed"', 's', 'list', 'map', 'added'])
    const text = JSON.stringify(rows[0]?.map((row) => row.slice(0, 5).concat(row.slice(5))))
    expect(text).not.toMatch(/p-|gone|dropped|other/)
    expect(rows[0]).toEqual([
      ['2026-11-20', '1', '{"left":10,"new":null}', '[{"x":0.5},null]', `{"k":[{"it's":7}]}`, null],
      ['2026-11-20', '2', null, null, null, null],
      ['2026-11-21', '3', '{"left":null,"new":"yes"}', null, null, 'here'],
      ['2026-11-21', '4', null, null, null, null],
      [null, '5', '{"left":null,"new":null}', null, null, null],
      [null, '6', null, null, null, null],
    ])
  })

  test('files are left out by statistics and partitions under their physical names', async () => {
    const folder = await table()
    const found = async (where: string) => {
      const { rows, read } = await queryForeign(folder, `SELECT count(*) FROM t WHERE ${where}`)
      return [rows[0]?.[0]?.[0], read?.files]
    }
    expect(await found('"count, ""renamed""" = 4')).toEqual(['1', 1])
    expect(await found(`"the day" = DATE '2026-11-20'`)).toEqual(['2', 1])
    expect(await found('"count, ""renamed""" > 6')).toEqual(['0', 0])
    expect(await found('s.left = 10')).toEqual(['1', 3])
    expect(await found('list[1].x = 0.5')).toEqual(['1', 3])
  })
})

describe('by id', () => {
  const schema = struct(
    field('n', 'long', [1, 'phys-n']),
    field('s', struct(field('a', 'long', [3, 'phys-a']), field('b', 'long', [4, 'phys-b'])), [2, 'phys-s']),
    field('list', arrayOf(struct(field('x', 'long', [6, 'phys-x']))), [5, 'phys-l']),
  )
  const ids = (names: Readonly<Record<'n' | 's' | 'a' | 'b' | 'l' | 'x', string>>) =>
    `, FIELD_IDS {${names.n}: 1, ${names.s}: {__duckdb_field_id: 2, ${names.a}: 3, ${names.b}: 4},
      ${names.l}: {__duckdb_field_id: 5, element: {${names.x}: 6}}}`

  test('files may call columns and fields what they like, even by each other’s names', async () => {
    const folder = temporaryFolder()
    const one = await addRows(folder, {
      path: 'one.parquet',
      rows: `SELECT 1::BIGINT AS n, {'a': 10::BIGINT, 'b': 20::BIGINT} AS s, [{'x': 5::BIGINT}] AS l`,
      options: ids({ n: 'n', s: 's', a: 'a', b: 'b', l: 'l', x: 'x' }),
    })
    const other = await addRows(folder, {
      path: 'other.parquet',
      rows: `SELECT {'b': 11::BIGINT, 'a': 21::BIGINT} AS n, 2::BIGINT AS s, [{'y': 6::BIGINT}] AS "phys-n"`,
      options: ids({ n: 's', s: 'n', a: 'b', b: 'a', l: '"phys-n"', x: 'y' }),
    })
    const without = await addRows(folder, {
      path: 'without.parquet',
      rows: 'SELECT 3::BIGINT AS "phys-n", 4::BIGINT AS n',
    })
    const actions = [one, other, without]
    writeForeignLog(folder, { schema, protocol, configuration: configuration('id'), actions })
    const { rows } = await queryForeign(folder, 'SELECT * FROM t ORDER BY n NULLS LAST')
    expect(rows[0]).toEqual([
      ['1', '{"a":10,"b":20}', '[{"x":5}]'],
      ['2', '{"a":11,"b":21}', '[{"x":6}]'],
      // Without ids nothing of a file is known: PROTOCOL.md, Reader Requirements for Column Mapping.
      [null, null, null],
    ])
  })
})

test('a file that has something else where the schema has a struct is said to be damaged', async () => {
  const folder = temporaryFolder()
  const schema = struct(field('s', arrayOf(struct(field('a', 'long', [2, 'p-a']))), [1, 'p-s']))
  const add = await addRows(folder, { path: 'a.parquet', rows: 'SELECT 7 AS "p-s"' })
  writeForeignLog(folder, { schema, protocol, configuration: configuration('name'), actions: [add] })
  const query = queryForeign(folder, 'SELECT * FROM t')
  await expect(query).rejects.toMatchObject({ code: 'TABLE_CORRUPT', message: expect.stringContaining('p-s is not a') })
})

test('a schema without the names or ids of its mode is damaged', async () => {
  for (const [mode, metadata] of [
    ['name', {}],
    ['id', { 'delta.columnMapping.physicalName': 'p' }],
  ] as const) {
    const folder = temporaryFolder()
    const schema = struct({ name: 'n', type: 'long', nullable: true, metadata })
    writeForeignLog(folder, { schema, protocol, configuration: configuration(mode), actions: [] })
    await expect(queryForeign(folder, 'SELECT * FROM t')).rejects.toMatchObject({ code: 'TABLE_CORRUPT' })
  }
})

describe('type widening', () => {
  const features = ['typeWidening']
  const wide = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features }
  const widened = (name: string, fromType: string, toType: string) => ({
    name,
    type: toType,
    nullable: true,
    metadata: { 'delta.typeChanges': [{ fromType, toType }] },
  })

  test('older files are read as the wider type, and none is left out by the bounds of the narrower', async () => {
    const folder = temporaryFolder()
    const schema = struct(
      widened('n', 'byte', 'long'),
      widened('f', 'float', 'double'),
      widened('d', 'date', 'timestamp_ntz'),
      widened('e', 'integer', 'decimal(14,3)'),
      { ...widened('l', 'float', 'double'), type: arrayOf('double') },
      { name: 's', type: struct(widened('x', 'float', 'double')), nullable: true, metadata: {} },
    )
    const add = await addRows(folder, {
      path: 'a.parquet',
      rows: `SELECT 1::TINYINT AS n, 0.1::FLOAT AS f, DATE '2026-11-21' AS d, 5::INTEGER AS e,
        [0.1::FLOAT] AS l, {'x': 0.1::FLOAT} AS s`,
      more: {
        stats: JSON.stringify({ numRecords: 1, minValues: { f: 0.1 }, maxValues: { f: 0.1 }, nullCount: { f: 0 } }),
      },
    })
    writeForeignLog(folder, { schema, protocol: wide, actions: [add] })
    const where = `f = 0.10000000149011612 AND n = 1 AND d = TIMESTAMP '2026-11-21' AND e = 5`
    const { rows } = await queryForeign(folder, `SELECT n, f, d, e, l, s FROM t WHERE ${where}`)
    const nested = ['[0.10000000149011612]', '{"x":0.10000000149011612}']
    expect(rows).toEqual([[['1', '0.10000000149011612', '2026-11-21T00:00:00', '5.000', ...nested]]])
    // DuckDB would round these constants to the file's type.
    const noon = "TIMESTAMP '2026-11-21 12:00:00'"
    const none = ['f = 0.1', 'f <= 0.1', 'e = 5.4', 'e > 5.4', 'e >= 5.4', `d = ${noon}`, `d >= ${noon}`, 'n = 1.4']
    const more = ['s.x = 0.1', 'l[1] = 0.1', 'l = [0.1::DOUBLE]', 's = {x: 0.1::DOUBLE}', 'f IN (0.1, 0.2)']
    for (const condition of [...none, ...more]) {
      const found = await queryForeign(folder, `SELECT count(*) FROM t WHERE ${condition}`)
      expect([condition, found.rows[0]?.[0]?.[0]]).toEqual([condition, '0'])
    }
  })

  test('a change that the protocol does not name is refused by the column and its types', async () => {
    const folder = temporaryFolder()
    writeForeignLog(folder, { schema: struct(widened('n', 'string', 'long')), protocol: wide, actions: [] })
    const query = queryForeign(folder, 'SELECT * FROM t')
    await expect(query).rejects.toMatchObject({
      code: 'TABLE_UNSUPPORTED',
      message: expect.stringContaining('column n'),
    })
  })
})
