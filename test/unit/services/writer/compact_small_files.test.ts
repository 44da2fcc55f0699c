import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTable } from '#delta/create'
import { evolveSchema } from '#delta/evolve'
import type { AddFile } from '#delta/log/actions'
import { quoteText } from '#duckdb/quoting'
import { schemaOf, TABLES, type TableSpec } from '#lake/tables'
import { PRICES_TOPIC } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { within } from '#object-store/object_store'
import { compactGroup, type GroupOutcome, planTable } from '#services/writer/compact_small_files'
import { Merger } from '#services/writer/maintenance/parquet_merger'
import { column, quotesTable, testContext } from '#support/delta/delta_table'
import { appendFiles, brokenBounds, multisetOf, newest, type SqlRow } from '#support/delta/small_files'
import { query, rowsOf, snapshotOf } from '#support/lake/lake_tables'
import { batchOf, quoteValues, rangeTo, testWriter } from '#support/lake/writer'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'

const MIB = 1024 * 1024
let merger: Merger
let folder: string

beforeAll(async () => {
  folder = newFolder()
  merger = await Merger.open(folder)
})

afterAll(async () => {
  await merger.close()
  removeFolder(folder)
})

async function compactAll(store: ObjectStore, name = 'compactor'): Promise<GroupOutcome[]> {
  const target = { name: 'small_files', store, context: testContext(name) }
  let snapshot = await newest(store)
  const outcomes: GroupOutcome[] = []
  for (const group of planTable(target, snapshot, { targetBytes: MIB, filesMin: 2 })) {
    const outcome = await compactGroup(target, { snapshot, group, merger })
    outcomes.push(outcome)
    snapshot = outcome.snapshot
  }
  return outcomes
}

const text = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 10 }))
  .map((value) => quoteText(value.replaceAll('\0', '')))
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const micros = fc.bigInt({ min: -(2n ** 53n), max: 2n ** 55n })
const double = fc
  .double()
  .map((value) => quoteText(Object.is(value, -0) ? '-0.0' : String(value).replace('Infinity', 'inf')))
const row: fc.Arbitrary<SqlRow> = fc.record(
  {
    symbol: text,
    event_time: micros.map((value) => `make_timestamptz(${value})`),
    big: long.map((value) => `'${value}'`),
    whole: fc.integer().map(String),
    amount: long.map((value) => `'${value}.${(value < 0n ? -value : value) % 1_000_000_000n}'`),
    price: double,
    ratio: fc.float().map((value) => quoteText(String(value).replace('Infinity', 'inf'))),
    flag: fc.boolean().map(String),
    day: fc.constantFrom("'1969-12-31'", "'2026-11-21'", "'0001-01-01'", "'9999-12-31'"),
    raw: fc.uint8Array({ maxLength: 20 }).map((bytes) => `from_hex('${Buffer.from(bytes).toString('hex')}')`),
  },
  { requiredKeys: [] },
)
/** The first file twice: equal rows stay two. */
const filesOfRows = fc
  .array(fc.array(row, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 })
  .map((files) => [...files, ...files.slice(0, 1)])

test('rows stay an exact multiset, whatever they hold', async () => {
  await fc.assert(
    fc.asyncProperty(filesOfRows, fc.constantFrom(null, 'a'), async (files, part) => {
      const store = openMemoryStore()
      const before = await appendFiles(store, files, { name: 'w', part })
      const rows = await multisetOf(store, before)
      expect(rows).toHaveLength(files.flat().length)
      expect((await compactAll(store)).map((outcome) => outcome.kind)).toEqual(['merged'])
      const after = await newest(store)
      expect(after.files.size).toBe(1)
      expect(await multisetOf(store, after)).toEqual(rows)
      const [file] = [...after.files.values()]
      expect(file?.partitionValues).toEqual({ part })
      const statistics = JSON.parse(file?.stats ?? '{}')
      expect(statistics.numRecords).toBe(rows.length)
      expect(await brokenBounds(store, file as AddFile)).toEqual([])
      const left = readdirSync(folder, { recursive: true }).map(String)
      expect(left.filter((name) => name.endsWith('.parquet'))).toEqual([])
    }),
    { numRuns: 25 },
  )
})

