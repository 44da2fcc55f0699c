import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Append, commitAppend, ENGINE_INFO } from '#delta/commit'
import { createTable } from '#delta/create'
import { SNAPSHOT_AGE_MAX_MS } from '#delta/limits'
import type { Action } from '#delta/log/actions'
import { commitKey } from '#delta/log/listing'
import { stringifySchema } from '#delta/schema/schema'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'
import { advanceOf, column, entry, quotesTable, rowsFile, TEST_START, testContext } from '#support/delta/delta_table'
import { tinyStore } from '#support/stores/tiny_store'

async function stage() {
  const store = tinyStore()
  const context = testContext('me')
  const snapshot = await createTable(store, quotesTable, context)
  return { store, context, snapshot }
}

function appendOf(appId: string, from: number | null, to: number, id?: string): Append {
  return { files: [rowsFile(appId, from ?? 0, to, id)], txns: [advanceOf(appId, from, to)], operation: 'WRITE' }
}

/** What another writer commits as the next version. */
async function winnerCommits(store: ReturnType<typeof tinyStore>, ...actions: object[]): Promise<void> {
  const latest = (await loadSnapshot(store)) as Snapshot
  store.objects.set(
    commitKey(tableVersion(latest.version + 1)),
    entry({ commitInfo: { txnId: 'foreign' } }, ...actions),
  )
}

function actionsOf(store: ReturnType<typeof tinyStore>, version: number): Action[] {
  const text = Buffer.from(store.objects.get(commitKey(tableVersion(version))) ?? []).toString()
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('commits name the version of the package', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../package.json'), 'utf8')
  expect(ENGINE_INFO).toBe(`tickerlake/${JSON.parse(text).version}`)
})

describe('an append', () => {
  test('is one entry: commitInfo first, then the txns, then the files', async () => {
    const { store, context, snapshot } = await stage()
    const append = { ...appendOf('a', null, 5), operationParameters: { outputMode: 'Append' } }
    const outcome = await commitAppend(store, snapshot, append, context)
    const [first, ...rest] = actionsOf(store, 1)
    expect(first?.commitInfo).toEqual({
      timestamp: TEST_START,
      operation: 'WRITE',
      operationParameters: { outputMode: 'Append' },
      readVersion: 0,
      isolationLevel: 'Serializable',
      isBlindAppend: true,
      operationMetrics: { numFiles: '1', numOutputRows: '5', numOutputBytes: '1005' },
      engineInfo: ENGINE_INFO,
      txnId: 'me-3',
    })
    expect(rest).toEqual([{ txn: { appId: 'a', version: 5, lastUpdated: TEST_START } }, { add: append.files[0] }])
    expect(outcome.kind).toBe('committed')
    expect(await loadSnapshot(store)).toEqual(outcome.snapshot)
  })

  test('may carry txns alone, and several of them', async () => {
    const { store, context, snapshot } = await stage()
    const append = { files: [], txns: [advanceOf('a', null, 0), advanceOf('b', null, 3)], operation: 'WRITE' }
    const { snapshot: after } = await commitAppend(store, snapshot, append, context)
    expect(Array.from(after.txns.values(), (txn) => txn.version)).toEqual([0, 3])
  })

  test('goes past other writers with the same files and the same id', async () => {
    const { store, context, snapshot } = await stage()
    await winnerCommits(store, { add: rowsFile('b', 0, 9) }, { txn: { appId: 'b', version: 9 } })
    await winnerCommits(store, { remove: { path: rowsFile('b', 0, 9).path, dataChange: true } })
    const outcome = await commitAppend(store, snapshot, appendOf('a', null, 5), context)
    expect(outcome).toMatchObject({ kind: 'committed', snapshot: { version: 3, files: { size: 1 } } })
    expect(actionsOf(store, 3)[0]?.commitInfo).toMatchObject({ txnId: 'me-3', readVersion: 2 })
    expect(await loadSnapshot(store)).toEqual(outcome.snapshot)
  })
})

describe('an append is fenced', () => {
  test.each<[string, number | null, number | null]>([
    ['the table is further on', 5, 7],
    ['the table is further back', 7, 5],
    ['the table has no txn and one is expected', null, 5],
    ['the table has a txn and none is expected', 5, null],
    ['the txn is at zero and none is expected', 0, null],
  ])('when %s', async (_what, stands, expected) => {
    const { store, context, snapshot } = await stage()
    if (stands !== null) await winnerCommits(store, { txn: { appId: 'a', version: stands } })
    const base = stands === null ? snapshot : ((await loadSnapshot(store)) as Snapshot)
    const before = store.objects.size
    const append = { ...appendOf('a', expected, 9), txns: [advanceOf('b', null, 1), advanceOf('a', expected, 9)] }
    expect(await commitAppend(store, base, append, context)).toMatchObject({ kind: 'fenced', appIds: ['a'] })
    expect(store.objects.size).toBe(before)
  })

  test('when a txn is beyond 2^53, which no offset is', async () => {
    const { store, context } = await stage()
    const text = '{"txn":{"appId":"a","version":9007199254740993}}'
    store.objects.set(commitKey(tableVersion(1)), new TextEncoder().encode(text))
    const base = (await loadSnapshot(store)) as Snapshot
    expect((await commitAppend(store, base, appendOf('a', 2 ** 53 - 1, 2 ** 53 - 1), context)).kind).toBe('fenced')
  })

  test('when a winner named its application, even without moving it', async () => {
    const { store, context } = await stage()
    await winnerCommits(store, { txn: { appId: 'a', version: 5 } })
    const base = (await loadSnapshot(store)) as Snapshot
    await winnerCommits(store, { txn: { appId: 'a', version: 5 } })
    const outcome = await commitAppend(store, base, appendOf('a', 5, 9), context)
    expect(outcome).toMatchObject({ kind: 'fenced', appIds: ['a'], snapshot: { version: 2 } })
    expect(store.objects.size).toBe(3)
  })
})

