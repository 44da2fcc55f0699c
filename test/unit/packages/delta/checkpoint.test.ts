// Checkpoints: what is written is read back, by any way in; what cannot be used is passed over.

import { describe, expect, test } from 'vitest'
import { checkpointDue, writeCheckpoint } from '#delta/checkpoint'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import type { Metadata, RemoveFile } from '#delta/log/actions'
import { checkpointKey, commitKey } from '#delta/log/listing'
import { loadSnapshot, type Snapshot, updateSnapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { DAY_MS, type EpochMs, epochMs, tableVersion } from '#runtime/units'
import { checkpointFile, rowsOfCheckpoint } from '#support/delta/checkpoint_files'
import { advanceOf, entry, quotesTable, rowsFile, TEST_START, testContext } from '#support/delta/delta_table'
import { tinyStore } from '#support/stores/tiny_store'

const BIG = 9007199254740993n

/** A table of nasty values with `commits` appends, and a way to go on with it. */
async function tableOf(commits: number, configuration: Record<string, string> = {}) {
  const store = tinyStore()
  const context = testContext()
  let snapshot = await createTable(store, { ...quotesTable, configuration }, context)
  const append = async (index: number) => {
    await context.clock.sleep(1000)
    const [from, to] = [index * 10, index * 10 + 10]
    const files = [
      {
        ...rowsFile('app', from, to),
        partitionValues: { date: index % 2 === 0 ? null : `it's "%41" ünï\u{1f600}` },
        size: index === 0 ? BIG : 17,
        stats: `{"numRecords":10,"maxValues":{"offset":${BIG + BigInt(index)}}}`,
        tags: { a: '', b: 'x' },
      },
    ]
    const txns = [advanceOf('app', index === 0 ? null : from, to)]
    const outcome = await commitAppend(store, snapshot, { files, txns, operation: 'WRITE' }, context)
    expect(outcome.kind).toBe('committed')
    snapshot = outcome.snapshot
    return snapshot
  }
  for (let index = 0; index < commits; index++) await append(index)
  return { store, context, append, snapshot: () => snapshot }
}

async function load(store: ObjectStore, options = {}): Promise<Snapshot> {
  const snapshot = await loadSnapshot(store, options)
  if (snapshot === undefined) throw new Error('there is no table')
  return snapshot
}

/** A checkpoint says of no file that it changes data. */
function asState(snapshot: Snapshot): object {
  const files = [...snapshot.files.values()].map((file) => ({ ...file, dataChange: false }))
  const tombstones = [...snapshot.tombstones.values()].map((file) => ({ ...file, dataChange: false }))
  return { ...snapshot, files, tombstones }
}

function deleteEntries(store: { readonly objects: Map<string, Uint8Array> }, before: number): void {
  for (let version = 0; version < before; version++) store.objects.delete(commitKey(tableVersion(version)))
}

const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) })

