// The promise: whatever the store answers and whoever else writes, an append is committed once or not at all, versions
// stay contiguous, and no row is lost or double.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AppendOutcome, type CommitContext, commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { decodeLogEntry } from '#delta/log/entry'
import { commitKey } from '#delta/log/listing'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { type Offset, tableVersion } from '#runtime/units'
import { advanceOf, coveredRanges, quotesTable, rowsFile, TEST_START, testContext } from '#support/delta/delta_table'
import {
  type FaultyStore,
  faultyStore,
  type GetFault,
  type ListFault,
  type PutFault,
} from '#support/stores/faulty_store'
import { temporaryFolder } from '#support/temporary_folder'

const stores: [name: string, open: () => ObjectStore][] = [
  ['in memory', () => openMemoryStore()],
  ['in a folder', () => openFilesystemStore({ root: temporaryFolder() })],
]

async function loaded(store: ObjectStore): Promise<Snapshot> {
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) throw new Error('there is no table')
  return snapshot
}

/** How far the table says that an application got; null: not begun. */
function positionOf(snapshot: Snapshot, appId: string): Offset | null {
  const version = snapshot.txns.get(appId)?.version
  return version === undefined ? null : (Number(version) as Offset)
}

/** Appends the rows [from, to) of an application. */
function appendRows(
  store: ObjectStore,
  snapshot: Snapshot,
  rows: { appId: string; to: number },
  context: CommitContext,
) {
  const from = positionOf(snapshot, rows.appId)
  const file = rowsFile(rows.appId, from ?? 0, rows.to, context.newId())
  const append = { files: [file], txns: [advanceOf(rows.appId, from, rows.to)], operation: 'STREAMING UPDATE' }
  return commitAppend(store, snapshot, append, context)
}

/** Every path that the log ever added, in order; fails on a gap in the versions. */
async function addedPaths(store: ObjectStore): Promise<string[]> {
  const { version: newest } = await loaded(store)
  const paths: string[] = []
  for (let version = tableVersion(0); version <= newest; version = tableVersion(version + 1)) {
    const bytes = await store.get(commitKey(version))
    if (bytes === undefined) throw new Error(`version ${version} is missing`)
    paths.push(...decodeLogEntry(bytes, { url: store.url, version, modified: TEST_START }).adds.map((add) => add.path))
  }
  return paths
}

/** Asserts that the log is whole, and that the applications' rows from 0 on stand in it once each. */
async function expectWhole(store: ObjectStore, rows: ReadonlyMap<string, number>): Promise<void> {
  const snapshot = await loaded(store)
  const paths = await addedPaths(store)
  expect(new Set(paths).size).toBe(paths.length)
  for (const [appId, count] of rows) {
    expect(positionOf(snapshot, appId)).toBe(count)
    expect(coveredRanges(paths, appId)).toEqual([[0, count]])
  }
}

describe.each(stores)('writers at the same version %s', (_name, open) => {
  test('16 writers of 20 commits each make 320 contiguous versions, every row once', async () => {
    const store = open()
    const base = await createTable(store, quotesTable, testContext())
    const appIds = Array.from({ length: 16 }, (_, index) => `app${String.fromCharCode(97 + index)}`)
    const writers = appIds.map(async (appId) => {
      const context = testContext(appId)
      let snapshot = base
      for (let commit = 1; commit <= 20; commit++) {
        const outcome = await appendRows(store, snapshot, { appId, to: commit * 5 }, context)
        expect(outcome.kind).toBe('committed')
        snapshot = outcome.snapshot
      }
    })
    await Promise.all(writers)
    await expectWhole(store, new Map(appIds.map((appId) => [appId, 100])))
    const { version, files } = await loaded(store)
    expect({ version, files: files.size }).toEqual({ version: 320, files: 320 })
  })

  test('of two writers of one application exactly one wins each range', async () => {
    const store = open()
    const base = await createTable(store, quotesTable, testContext())
    const outcomes: AppendOutcome['kind'][] = []
    const writers = ['first', 'second'].map(async (name) => {
      const context = testContext(name)
      let snapshot = base
      while ((positionOf(snapshot, 'app') ?? 0) < 100) {
        const to = (positionOf(snapshot, 'app') ?? 0) + 10
        const outcome = await appendRows(store, snapshot, { appId: 'app', to }, context)
        outcomes.push(outcome.kind)
        snapshot = outcome.snapshot
      }
    })
    await Promise.all(writers)
    await expectWhole(store, new Map([['app', 100]]))
    expect(outcomes.filter((kind) => kind === 'committed')).toHaveLength(10)
    expect(outcomes).toContain('fenced')
  })

  test('of 16 creators one makes version 0, and all have the same table', async () => {
    const store = open()
    const creators = Array.from({ length: 16 }, (_, index) => createTable(store, quotesTable, testContext(`c${index}`)))
    const snapshots = await Promise.all(creators)
    expect(new Set(snapshots.map((snapshot) => snapshot.metadata.id)).size).toBe(1)
    expect((await loaded(store)).version).toBe(0)
  })
})