test('a column that was added later is null in what was written before', async () => {
  const store = openMemoryStore()
  const created = await appendFiles(store, [[{ big: '1' }], [{ big: '2' }]], { name: 'w' })
  const fields = [...created.schema.fields, column('more', 'long')]
  const { kind } = await evolveSchema(store, created, { type: 'struct', fields }, testContext('e'))
  expect(kind).toBe('fits')
  expect((await compactAll(store)).map((outcome) => outcome.kind)).toEqual(['merged'])
  const [file] = [...(await newest(store)).files.values()]
  expect(JSON.parse(file?.stats ?? '{}')).toMatchObject({ numRecords: 2, nullCount: { more: 2, big: 0 } })
})

test('a writer adds the column that an older table lacks, and old rows have null there', async () => {
  const lake = openFilesystemStore({ root: temporaryFolder() })
  const stocks = TABLES.find((spec) => spec.name === 'stocks') as TableSpec
  const { fields } = schemaOf(stocks)
  const schema = { type: 'struct', fields: fields.filter((field) => field.name !== 'extra') } as const
  const definition = { name: 'stocks', schema, partitionColumns: ['date'] }
  await createTable(within(lake, 'stocks'), definition, testContext('old'))
  const writer = await testWriter(lake)
  await writer.open({ topic: PRICES_TOPIC, partition: 0 }, rangeTo(1))
  await writer.process(batchOf([{ ...quoteValues(1)[0], venue: 'X' }]))
  await writer.flush()
  await writer.dispose()
  expect((await rowsOf(lake, 'stocks')).map((r) => r.extra)).toEqual(['{"venue":"X"}'])
  expect((await snapshotOf(lake, 'stocks')).schema.fields.map((field) => field.name).at(-1)).toBe('extra')
})

describe('on a table of the writer', () => {
  /** Ten flushes of stocks, each a file. */
  async function lakeOfTenFiles() {
    const lake = openFilesystemStore({ root: temporaryFolder() })
    const writer = await testWriter(lake, { config: { flushRows: 100 } })
    await writer.open({ topic: PRICES_TOPIC, partition: 0 }, rangeTo(1000))
    await writer.process(batchOf(quoteValues(1000, { stepMs: 1 })))
    await writer.flush()
    await writer.dispose()
    return lake
  }

  async function compactStocks(lake: ObjectStore) {
    const target = { name: 'stocks', store: within(lake, 'stocks'), context: testContext('compactor') }
    const snapshot = await snapshotOf(lake, 'stocks')
    const [group] = planTable(target, snapshot, { targetBytes: 64 * MIB, filesMin: 2 })
    if (group === undefined) throw new Error('there is nothing to merge')
    return compactGroup(target, { snapshot, group, merger })
  }

  const physical = async (lake: ReturnType<typeof openFilesystemStore>, file: AddFile | undefined) => {
    const path = lake.localPath(`stocks/${file?.path}`)
    const schema = await query(
      `SELECT name, type, type_length, repetition_type, num_children, converted_type, logical_type
       FROM parquet_schema('${path}')`,
    )
    const chunks = await query(`SELECT DISTINCT compression FROM parquet_metadata('${path}')`)
    return { schema, chunks }
  }

  test('the merged file is physically what the writer writes, sorted, with its statistics', async () => {
    const lake = await lakeOfTenFiles()
    const before = await snapshotOf(lake, 'stocks')
    expect(before.files.size).toBeGreaterThanOrEqual(10)
    const rows = await rowsOf(lake, 'stocks')
    expect(await compactStocks(lake)).toMatchObject({ kind: 'merged', rows: 1000 })
    const after = await snapshotOf(lake, 'stocks')
    const [file] = [...after.files.values()]
    expect(after.files.size).toBe(1)
    expect(await rowsOf(lake, 'stocks')).toEqual(rows)
    expect(await physical(lake, file)).toEqual(await physical(lake, [...before.files.values()][0]))
    const path = lake.localPath(`stocks/${file?.path}`)
    const order = await query(`SELECT symbol, epoch_us(event_time) AS t FROM read_parquet('${path}')`)
    const keys = order.map((r) => `${r.symbol} ${String(r.t).padStart(20, '0')}`)
    expect(keys).toEqual(keys.toSorted())
    const statistics = JSON.parse(file?.stats ?? '{}')
    expect(statistics).toMatchObject({
      numRecords: 1000,
      minValues: { symbol: 'S0', source_offset: 0 },
      maxValues: { symbol: 'S6', source_offset: 999 },
      nullCount: { bid: 1000, symbol: 0 },
    })
    expect(after.txns).toEqual(before.txns)
  })

  test('a writer goes on after it as if nothing had happened', async () => {
    const lake = await lakeOfTenFiles()
    const writer = await testWriter(lake)
    await writer.open({ topic: PRICES_TOPIC, partition: 0 }, rangeTo(1100))
    await compactStocks(lake)
    await writer.process(batchOf(quoteValues(100, { from: 1000 }), { first: 1000 }))
    await writer.flush()
    await writer.dispose()
    expect(writer.counters).toMatchObject({ fenced: 0, commits: 1 })
    const offsets = (await rowsOf(lake, 'stocks')).map((r) => Number(r.source_offset))
    expect(offsets).toEqual(Array.from({ length: 1100 }, (_, i) => i))
  })
})

