// The lake's tables at a version, as queries get them.

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type LakeOptions, lakeSource, type NamedTable, type PointInTime } from '#lake-sql/lake_source'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { epochMs, tableVersion } from '#runtime/units'
import { column, TEST_START } from '#support/delta/delta_table'
import { appendRows, createTestTable } from '#support/lake/sql_lake'
import { temporaryFolder } from '#support/temporary_folder'

const schema = {
  type: 'struct' as const,
  fields: [column('symbol', 'string'), column('n', 'long'), column('date', 'date')],
}

/** Tables `a` (two commits after its creation) and `b` (one, later); `c` is expected and not there. */
async function lakeAt(at: PointInTime = { kind: 'newest' }): Promise<LakeOptions> {
  const folder = temporaryFolder()
  const tableAt = (name: string): NamedTable => ({ name, store: openFilesystemStore({ root: join(folder, name) }) })
  await createTestTable(folder, { name: 'a', schema })
  await appendRows(folder, 'a', `SELECT 'A' AS symbol, 1 AS n, DATE '2026-11-20' AS date`)
  await appendRows(folder, 'a', `SELECT 'A' AS symbol, n, DATE '2026-11-20' + n::INT AS date FROM range(2) t(n)`)
  const expected = { ...tableAt('c'), expected: { schema, partitionColumns: ['date'] } }
  const cache = { folder: '/nowhere', bytesMax: 0, clock: systemClock, newId: () => 'id' }
  return { url: folder, tables: [tableAt('a'), expected], at, cache }
}

const needs = (...tables: string[]) => ({ tables, views: [], catalog: false })
/** Nothing is known of the query. */
const unplanned = async () => ({})

/** Files by partition date. */
async function filesByDate(lake: LakeOptions, name: string): Promise<Record<string, number> | string> {
  const table = (await lakeSource(lake).load(needs(name), unplanned)).find((each) => each.name === name)
  if (table === undefined || table.content === 'listed') return 'not loaded'
  return Object.fromEntries(table.content.map((group) => [group.partitionValues.date, group.files.length]))
}

test('files are grouped by their partition values', async () => {
  expect(await filesByDate(await lakeAt(), 'a')).toEqual({ '2026-11-20': 2, '2026-11-21': 1 })
})

test('a table from before a column came is read with it, but for one that every row would need', async () => {
  const lake = await lakeAt()
  const later = { ...column('later', 'date'), nullable: true }
  const needed = { ...column('needed', 'long'), nullable: false }
  const other = { ...column('N', 'string'), nullable: true }
  const expected = {
    schema: { ...schema, fields: [later, needed, other, ...schema.fields] },
    partitionColumns: ['date'],
  }
  const tables = lake.tables.map((table) => ({ ...table, expected }))
  const [a] = await lakeSource({ ...lake, tables }).load(needs('a'), unplanned)
  expect(a?.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'symbol VARCHAR',
    'n BIGINT',
    'date DATE',
    'later DATE',
  ])
})

test('a table that is expected and not there yet is empty and has its columns', async () => {
  const lake = await lakeAt()
  const [a, c] = await lakeSource(lake).load(needs('a', 'c'), unplanned)
  expect(a?.content).toHaveLength(2)
  expect(c).toEqual({
    name: 'c',
    columns: [
      { name: 'symbol', type: 'VARCHAR' },
      { name: 'n', type: 'BIGINT' },
      { name: 'date', type: 'DATE' },
    ],
    partitionColumns: ['date'],
    content: [],
  })
  expect(await filesByDate(lake, 'c')).toEqual({})
})

test('when nothing at all is there, the user is told what to do', async () => {
  const lake = await lakeAt()
  const empty = { ...lake, tables: lake.tables.slice(1) }
  await expect(lakeSource(empty).load(needs('c'), unplanned)).rejects.toThrow(
    /^no tables at .* yet: .*tickerlake start/,
  )
})

test('a foreign table must be there', async () => {
  const lake = await lakeAt()
  const tables = [{ name: 'x', store: openFilesystemStore({ root: temporaryFolder() }) }]
  await expect(lakeSource({ ...lake, tables }).load(needs('x'), unplanned)).rejects.toMatchObject({
    code: 'TABLE_NOT_FOUND',
  })
})

test('the catalog lists what is not read, without files', async () => {
  const tables = await lakeSource(await lakeAt()).load({ ...needs('c'), catalog: true }, unplanned)
  expect(tables.map(({ name, content }) => [name, content])).toEqual([
    ['c', []],
    ['a', 'listed'],
  ])
})

describe('time travel', () => {
  test('a version is of the one table that is read', async () => {
    const lake = await lakeAt({ kind: 'version', version: tableVersion(1) })
    expect(await filesByDate(lake, 'a')).toEqual({ '2026-11-20': 1 })
    await expect(lakeSource(lake).load(needs('a', 'c'), unplanned)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(lakeSource(lake).load(needs(), unplanned)).rejects.toThrow(/reads no table/)
  })

  test('a version that is not there is said with the newest one', async () => {
    const lake = await lakeAt({ kind: 'version', version: tableVersion(9) })
    await expect(lakeSource(lake).load(needs('a'), unplanned)).rejects.toThrow(/no version 9; its newest is 2/)
  })

  test('a time is of all tables; one that was not there yet is empty', async () => {
    const lake = await lakeAt({ kind: 'asOf', time: epochMs(TEST_START + 1) })
    expect(await filesByDate(lake, 'a')).toEqual({ '2026-11-20': 1 })
    const [a, c] = await lakeSource(lake).load(needs('a', 'c'), unplanned)
    expect([a?.content.length, c?.content]).toEqual([1, []])
  })

  test('a time before all tables is a mistake', async () => {
    const lake = await lakeAt({ kind: 'asOf', time: epochMs(TEST_START - 1) })
    await expect(lakeSource(lake).load(needs('a'), unplanned)).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
  })
})