describe('on a store whose answers go wrong', () => {
  const puts = fc.constantFrom<PutFault>('none', 'lost_before', 'lost_after', 'late', 'own_exists')
  const gets = fc.constantFrom<GetFault>('none', 'error', 'cut')
  /** What goes wrong, call by call; at the script's end nothing does any more. */
  const scripts = fc.record({
    puts: fc.oneof(fc.array(puts, { maxLength: 40 }), fc.array(fc.constant<PutFault>('late'), { maxLength: 30 })),
    gets: fc.oneof(fc.array(gets, { maxLength: 40 }), fc.array(fc.constant<GetFault>('error'), { maxLength: 30 })),
    lists: fc.array(fc.constantFrom<ListFault>('none', 'error'), { maxLength: 20 }),
    deliveries: fc.array(fc.boolean(), { maxLength: 80 }),
  })

  function faulty(inner: ObjectStore, script: typeof scripts extends fc.Arbitrary<infer T> ? T : never): FaultyStore {
    const [put, get] = [script.puts.values(), script.gets.values()]
    const [list, deliver] = [script.lists.values(), script.deliveries.values()]
    return faultyStore(inner, {
      put: () => put.next().value ?? 'none',
      get: () => get.next().value ?? 'none',
      list: () => list.next().value ?? 'none',
      deliverLate: () => deliver.next().value ?? false,
    })
  }

  /** Writes ranges of `step` rows up to `rows`, starting anew from the table after each failure, as a service does. */
  async function persist(
    store: FaultyStore,
    goal: { appId: string; rows: number; step: number; name: string },
  ): Promise<void> {
    const context = testContext(goal.name)
    let snapshot: Snapshot | undefined
    for (let tries = 0; tries < 500; tries++) {
      try {
        snapshot ??= await loaded(store)
        const at = positionOf(snapshot, goal.appId) ?? 0
        if (at === goal.rows) return
        const to = Math.min(goal.rows, at + goal.step)
        snapshot = (await appendRows(store, snapshot, { appId: goal.appId, to }, context)).snapshot
      } catch (error) {
        // A cut entry looks damaged to a reader; a real one starts again as well, and finds it whole.
        if (!(error instanceof PlatformError)) throw error
        snapshot = undefined
      }
    }
    throw new Error(`${goal.appId} did not get there`)
  }

  test('nothing is lost or double, with one writer or several, also of the same application', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, fc.integer({ min: 1, max: 4 }), async (script, writers) => {
        const inner = openMemoryStore()
        await createTable(inner, quotesTable, testContext())
        const store = faulty(inner, script)
        const names = ['one', 'two', 'one', 'two'].slice(0, writers)
        await Promise.all(names.map((appId, index) => persist(store, { appId, rows: 40, step: 10, name: `w${index}` })))
        await store.deliverAll()
        await expectWhole(inner, new Map(names.map((appId) => [appId, 40])))
      }),
      { numRuns: 300 },
    )
  })

  test('an append without txns is told truly: committed stands there once, all else never', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, fc.integer({ min: 0, max: 3 }), async (script, others) => {
        const inner = openMemoryStore()
        const base = await createTable(inner, quotesTable, testContext())
        const store = faulty(inner, script)
        const file = rowsFile('mine', 0, 10)
        const mine = commitAppend(store, base, { files: [file], txns: [], operation: 'WRITE' }, testContext('mine'))
        const otherAppends = Array.from({ length: others }, (_, index) =>
          appendRows(inner, base, { appId: `other${index}`, to: 5 }, testContext(`o${index}`)),
        )
        const said = await mine.then(
          ({ kind }) => kind,
          (error: PlatformError) => error.code,
        )
        await Promise.all(otherAppends)
        await store.deliverAll()
        const times = (await addedPaths(inner)).filter((path) => path === file.path).length
        if (said === 'COMMIT_UNRESOLVED') expect(times).toBeLessThanOrEqual(1)
        else expect([said, times]).toEqual([said, said === 'committed' ? 1 : 0])
      }),
      { numRuns: 500 },
    )
  })

  test('a writer that comes back after a pause is fenced, also when its old write arrives then', async () => {
    const inner = openMemoryStore()
    const base = await createTable(inner, quotesTable, testContext())
    const faults: PutFault[] = Array(99).fill('late')
    const zombie = faultyStore(inner, { put: () => faults.shift() ?? 'none' })
    const context = testContext('zombie')
    await expect(appendRows(zombie, base, { appId: 'app', to: 10 }, context)).rejects.toThrow(
      expect.objectContaining({ code: 'COMMIT_UNRESOLVED' }),
    )
    expect((await appendRows(inner, base, { appId: 'app', to: 20 }, testContext('next'))).kind).toBe('committed')
    await zombie.deliverAll()
    faults.length = 0
    expect((await appendRows(zombie, base, { appId: 'app', to: 10 }, context)).kind).toBe('fenced')
    await expectWhole(inner, new Map([['app', 20]]))
  })
})