describe('a checkpoint', () => {
  test('stands for the log before it, value for value', async () => {
    const { store, context, append, snapshot } = await tableOf(12)
    const written = await writeCheckpoint(store, snapshot(), context)
    expect(written).toMatchObject({ version: 12, size: 15, numOfAddFiles: 12 })
    deleteEntries(store, 12)
    expect(asState(await load(store))).toEqual(asState(snapshot()))
    await append(12)
    expect(asState(await load(store))).toEqual(asState(snapshot()))
    expect((await load(store)).txns.get('app')).toEqual(snapshot().txns.get('app'))
  })

  test('is followed by commits of writers that hold an older snapshot', async () => {
    const { store, context, snapshot } = await tableOf(3)
    const old = snapshot()
    store.objects.set(commitKey(tableVersion(4)), entry({ txn: { appId: 'other', version: 1 } }))
    await writeCheckpoint(store, await load(store), context)
    deleteEntries(store, 4)
    expect((await updateSnapshot(store, old)).version).toBe(4)
    const append = { files: [rowsFile('app', 30, 40)], txns: [advanceOf('app', 30, 40)], operation: 'WRITE' }
    await context.clock.sleep(3_600_000)
    expect(await commitAppend(store, old, append, context)).toMatchObject({
      kind: 'committed',
      snapshot: { version: 5 },
    })
  })

  test('keeps integers beyond 2^53, txns without lastUpdated, and tombstones', async () => {
    const { store, context } = await tableOf(2)
    const [first = ''] = (await load(store)).files.keys()
    const remove = `{"path":"${first}","dataChange":true,"deletionTimestamp":${TEST_START},"size":${BIG},"stats":"{}"}`
    const info = `{"commitInfo":{"timestamp":${TEST_START + 3000}}}`
    const lines = [info, `{"remove":${remove}}`, `{"txn":{"appId":"bare","version":${BIG}}}`]
    store.objects.set(commitKey(tableVersion(3)), new TextEncoder().encode(lines.join('\n')))
    const before = await load(store)
    await writeCheckpoint(store, before, context)
    deleteEntries(store, 3)
    const after = await load(store)
    expect(after.txns.get('bare')).toEqual({ appId: 'bare', version: BIG })
    expect([...after.tombstones.values()]).toEqual([
      { path: first, dataChange: false, deletionTimestamp: TEST_START, size: BIG },
    ])
    expect(after.files.size).toBe(1)
    expect(asState(after)).toEqual(asState(before))
  })

  test('forgets tombstones after the retention, and keeps all when it is not understood', async () => {
    const { store, context } = await tableOf(1)
    const tombstone = (path: string, ageMs: number): [string, RemoveFile] => [
      path,
      { path, dataChange: true, deletionTimestamp: context.clock.now() - ageMs },
    ]
    const tombstones = new Map([tombstone('old', 7 * DAY_MS + 1), tombstone('young', 6 * DAY_MS)])
    const kept = async (configuration: Record<string, string>) => {
      const base = await load(store)
      const metadata: Metadata = { ...base.metadata, configuration }
      await writeCheckpoint(store, { ...base, metadata, tombstones }, context)
      const rows = await rowsOfCheckpoint(store.objects.get(checkpointKey(base.version)) ?? new Uint8Array())
      return rows.flatMap(({ remove }) => (remove === undefined ? [] : [(remove as RemoveFile).path]))
    }
    expect(await kept({})).toEqual(['young'])
    expect(await kept({ 'delta.deletedFileRetentionDuration': 'interval 1 day' })).toEqual([])
    expect(await kept({ 'delta.deletedFileRetentionDuration': 'INTERVAL 2 weeks' })).toEqual(['old', 'young'])
    expect(await kept({ 'delta.deletedFileRetentionDuration': 'for long' })).toEqual(['old', 'young'])
  })

  test('is refused for a table whose features we would drop', async () => {
    const { store, context, snapshot } = await tableOf(1)
    const protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['domainMetadata'] }
    const failing = writeCheckpoint(store, { ...snapshot(), protocol }, context)
    await expect(failing).rejects.toThrow(refusal('TABLE_UNSUPPORTED', 'domainMetadata'))
    expect(store.objects.has(checkpointKey(snapshot().version))).toBe(false)
  })

  test('of an older version leaves the hint at the newer one', async () => {
    const { store, context, append, snapshot } = await tableOf(1)
    const older = snapshot()
    await append(1)
    await writeCheckpoint(store, snapshot(), context)
    await writeCheckpoint(store, older, context)
    const hint = JSON.parse(Buffer.from(store.objects.get('_delta_log/_last_checkpoint') ?? []).toString())
    expect(Object.keys(hint)).toEqual(['version', 'size', 'sizeInBytes', 'numOfAddFiles'])
    expect(hint.version).toBe(2)
  })
})

