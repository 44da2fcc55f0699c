import { expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import { createTable } from '#delta/create'
import { encodeLogEntry } from '#delta/log/entry'
import { commitKey } from '#delta/log/listing'
import { loadSnapshot } from '#delta/snapshot'
import { executeVacuum, planVacuum } from '#delta/vacuum'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { virtualClock } from '#runtime/clock'
import { tableVersion } from '#runtime/units'
import { column, quotesTable, testContext } from '#support/delta/delta_table'

const HOUR = 3_600_000
const WEEK = 168 * HOUR

/** A table whose commits and files are made at hours since its creation, and looked at later. */
async function table(configuration: Readonly<Record<string, string>> = {}) {
  const clock = virtualClock(Date.UTC(2026, 0, 1))
  const store = openMemoryStore(clock)
  await createTable(store, { ...quotesTable, configuration }, testContext('t', clock))
  let version = 0
  return {
    store,
    clock,
    pass: (hours: number) => clock.advance(hours * HOUR),
    file: (key: string) => store.put(key, new Uint8Array(7)),
    async commit(change: { add?: readonly string[]; remove?: readonly string[]; deletionTimestamp?: number }) {
      const timestamp = clock.now()
      const facts = { partitionValues: { date: null }, size: 7, dataChange: true, modificationTime: timestamp }
      const adds = (change.add ?? []).map((path) => ({ add: { path, ...facts } }))
      const deletionTimestamp = change.deletionTimestamp ?? timestamp
      const removes = (change.remove ?? []).map((path) => ({ remove: { path, dataChange: true, deletionTimestamp } }))
      const entry = encodeLogEntry([{ commitInfo: { timestamp, operation: 'WRITE' } }, ...adds, ...removes])
      await store.put(commitKey(tableVersion(++version)), entry)
    },
    async found(options: { retentionMs?: number; force?: boolean } = {}) {
      const plan = await planVacuum(store, { now: clock.now(), retentionMs: WEEK, ...options })
      return plan?.files.map((file) => file.key)
    },
  }
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  return keys.filter((key) => !key.startsWith('_delta_log/'))
}

test('a live file stays, however old it is', async () => {
  const { file, commit, pass, found } = await table()
  await file('a.parquet')
  await commit({ add: ['a.parquet'] })
  await pass(10_000)
  expect(await found()).toEqual([])
})

test('a removed file goes when its removal is older than the retention, not before', async () => {
  const { file, commit, pass, found } = await table()
  await file('a.parquet')
  await commit({ add: ['a.parquet'] })
  await pass(1000)
  await commit({ remove: ['a.parquet'] })
  await pass(168)
  expect(await found()).toEqual([])
  await pass(1)
  expect(await found()).toEqual(['a.parquet'])
})

test('a file that no commit ever named goes when it is older than the retention', async () => {
  const { file, pass, found } = await table()
  await file('date=2026-01-01/orphan.parquet')
  await pass(168)
  expect(await found()).toEqual([])
  await pass(1)
  expect(await found()).toEqual(['date=2026-01-01/orphan.parquet'])
})

test('a file stays when its removal is told to be younger than the commit that tells of it', async () => {
  const { file, commit, pass, clock, found } = await table()
  await file('a.parquet')
  await commit({ add: ['a.parquet'] })
  await commit({ remove: ['a.parquet'], deletionTimestamp: clock.now() + 100 * HOUR })
  await pass(200)
  expect(await found()).toEqual([])
  await pass(100)
  expect(await found()).toEqual(['a.parquet'])
})

test('a removal without its time counts from its commit', async () => {
  const { file, commit, pass, found } = await table()
  await file('a.parquet')
  await commit({ add: ['a.parquet'] })
  await pass(1000)
  await commit({ remove: ['a.parquet'], deletionTimestamp: 0 })
  await pass(100)
  expect(await found()).toEqual([])
})

test('the log, hidden names, tables below and what is no Parquet file are not touched', async () => {
  const { file, pass, found } = await table()
  const keys = ['_delta_log/x.parquet', '_delta_log/_sidecars/y.parquet', '_change_data/c.parquet', 'a/_tmp/d.parquet']
  const others = ['.hidden/e.parquet', 'notes.txt', 'inner/_delta_log/00000000000000000000.json', 'inner/f.parquet']
  for (const key of [...keys, ...others, 'orphan.parquet']) await file(key)
  await pass(1000)
  expect(await found()).toEqual(['orphan.parquet'])
})

test('a file is known by its escaped path, and an absolute path holds every file of its name', async () => {
  const { file, commit, pass, found } = await table()
  await file('p=a_20b/x.parquet')
  await file('abs.parquet')
  await file('orphan.parquet')
  await commit({ add: ['p%3Da_20b/x.parquet', 's3://elsewhere/table/abs.parquet'] })
  await pass(1000)
  expect(await found()).toEqual(['orphan.parquet'])
})

test('a retention below a week is refused unless it is forced', async () => {
  const { found, file, pass } = await table()
  await file('orphan.parquet')
  await pass(1)
  await expect(found({ retentionMs: WEEK - 1 })).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }))
  expect(await found({ retentionMs: HOUR / 2, force: true })).toEqual(['orphan.parquet'])
})

