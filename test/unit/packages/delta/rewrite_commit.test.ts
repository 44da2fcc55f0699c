import { expect, test } from 'vitest'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import type { AddFile } from '#delta/log/actions'
import { encodeLogEntry } from '#delta/log/entry'
import { commitKey } from '#delta/log/listing'
import { commitRewrite, type Rewrite } from '#delta/rewrite_commit'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'
import { advanceOf, quotesTable, rowsFile, TEST_START, testContext } from '#support/delta/delta_table'
import { faultyStore } from '#support/stores/faulty_store'

const context = testContext('compactor')

async function tableOf(files: number): Promise<{ store: ObjectStore; snapshot: Snapshot }> {
  const store = openMemoryStore()
  let snapshot = await createTable(store, quotesTable, testContext())
  for (let i = 0; i < files; i++) snapshot = await appended(store, snapshot, i)
  return { store, snapshot }
}

async function appended(store: ObjectStore, snapshot: Snapshot, i: number): Promise<Snapshot> {
  const txns = [advanceOf('app', i === 0 ? null : i, i + 1)]
  const append = { files: [rowsFile('app', i, i + 1)], txns, operation: 'STREAMING UPDATE' }
  const outcome = await commitAppend(store, snapshot, append, testContext(`w${i}`))
  expect(outcome.kind).toBe('committed')
  return outcome.snapshot
}

function mergeOf(snapshot: Snapshot, id = 'merged'): Rewrite {
  const file: AddFile = { ...rowsFile('app', 0, snapshot.files.size, id), dataChange: false }
  return { replaced: [...snapshot.files.values()], files: [file] }
}

async function linesOf(store: ObjectStore, version: number): Promise<Record<string, Record<string, unknown>>[]> {
  const text = new TextDecoder().decode(await store.get(commitKey(tableVersion(version))))
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('a rewrite takes files out and puts one in, all without a change of data, and leaves txns alone', async () => {
  const { store, snapshot } = await tableOf(3)
  const outcome = await commitRewrite(store, snapshot, mergeOf(snapshot), context)
  expect(outcome.kind).toBe('committed')
  const [info, ...rest] = await linesOf(store, 4)
  expect(info?.commitInfo).toMatchObject({
    operation: 'OPTIMIZE',
    readVersion: 3,
    isBlindAppend: false,
    isolationLevel: 'SnapshotIsolation',
    operationMetrics: { numRemovedFiles: '3', numAddedFiles: '1', numOutputRows: '3' },
  })
  const removes = rest.flatMap((line) => (line.remove === undefined ? [] : [line.remove]))
  expect(removes).toEqual(
    [...snapshot.files.values()].map(({ path, size, partitionValues }) => ({
      path,
      size,
      partitionValues,
      deletionTimestamp: TEST_START,
      dataChange: false,
      extendedFileMetadata: true,
    })),
  )
  expect(rest.flatMap((line) => (line.add === undefined ? [] : [line.add.dataChange]))).toEqual([false])
  expect(rest.some((line) => 'txn' in line || 'metaData' in line || 'protocol' in line)).toBe(false)
  expect(await loadSnapshot(store)).toEqual(outcome.snapshot)
  expect(outcome.snapshot.txns).toEqual(snapshot.txns)
})

test('appends of others do not stand in its way: it is committed on top of them', async () => {
  const { store, snapshot } = await tableOf(3)
  await appended(store, await appended(store, snapshot, 3), 4)
  const outcome = await commitRewrite(store, snapshot, mergeOf(snapshot), context)
  expect(outcome).toMatchObject({ kind: 'committed', snapshot: { version: 6 } })
  const files = [...((await loadSnapshot(store))?.files.keys() ?? [])]
  expect(files).toHaveLength(3)
  expect((await linesOf(store, 6))[0]?.commitInfo).toMatchObject({ readVersion: 3 })
})

test('of two rewrites of the same files one is committed, and the other gives up', async () => {
  const { store, snapshot } = await tableOf(3)
  const outcomes = await Promise.all(
    ['one', 'two'].map((id) => commitRewrite(store, snapshot, mergeOf(snapshot, id), testContext(id))),
  )
  expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['committed', 'conflict'])
  expect((await loadSnapshot(store))?.files.size).toBe(1)
  expect((await loadSnapshot(store))?.version).toBe(4)
})

const { path } = rowsFile('app', 1, 2)
test.each([
  ['removed one of its files', { remove: { path, dataChange: true } }, /another commit touched date=.*app-1-2/],
  ['wrote one of its files anew', { add: { ...rowsFile('app', 1, 2), stats: null } }, /another commit touched/],
  ['changed the protocol', { protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, /protocol changed/],
])('it gives up when another commit %s', async (_what, action, reason) => {
  const { store, snapshot } = await tableOf(3)
  await store.put(commitKey(tableVersion(4)), encodeLogEntry([action]))
  const outcome = await commitRewrite(store, snapshot, mergeOf(snapshot), context)
  expect(outcome).toMatchObject({ kind: 'conflict', reason: expect.stringMatching(reason), snapshot: { version: 4 } })
  expect((await loadSnapshot(store))?.version).toBe(4)
})

test('it gives up when the metaData changed meanwhile', async () => {
  const { store, snapshot } = await tableOf(2)
  await store.put(commitKey(tableVersion(3)), encodeLogEntry([{ metaData: { ...snapshot.metadata, name: 'other' } }]))
  const outcome = await commitRewrite(store, snapshot, mergeOf(snapshot), context)
  expect(outcome).toMatchObject({ kind: 'conflict', reason: expect.stringMatching(/metaData changed/) })
})

test('its own commit is known again when the answer to it was lost', async () => {
  const { store, snapshot } = await tableOf(2)
  const faults = ['lost_after', 'late', 'late'] as const
  const puts = faults.values()
  const faulty = faultyStore(store, { put: () => puts.next().value ?? 'none' })
  const outcome = await commitRewrite(faulty, snapshot, mergeOf(snapshot), context)
  expect(outcome).toMatchObject({ kind: 'committed', snapshot: { version: 3 } })
  await faulty.deliverAll()
  expect((await loadSnapshot(store))?.version).toBe(3)
})

test('a table that only takes appends can be rewritten, since no data changes', async () => {
  const store = openMemoryStore()
  const definition = { ...quotesTable, configuration: { 'delta.appendOnly': 'true' } }
  const created = await createTable(store, definition, testContext())
  const snapshot = await appended(store, await appended(store, created, 0), 1)
  expect((await commitRewrite(store, snapshot, mergeOf(snapshot), context)).kind).toBe('committed')
})

test('what only a bug can ask for is refused', async () => {
  const { store, snapshot } = await tableOf(2)
  const rewrite = mergeOf(snapshot)
  const changing = rewrite.files.map((file) => ({ ...file, dataChange: true }))
  const attempts: [Partial<Rewrite>, RegExp][] = [
    [{ files: changing }, /changes no data/],
    [{ files: [] }, /replaces files by files/],
    [{ replaced: [rowsFile('other', 0, 1)] }, /is not in the snapshot/],
    [{ replaced: [...rewrite.replaced, ...rewrite.replaced] }, /names a file twice/],
  ]
  for (const [change, message] of attempts) {
    await expect(commitRewrite(store, snapshot, { ...rewrite, ...change }, context)).rejects.toThrow(message)
  }
})