describe('reading', () => {
  test('begins at the newest checkpoint and lists from the hinted version on', async () => {
    const { store, context, append, snapshot } = await tableOf(20)
    await writeCheckpoint(store, snapshot(), context)
    await append(20)
    const [read, listed]: [string[], (string | undefined)[]] = [[], []]
    const counted: ObjectStore = {
      ...store,
      get: (key) => {
        read.push(key)
        return store.get(key)
      },
      list: (prefix, after) => {
        listed.push(after)
        return store.list(prefix, after)
      },
    }
    await load(counted)
    const files = [checkpointKey(tableVersion(20)), commitKey(tableVersion(20)), commitKey(tableVersion(21))]
    expect(read.sort()).toEqual([...files, '_delta_log/_last_checkpoint'].sort())
    expect(listed).toEqual(['_delta_log/00000000000000000020'])
  })

  test.each<[string, Uint8Array | undefined]>([
    ['missing', undefined],
    ['empty', new Uint8Array()],
    ['damaged', new TextEncoder().encode('{"version":')],
    ['without a version', entry({ size: 1 })],
    ['of a wrong version', entry({ version: -1 })],
    ['stale', entry({ version: 2 })],
    ['beyond the log', entry({ version: 4000 })],
    ['beyond all numbers', new TextEncoder().encode('{"version":99999999999999999999999}')],
  ])('does without a hint that is %s', async (_, hint) => {
    const { store, context, snapshot } = await tableOf(5)
    await writeCheckpoint(store, snapshot(), context)
    deleteEntries(store, 5)
    if (hint === undefined) store.objects.delete('_delta_log/_last_checkpoint')
    else store.objects.set('_delta_log/_last_checkpoint', hint)
    expect(asState(await load(store))).toEqual(asState(snapshot()))
  })

  test.each<[string, (bytes: Uint8Array) => Uint8Array | undefined]>([
    ['empty', () => new Uint8Array()],
    ['cut short', (bytes) => bytes.slice(0, bytes.length / 2)],
    ['garbled', (bytes) => bytes.map((byte, index) => (index > 8 && index < 200 ? byte ^ 0x5a : byte))],
    ['without its end', (bytes) => bytes.slice(0, -1)],
    ['gone once it was listed', () => undefined],
  ])('passes over a checkpoint that is %s', async (_, damage) => {
    const { store, context, append, snapshot } = await tableOf(4)
    await writeCheckpoint(store, snapshot(), context)
    await append(4)
    await append(5)
    await writeCheckpoint(store, snapshot(), context)
    const key = checkpointKey(snapshot().version)
    const damaged = damage(store.objects.get(key) ?? new Uint8Array())
    const broken: ObjectStore = { ...store, get: async (wanted) => (wanted === key ? damaged : store.get(wanted)) }
    expect(asState(await load(broken))).toEqual(asState(snapshot()))
    deleteEntries(store, 4)
    expect(asState(await load(broken))).toEqual(asState(snapshot()))
    store.objects.delete(checkpointKey(tableVersion(4)))
    await expect(load(broken)).rejects.toThrow(refusal('TABLE_CORRUPT', key))
  })

  test.each(['protocol', 'metaData'])('passes over a checkpoint without %s', async (missing) => {
    const { store, context, snapshot } = await tableOf(3)
    await writeCheckpoint(store, snapshot(), context)
    const key = checkpointKey(snapshot().version)
    const rows = await rowsOfCheckpoint(store.objects.get(key) ?? new Uint8Array())
    store.objects.set(key, checkpointFile(rows.filter((row) => row[missing] === undefined)))
    expect(asState(await load(store))).toEqual(asState(snapshot()))
    deleteEntries(store, 1)
    await expect(load(store)).rejects.toThrow(refusal('TABLE_CORRUPT', `it has no ${missing}`))
  })

  test('takes a failing store for what it is, not for a bad checkpoint', async () => {
    const { store, context, snapshot } = await tableOf(3)
    await writeCheckpoint(store, snapshot(), context)
    const failing: ObjectStore = {
      ...store,
      get: (key) => (key.endsWith('.parquet') ? Promise.reject(new Error('the network is down')) : store.get(key)),
    }
    await expect(load(failing)).rejects.toThrow('the network is down')
  })

  test.each(['SNAPPY', 'GZIP', 'UNCOMPRESSED'] as const)('unpacks %s', async (codec) => {
    const { store, context, snapshot } = await tableOf(3)
    await writeCheckpoint(store, snapshot(), context)
    const key = checkpointKey(snapshot().version)
    store.objects.set(key, checkpointFile(await rowsOfCheckpoint(store.objects.get(key) ?? new Uint8Array()), codec))
    deleteEntries(store, 3)
    expect(asState(await load(store))).toEqual(asState(snapshot()))
  })
})