test('a table that asks for a longer retention gets it; one whose words are not understood is refused', async () => {
  const own = 'delta.deletedFileRetentionDuration'
  const { file, pass, found } = await table({ [own]: 'interval 30 days' })
  await file('orphan.parquet')
  await pass(700)
  expect(await found()).toEqual([])
  await pass(100)
  expect(await found()).toEqual(['orphan.parquet'])
  const odd = await table({ [own]: 'a fortnight' })
  await expect(odd.found()).rejects.toThrow(/a fortnight, which is not understood/)
  expect(await odd.found({ force: true })).toEqual([])
})

test('a file whose removal stands in a checkpoint only stays within the retention', async () => {
  const { store, clock, file, commit, pass, found } = await table()
  await file('a.parquet')
  await commit({ add: ['a.parquet'] })
  await pass(1000)
  await commit({ remove: ['a.parquet'] })
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) throw new Error('there is a table')
  await writeCheckpoint(store, snapshot, testContext('c', clock))
  for (const version of [0, 1, 2]) await store.delete(commitKey(tableVersion(version)))
  await pass(160)
  expect(await found()).toEqual([])
  await pass(10)
  expect(await found()).toEqual(['a.parquet'])
})

test('a file that is committed after the objects were listed stays', async () => {
  const { store, file, commit, pass, clock } = await table()
  await file('late.parquet')
  await pass(1000)
  const committing: ObjectStore = {
    ...store,
    async *list(prefix, startAfter) {
      yield* store.list(prefix, startAfter)
      if (prefix === '') await commit({ add: ['late.parquet'] })
    },
  }
  expect((await planVacuum(committing, { now: clock.now(), retentionMs: WEEK }))?.files).toEqual([])
})

test('a plan deletes nothing; executing it deletes what it names, and nothing else', async () => {
  const { store, file, commit, pass, clock } = await table()
  for (const key of ['live.parquet', 'o1.parquet', 'o2.parquet']) await file(key)
  await commit({ add: ['live.parquet'] })
  await pass(1000)
  await file('young.parquet')
  const plan = await planVacuum(store, { now: clock.now(), retentionMs: WEEK })
  expect(plan).toMatchObject({ version: 1, bytes: 14, keptFiles: 2 })
  expect(await keysOf(store)).toHaveLength(4)
  const told: number[] = []
  if (plan === undefined) throw new Error('there is a table')
  expect(await executeVacuum(store, plan, { onDeleted: (files) => told.push(files) })).toEqual({ deleted: 2 })
  expect(told).toEqual([1, 2])
  expect(await keysOf(store)).toEqual(['live.parquet', 'young.parquet'])
})

test('what was deleted is counted, whether anybody is told or not', async () => {
  const { store, file, pass, clock } = await table()
  await file('one.parquet')
  await file('two.parquet')
  await pass(1000)
  const plan = await planVacuum(store, { now: clock.now(), retentionMs: WEEK })
  if (plan === undefined) throw new Error('there is a table')
  expect(await executeVacuum(store, plan)).toEqual({ deleted: 2 })
})

test('a signal ends it early', async () => {
  const { store, file, pass, clock } = await table()
  await file('o.parquet')
  await pass(1000)
  const plan = await planVacuum(store, { now: clock.now(), retentionMs: WEEK })
  if (plan === undefined) throw new Error('there is a table')
  expect(await executeVacuum(store, plan, { signal: AbortSignal.abort() })).toEqual({ deleted: 0 })
})

test('a place without a table has no plan, and a table with rules that we do not know is refused', async () => {
  const options = { now: virtualClock(Date.UTC(2026, 0, 1)).now(), retentionMs: WEEK }
  expect(await planVacuum(openMemoryStore(), options)).toBeUndefined()
  const store = openMemoryStore()
  const { metadata } = await createTable(store, { ...quotesTable, name: 'x' }, testContext())
  const features = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['rowTracking'] }
  const schemaString = JSON.stringify({ type: 'struct', fields: [column('symbol', 'string'), column('date', 'date')] })
  const entry = encodeLogEntry([{ protocol: features }, { metaData: { ...metadata, schemaString } }])
  await store.put(commitKey(tableVersion(1)), entry)
  await expect(planVacuum(store, options)).rejects.toThrow(/rowTracking/)
})