describe('when somebody else is faster', () => {
  const rows = [[{ symbol: "'a'" }], [{ symbol: "'b'" }], [{ symbol: "'c'" }]]

  test('of two compactors of the same files one gives up, and its file is gone', async () => {
    const store = openFilesystemStore({ root: temporaryFolder() })
    await appendFiles(store, rows, { name: 'w' })
    const second = await Merger.open(folder)
    const target = (name: string) => ({ name: 'small_files', store, context: testContext(name) })
    const snapshot = await newest(store)
    const [group] = planTable(target('p'), snapshot, { targetBytes: MIB, filesMin: 2 })
    if (group === undefined) throw new Error('there is nothing to merge')
    const outcomes = await Promise.all([
      compactGroup(target('one'), { snapshot, group, merger }),
      compactGroup(target('two'), { snapshot, group, merger: second }),
    ])
    await second.close()
    expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['gave_up', 'merged'])
    const after = await newest(store)
    expect(await multisetOf(store, after)).toHaveLength(3)
    const files: string[] = []
    for await (const { key } of store.list('part=')) files.push(key)
    expect(files).toHaveLength(4)
  })

  test('a group whose files are gone already is given up without any work', async () => {
    const store = openMemoryStore()
    const stale = await appendFiles(store, rows, { name: 'w' })
    const target = { name: 'small_files', store, context: testContext('late') }
    const [group] = planTable(target, stale, { targetBytes: MIB, filesMin: 2 })
    await compactAll(store)
    if (group === undefined) throw new Error('there was something to merge')
    const outcome = await compactGroup(target, { snapshot: await newest(store), group, merger })
    expect(outcome).toMatchObject({ kind: 'gave_up', reason: expect.stringMatching(/not in the table any more/) })
  })

  test('a merge that is told to stop changes nothing', async () => {
    const store = openMemoryStore()
    const before = await appendFiles(store, rows, { name: 'w' })
    const context = { ...testContext('stopped'), signal: AbortSignal.abort() }
    const target = { name: 'small_files', store, context }
    const [group] = planTable(target, before, { targetBytes: MIB, filesMin: 2 })
    if (group === undefined) throw new Error('there is something to merge')
    expect((await compactGroup(target, { snapshot: before, group, merger })).kind).toBe('stopped')
    expect((await newest(store)).version).toBe(before.version)
  })
})

test('a file that is not what the log says stops the merge, and the table stays as it is', async () => {
  const store = openMemoryStore()
  const { files, version } = await appendFiles(store, [[{ big: '1' }], [{ big: '2' }]], { name: 'w' })
  const [first, second] = [...files.keys()]
  await store.put(first ?? '', new Uint8Array(3))
  await expect(compactAll(store)).rejects.toThrow(/it has 3 bytes instead of/)
  await store.delete(second ?? '')
  await expect(compactAll(store)).rejects.toThrow(expect.objectContaining({ code: 'TABLE_CORRUPT' }))
  expect((await newest(store)).version).toBe(version)
})

test('a table with nested columns, or with rules that we do not know, is refused', async () => {
  const store = openMemoryStore()
  const nested = column('list', { type: 'array', elementType: 'long', containsNull: true })
  const schema = { ...quotesTable.schema, fields: [...quotesTable.schema.fields, nested] }
  const snapshot = await createTable(store, { ...quotesTable, schema }, testContext())
  const target = { name: 'nested', store, context: testContext('c') }
  expect(() => planTable(target, snapshot, { targetBytes: MIB, filesMin: 2 })).toThrow(/nested column list/)
  const protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['clustering'] }
  expect(() => planTable(target, { ...snapshot, protocol }, { targetBytes: MIB, filesMin: 2 })).toThrow(/clustering/)
})