describe('checkpoints of other kinds', () => {
  /** A table whose state stands in rows only: the log before version 6 and our checkpoint are gone. */
  async function tableInRows() {
    const { store, context, snapshot } = await tableOf(6)
    await writeCheckpoint(store, snapshot(), context)
    const key = checkpointKey(snapshot().version)
    const rows = await rowsOfCheckpoint(store.objects.get(key) ?? new Uint8Array())
    store.objects.delete(key)
    deleteEntries(store, 6)
    return { store, rows, snapshot: snapshot() }
  }

  const ten = (number: number) => String(number).padStart(10, '0')
  const part = (index: number, of: number) =>
    `_delta_log/00000000000000000006.checkpoint.${ten(index)}.${ten(of)}.parquet`
  const v2 = '_delta_log/00000000000000000006.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11'

  test('multi-part: all parts, or none', async () => {
    const { store, rows, snapshot } = await tableInRows()
    store.objects.set(part(1, 3), checkpointFile(rows.slice(0, 2)))
    store.objects.set(part(3, 3), checkpointFile(rows.slice(5)))
    await expect(load(store)).rejects.toThrow(refusal('TABLE_CORRUPT', '1 of its parts are missing'))
    store.objects.set(part(2, 3), checkpointFile(rows.slice(2, 5)))
    expect(asState(await load(store))).toEqual(asState(snapshot))
  })

  test.each(['json', 'parquet'])('V2 with sidecars, its top level in %s', async (form) => {
    const { store, rows, snapshot } = await tableInRows()
    const isFile = (row: object) => 'add' in row || 'remove' in row
    const files = rows.filter(isFile)
    store.objects.set('_delta_log/_sidecars/one.parquet', checkpointFile(files.slice(0, 2)))
    store.objects.set('_delta_log/_sidecars/two%.parquet', checkpointFile(files.slice(2), 'GZIP'))
    const top = [
      { checkpointMetadata: { version: 6n } },
      ...rows.filter((row) => !isFile(row)),
      { sidecar: { path: 'one.parquet', sizeInBytes: 1n } },
      { sidecar: { path: 's3://bucket/table/_delta_log/_sidecars/two%25.parquet', sizeInBytes: 1n } },
    ]
    const plain = JSON.parse(JSON.stringify(top, (_key, value) => (typeof value === 'bigint' ? Number(value) : value)))
    store.objects.set(`${v2}.${form}`, form === 'json' ? entry(...plain) : checkpointFile(top))
    expect(asState(await load(store))).toEqual(asState(snapshot))
    store.objects.delete('_delta_log/_sidecars/one.parquet')
    await expect(load(store)).rejects.toThrow(refusal('TABLE_CORRUPT', '_sidecars/one.parquet'))
  })

  test('a deletion vector in one needs the feature in its protocol, and tells files apart', async () => {
    const { store, rows, snapshot } = await tableInRows()
    const deletionVector = { storageType: 'i', pathOrInlineDv: '^Bg9^0rr91', sizeInBytes: 8, cardinality: 1 }
    const file = { ...rowsFile('app', 0, 1), path: 'deleted.parquet' }
    const others = [{ add: { ...file, deletionVector } }, { remove: { ...file, deletionTimestamp: TEST_START } }]
    const plain = JSON.parse(JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? Number(value) : value)))
    store.objects.set(`${v2}.json`, entry(...plain, ...others))
    await expect(load(store)).rejects.toThrow(refusal('TABLE_CORRUPT', 'no feature deletionVectors'))
    const features = ['deletionVectors']
    const protocol = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features }
    const before = plain.filter((row: { protocol?: unknown }) => row.protocol === undefined)
    store.objects.set(`${v2}.json`, entry({ protocol }, ...before, ...others))
    const after = await load(store)
    expect([...after.files.keys()]).toContain('deleted.parquet#i^Bg9^0rr91')
    expect([...after.tombstones.keys()]).toContain('deleted.parquet')
    expect(snapshot.version).toBe(6)
  })
})

