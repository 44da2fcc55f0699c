import { describe, expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import { planCompaction } from '#delta/compact'
import { createTable } from '#delta/create'
import { canonicalPath, fileLocation, notAsLogged, objectKeyOf } from '#delta/data_file/path'
import { commitKey } from '#delta/log/listing'
import { commitRewrite } from '#delta/rewrite_commit'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { planVacuum } from '#delta/vacuum'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { virtualClock } from '#runtime/clock'
import { epochMs, tableVersion } from '#runtime/units'
import { entry, quotesTable, rowsFile, TEST_START, testContext } from '#support/delta/delta_table'

test.each([
  [{ path: 'a' }, /names the file a, but it is not there; if a vacuum/],
  [{ what: 'deletion vector', path: 'a' } as const, /names the deletion vector a, but it is not there;/],
  [{ path: 'a', bytes: { found: undefined, logged: 7 } }, /names the file a, but it is not there;/],
  [{ path: 'a', bytes: { found: 0, logged: 7 } }, /names the file a, but it has 0 bytes instead of 7;/],
])('what a log names and its store does not have so is said: %j', (named, message) => {
  const error = notAsLogged('/lake/stocks', named)
  expect(error).toMatchObject({ code: 'TABLE_CORRUPT', fields: { table: '/lake/stocks', file: 'a' } })
  expect(error.message).toMatch(message)
})

describe('paths of the log', () => {
  test('are decoded once', () => {
    expect(objectKeyOf('_2=bar+%252521/part%20x.parquet', '/t')).toBe('_2=bar+%2521/part x.parquet')
  })

  test.each([
    ['file:///data/my%20table/a/x%2541.parquet', '/data/my table', 'a/x%41.parquet'],
    ['file:/data/t/x', '/data/t', 'x'],
    ['/data/t/x', '/data/t', 'x'],
    ['s3://bucket/lake/t/date=2026/x%20y', 's3://bucket/lake/t', 'date=2026/x y'],
    ['s3a://bucket/lake/t/x', 's3://bucket/lake/t', 'x'],
    ['s3n://bucket/x', 's3://bucket', 'x'],
  ])('that are absolute may lead into the table: %s in %s', (path, root, key) => {
    expect(fileLocation(path, root)).toEqual({ kind: 'key', key })
    expect(canonicalPath(path, root)).toBe(canonicalPath(key.replaceAll('%', '%25'), root))
  })

  test.each([
    ['/data/t2/x', '/data/t'],
    ['/data/t', '/data/t'],
    ['/data', '/data/t'],
    ['file:///data/other/x', '/data/t'],
    ['s3://other/t/x', 's3://bucket/t'],
    ['s3://bucket/t/x', '/bucket/t'],
    ['gs://bucket/t/x', 's3://bucket/t'],
    ['/data/%2e%2e/t/x', '/data/t'],
  ])('that lead elsewhere are refused by name: %s from %s', (path, root) => {
    expect(fileLocation(path, root)).toEqual({ kind: 'absolute', url: path })
    const message = expect.stringMatching(/absolute path: .*; a shallow clone does that; make a deep clone/)
    expect(() => objectKeyOf(path, root)).toThrow(expect.objectContaining({ code: 'TABLE_UNSUPPORTED', message }))
  })

  test.each([
    '../x',
    'a/../../x',
    'a//b',
    './a',
    '%2e%2e/x',
    'a%2F..%2Fb',
    '%zz',
    '/t/../x',
    'file:///t/%2e%2e/x',
    '/t//',
  ])('must stay in the table: %s', (path) => {
    expect(() => objectKeyOf(path, '/t')).toThrow(expect.objectContaining({ code: 'TABLE_CORRUPT' }))
    expect(() => canonicalPath(path, '/t')).not.toThrow()
  })

  test('have one canonical form, which is a path of the log itself', () => {
    for (const path of ['a%2Db/x%20y', 'a-b/x y', 'file:///t/a-b/x%20y', '/t/a%2db/x y']) {
      expect(canonicalPath(path, '/t')).toBe('a-b/x%20y')
    }
    expect(canonicalPath('file:///else/where', '/t')).toBe('/else/where')
    expect(canonicalPath('s3a://else/where', 's3://t')).toBe('s3://else/where')
  })
})

describe('a file that another engine named by an absolute path', () => {
  const [root, key] = ['s3://bucket/lake/t', 'date=2026-11-21/a-b.parquet']
  const absolute = 's3a://bucket/lake/t/date=2026-11-21/a%2Db.parquet'
  const relative = 'date=2026-11-21/a%2Db.parquet'

  /** A table with the file, committed under this path; its objects are as old as the test wants. */
  async function tableWith(path: string, ...others: object[]) {
    const clock = virtualClock(TEST_START)
    const store: ObjectStore = { ...openMemoryStore(clock), url: root }
    const context = testContext('absolute', clock)
    await createTable(store, quotesTable, context)
    await store.put(key, new Uint8Array(5))
    const add = { ...rowsFile('app', 0, 1), path, size: 5 }
    await store.put(commitKey(tableVersion(1)), entry({ commitInfo: { timestamp: TEST_START } }, { add }, ...others))
    return { store, context, clock, add }
  }

  const load = async (store: ObjectStore) => (await loadSnapshot(store)) as Snapshot

  test.each([
    [absolute, relative],
    [relative, absolute],
    [absolute, absolute.replace('s3a', 's3')],
  ])('added as %s is removed as %s, also from a checkpoint', async (added, removed) => {
    const { store, context } = await tableWith(added)
    await writeCheckpoint(store, await load(store), context)
    await store.delete(commitKey(tableVersion(0)))
    expect([...(await load(store)).files.values()].map(({ path }) => objectKeyOf(path, root))).toEqual([key])
    const remove = { path: removed, dataChange: true, deletionTimestamp: TEST_START }
    await store.put(commitKey(tableVersion(2)), entry({ commitInfo: { timestamp: TEST_START + 1 } }, { remove }))
    expect((await load(store)).files.size).toBe(0)
    expect((await load(store)).tombstones.size).toBe(1)
  })

  test('is needed to vacuum while it is live, and not for long after it was removed', async () => {
    const { store, clock } = await tableWith(absolute)
    const plan = async () => {
      const plan = await planVacuum(store, { now: clock.now(), retentionMs: 168 * 3_600_000 })
      return plan?.files.map((file) => file.key)
    }
    clock.advance(400 * 3_600_000)
    expect(await plan()).toEqual([])
    const remove = { path: relative, dataChange: true, deletionTimestamp: clock.now() }
    await store.put(commitKey(tableVersion(2)), entry({ commitInfo: { timestamp: clock.now() } }, { remove }))
    expect(await plan()).toEqual([])
    clock.advance(400 * 3_600_000)
    expect(await plan()).toEqual([key])
  })

  test('is left alone by compaction, and replaced under its own name by who wants to', async () => {
    const { store, context, add } = await tableWith(absolute, { add: { ...rowsFile('app', 1, 2), size: 5 } })
    const snapshot = await load(store)
    const policy = { targetBytes: 1_000, filesMin: 2, writtenBefore: epochMs(TEST_START + 1) }
    expect(planCompaction(snapshot, policy)).toEqual([])
    const files = [{ ...rowsFile('app', 0, 1, 'new'), dataChange: false }]
    const rewrite = { replaced: [add], files }
    const outcome = await commitRewrite(store, snapshot, rewrite, context)
    expect(outcome.kind).toBe('committed')
    expect([...outcome.snapshot.tombstones.values()].map((remove) => remove.path)).toEqual([absolute])
    expect(outcome.snapshot.files.size).toBe(2)
  })
})