describe('an append that meets a changed table', () => {
  const withSchema = (...more: ReturnType<typeof column>[]) => ({
    schemaString: stringifySchema({ type: 'struct', fields: [...quotesTable.schema.fields, ...more] }),
  })

  async function meets(change: (snapshot: Snapshot) => object) {
    const { store, context, snapshot } = await stage()
    await winnerCommits(store, change(snapshot))
    return commitAppend(store, snapshot, appendOf('a', null, 5), context)
  }

  test('goes on when a nullable column was added', async () => {
    const outcome = await meets(({ metadata }) => ({
      metaData: { ...metadata, ...withSchema(column('more', 'string')) },
    }))
    expect(outcome).toMatchObject({ kind: 'committed', snapshot: { version: 2, schema: { fields: { length: 4 } } } })
  })

  test.each<[string, object, string]>([
    [
      'a required column was added',
      withSchema(column('more', 'string', { nullable: false })),
      'column more is required',
    ],
    ['it is partitioned otherwise', { partitionColumns: ['symbol'] }, 'partitioned by (symbol)'],
    ['it is another table', { id: 'other' }, 'another table'],
  ])('conflicts when %s', async (_what, change, reason) => {
    const outcome = await meets(({ metadata }) => ({ metaData: { ...metadata, ...change } }))
    expect(outcome).toMatchObject({
      kind: 'conflict',
      reason: expect.stringContaining(reason),
      snapshot: { version: 1 },
    })
  })

  test('is refused when the protocol moved beyond us', async () => {
    const protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['rowTracking'] }
    const refusal = { code: 'TABLE_UNSUPPORTED', message: expect.stringContaining('rowTracking') }
    await expect(meets(() => ({ protocol }))).rejects.toThrow(expect.objectContaining(refusal))
  })

  test('conflicts when one of its files is there already', async () => {
    const outcome = await meets(() => ({ add: rowsFile('a', 0, 5) }))
    expect(outcome).toMatchObject({ kind: 'conflict', reason: expect.stringContaining('is in the table already') })
  })
})

describe('an append to an old snapshot', () => {
  test('reads the log first, so that a freed version is not used again', async () => {
    const { store, context, snapshot } = await stage()
    await winnerCommits(store, { add: rowsFile('b', 0, 9) })
    await context.clock.sleep(SNAPSHOT_AGE_MAX_MS + 1)
    const puts: string[] = []
    const watched: ObjectStore = {
      ...store,
      putIfAbsent: (key, body) => {
        puts.push(key)
        return store.putIfAbsent(key, body)
      },
    }
    expect(await commitAppend(watched, snapshot, appendOf('a', null, 5), context)).toMatchObject({ kind: 'committed' })
    expect(puts).toEqual([commitKey(tableVersion(2))])
  })

  test('stops when the log is gone', async () => {
    const { store, context, snapshot } = await stage()
    store.objects.clear()
    await context.clock.sleep(SNAPSHOT_AGE_MAX_MS + 1)
    const gone = expect.objectContaining({ code: 'TABLE_NOT_FOUND' })
    await expect(commitAppend(store, snapshot, appendOf('a', null, 5), context)).rejects.toThrow(gone)
    expect(store.objects.size).toBe(0)
  })
})

test.each<[string, Partial<Append>]>([
  ['needs files or txns', { files: [], txns: [] }],
  ['names an appId twice', { txns: [advanceOf('a', null, 1), advanceOf('a', null, 1)] }],
  ['names a file twice', { files: [rowsFile('a', 0, 1), rowsFile('a', 0, 1)] }],
  ['must not go back', { txns: [advanceOf('a', 5, 4)] }],
  ['changes data', { files: [{ ...rowsFile('a', 0, 1), dataChange: false }] }],
  ['partition columns date', { files: [{ ...rowsFile('a', 0, 1), partitionValues: {} }] }],
])('an append is a bug when it %s', async (message, change) => {
  const { store, context, snapshot } = await stage()
  await expect(commitAppend(store, snapshot, { ...appendOf('a', null, 1), ...change }, context)).rejects.toThrow(
    message,
  )
})