describe('time travel', () => {
  test('begins at the checkpoint before the version or the time', async () => {
    const { store, context, append, snapshot } = await tableOf(4)
    await writeCheckpoint(store, snapshot(), context)
    for (let index = 4; index < 9; index++) await append(index)
    await writeCheckpoint(store, snapshot(), context)
    const before = await load(store, { version: tableVersion(6) })
    expect(before.files.size).toBe(6)
    deleteEntries(store, 4)
    expect(asState(await load(store, { version: tableVersion(6) }))).toEqual(asState(before))
    expect(asState(await load(store, { asOf: epochMs(TEST_START + 6_999) }))).toEqual(asState(before))
    expect((await load(store, { version: tableVersion(9) })).files.size).toBe(9)
    expect((await load(store, { asOf: epochMs(TEST_START + 4_000) })).version).toBe(4)
  })

  test('says which version is the oldest when the log was cleaned up', async () => {
    const { store, context, append, snapshot } = await tableOf(4)
    await writeCheckpoint(store, snapshot(), context)
    await append(4)
    deleteEntries(store, 4)
    const [gone, oldest] = ['version 3 of the Delta table', 'the oldest version that can still be read is 4']
    await expect(load(store, { version: tableVersion(3) })).rejects.toThrow(refusal('TABLE_NOT_FOUND', gone))
    await expect(load(store, { version: tableVersion(3) })).rejects.toThrow(refusal('TABLE_NOT_FOUND', oldest))
    const tooOld = load(store, { asOf: epochMs(TEST_START + 3_999) })
    await expect(tooOld).rejects.toThrow(refusal('TABLE_NOT_FOUND', oldest))
    await expect(load(store, { version: tableVersion(6) })).rejects.toThrow(refusal('TABLE_NOT_FOUND', 'newest is 5'))
  })
})

describe('a checkpoint is due', () => {
  const at = (version: number, configuration = {}) =>
    ({ version: tableVersion(version), metadata: { configuration } }) as unknown as Snapshot

  test.each<[number, number | undefined, object, boolean]>([
    [99, undefined, {}, false],
    [100, undefined, {}, true],
    [137, undefined, {}, true],
    [199, 100, {}, false],
    [200, 100, {}, true],
    [555, 100, {}, true],
    [5, 100, {}, false],
    [10, undefined, { 'delta.checkpointInterval': '10' }, true],
    [10, 1, { 'delta.checkpointInterval': '10' }, false],
    [99, undefined, { 'delta.checkpointInterval': 'often' }, false],
    [100, undefined, { 'delta.checkpointInterval': '0' }, true],
  ])('at version %i after one at %s with %j: %s', (version, last, configuration, due) => {
    const lastVersion = last === undefined ? undefined : tableVersion(last)
    expect(checkpointDue(at(version, configuration), lastVersion)).toBe(due)
  })

  test('by the interval handed in, unless the table has its own', () => {
    expect(checkpointDue(at(7), undefined, 7)).toBe(true)
    expect(checkpointDue(at(7, { 'delta.checkpointInterval': '8' }), undefined, 7)).toBe(false)
  })
})

test('tombstones leave a snapshot when a newer commit is a week younger', async () => {
  const { store } = await tableOf(1)
  const [path = ''] = (await load(store)).files.keys()
  const at = (version: number, timestamp: number, ...actions: object[]) =>
    store.objects.set(commitKey(tableVersion(version)), entry({ commitInfo: { timestamp } }, ...actions))
  const removal = (TEST_START + 60_000) as EpochMs
  at(2, removal, { remove: { path, dataChange: true, deletionTimestamp: removal } })
  expect([...(await load(store)).tombstones.keys()]).toEqual([path])
  at(3, removal + 7 * DAY_MS, { txn: { appId: 'x', version: 1 } })
  expect((await load(store)).tombstones.size).toBe(1)
  at(4, removal + 7 * DAY_MS + 1, { add: rowsFile('x', 0, 1) })
  expect((await load(store)).tombstones.size).toBe(0)
})
