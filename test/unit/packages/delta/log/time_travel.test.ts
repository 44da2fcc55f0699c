import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { readHistory } from '#delta/history'
import { checkpointKey, commitKey } from '#delta/log/listing'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { enableInCommitTimestamps } from '#delta/upgrade'
import type { ObjectStore } from '#object-store/object_store'
import { type Clock, virtualClock } from '#runtime/clock'
import { type EpochMs, epochMs, tableVersion } from '#runtime/units'
import { entry, quotesTable, rowsFile, TEST_START, testContext } from '#support/delta/delta_table'
import { datedStore, loggedTimes } from '#support/delta/timed_table'
import { tinyStore } from '#support/stores/tiny_store'

/** What a commit of the test is made at, in milliseconds since TEST_START, and whether it is the upgrade. */
type Step = { readonly at: number; readonly upgrade?: boolean }

/** A table whose versions 1, 2, ... are the steps. */
async function tableOf(steps: readonly Step[], { timed = false } = {}) {
  const store = tinyStore()
  let time = 0
  const clock: Clock = { now: () => (TEST_START + time) as EpochMs, sleep: async () => {} }
  const context = testContext('c', clock)
  let snapshot = await createTable(store, { ...quotesTable, inCommitTimestamps: timed }, context)
  for (const { at, upgrade = false } of steps) {
    time = at
    const append = { files: [rowsFile('a', snapshot.version, snapshot.version + 1)], txns: [], operation: 'WRITE' }
    const outcome = upgrade
      ? await enableInCommitTimestamps(store, snapshot, context)
      : await commitAppend(store, snapshot, append, context)
    snapshot = outcome.snapshot
  }
  return { store, snapshot }
}

async function versionAt(store: ObjectStore, ms: number): Promise<number | string | undefined> {
  try {
    const snapshot = await loadSnapshot(store, { asOf: epochMs(TEST_START + ms) })
    return snapshot?.version
  } catch (error) {
    return (error as { code: string }).code
  }
}

async function versionsAt(store: ObjectStore, times: readonly number[]) {
  const versions: (number | string | undefined)[] = []
  for (const ms of times) versions.push(await versionAt(store, ms))
  return versions
}

const steps = (...times: number[]): Step[] => times.map((at) => ({ at }))

describe('a time means the newest version that is not younger', () => {
  let store: Awaited<ReturnType<typeof tableOf>>['store']
  let snapshot: Snapshot

  beforeEach(async () => {
    const made = await tableOf(steps(10, 20, 20, 15, 100), { timed: true })
    store = made.store
    snapshot = made.snapshot
  })

  const TIMES = [-1, 0, 9, 10, 19, 20, 21, 22, 99, 100, 1_000_000]
  const VERSIONS = ['TABLE_NOT_FOUND', 0, 0, 1, 1, 2, 3, 4, 4, 5, 5]

  test('by its in-commit timestamp', async () => {
    expect((await loggedTimes(store)).map((time) => Number(time) - TEST_START)).toEqual([0, 10, 20, 21, 22, 100])
    expect(await versionsAt(store, TIMES)).toEqual(VERSIONS)
  })

  test.each([
    ['copied today', () => TEST_START + 90 * 86_400_000],
    ['all of 1970', () => 0],
    ['in the wrong order', (key: string) => TEST_START - Number(key.replace(/\D/g, '')) * 1_000],
  ])('whatever its files say of time: %s', async (_what, modified) => {
    expect(await versionsAt(datedStore(store, modified), TIMES)).toEqual(VERSIONS)
    const history = await readHistory(datedStore(store, modified))
    expect(history.map(({ timestamp }) => timestamp - TEST_START)).toEqual([100, 22, 21, 20, 10, 0])
  })

  test('with checkpoints, and with entries that log cleanup took', async () => {
    const at3 = (await loadSnapshot(store, { version: tableVersion(3) })) as Snapshot
    for (const each of [at3, snapshot]) await writeCheckpoint(store, each, { clock: virtualClock(TEST_START) })
    expect(await versionsAt(store, TIMES)).toEqual(VERSIONS)
    for (const version of [0, 1, 2]) store.objects.delete(commitKey(tableVersion(version)))
    const kept = VERSIONS.map((version) => (typeof version === 'number' && version < 3 ? 'TABLE_NOT_FOUND' : version))
    expect(await versionsAt(store, TIMES)).toEqual(kept)
    const gone = { asOf: epochMs(TEST_START + 10) }
    await expect(loadSnapshot(store, gone)).rejects.toThrow('the oldest version that can still be read is 3')
    // Some engines delete the checkpoint's own entry, too; its checksum file then has the time.
    store.objects.delete(commitKey(tableVersion(3)))
    const late = (key: string) => TEST_START + (key.includes('checkpoint') ? 1_000 : 0)
    expect(await versionsAt(datedStore(store, late), [21, 22])).toEqual(['TABLE_NOT_FOUND', 4])
    store.objects.set('_delta_log/00000000000000000003.crc', entry({ inCommitTimestampOpt: TEST_START + 21 }))
    expect(await versionsAt(datedStore(store, late), [20, 21, 22])).toEqual(['TABLE_NOT_FOUND', 3, 4])
  })

  test('and is refused by name where an entry lacks what it must have', async () => {
    store.objects.set(commitKey(tableVersion(2)), entry({ commitInfo: { timestamp: TEST_START + 20 } }))
    const refusal = { code: 'TABLE_CORRUPT', message: expect.stringContaining('version 2 of memory:test has no inCom') }
    await expect(loadSnapshot(store, { asOf: epochMs(TEST_START + 20) })).rejects.toThrow(
      expect.objectContaining(refusal),
    )
    // Rows need no time.
    expect((await loadSnapshot(store))?.version).toBe(5)
    expect((await loadSnapshot(store, { version: tableVersion(2) }))?.version).toBe(2)
    expect((await readHistory(store))[3]).toMatchObject({ version: 2, timestamp: TEST_START + 20 })
  })

  test('and only the version that it means is loaded', async () => {
    const at1 = (await loadSnapshot(store, { version: tableVersion(1) })) as Snapshot
    for (const each of [at1, snapshot]) await writeCheckpoint(store, each, { clock: virtualClock(TEST_START) })
    const read: string[] = []
    const watched: ObjectStore = {
      ...store,
      get(key) {
        read.push(key)
        return store.get(key)
      },
    }
    expect(await versionAt(watched, 21)).toBe(3)
    expect(read.filter((key) => key.includes('checkpoint'))).toEqual([checkpointKey(tableVersion(1))])
  })

  test('also when that is the newest entry', async () => {
    store.objects.set(commitKey(tableVersion(6)), entry({ commitInfo: { timestamp: TEST_START + 200 } }))
    expect(await versionAt(store, 300)).toBe('TABLE_CORRUPT')
    expect(await versionAt(store, 21)).toBe(3)
  })
})

describe('an upgraded table', () => {
  const UPGRADED = [...steps(10, 20), { at: 30, upgrade: true }, ...steps(40, 50)]

  test('is found by what the log says, before and after', async () => {
    const { store } = await tableOf(UPGRADED)
    expect(await versionsAt(store, [-1, 0, 10, 29, 30, 39, 40, 60])).toEqual(['TABLE_NOT_FOUND', 0, 1, 2, 3, 3, 4, 5])
    expect(
      await versionsAt(
        datedStore(store, () => 0),
        [0, 10, 29],
      ),
    ).toEqual([0, 1, 2])
  })

  test('has nothing for an old time once those versions are cleaned', async () => {
    const { store } = await tableOf(UPGRADED)
    const at4 = (await loadSnapshot(store, { version: tableVersion(4) })) as Snapshot
    await writeCheckpoint(store, at4, { clock: virtualClock(TEST_START) })
    for (const version of [0, 1, 2, 3]) store.objects.delete(commitKey(tableVersion(version)))
    expect(await versionsAt(store, [29, 30, 39, 40])).toEqual([
      'TABLE_NOT_FOUND',
      'TABLE_NOT_FOUND',
      'TABLE_NOT_FOUND',
      4,
    ])
  })

  // PROTOCOL.md: if X >= the enablement's timestamp, only versions from the enablement on are considered; else only
  // versions before it.
  test('keeps the two times of its life apart, whatever earlier commits said', async () => {
    const { store } = await tableOf(UPGRADED)
    store.objects.set(
      commitKey(tableVersion(2)),
      entry({ commitInfo: { timestamp: TEST_START + 10_000 } }, { add: rowsFile('a', 2, 3) }),
    )
    expect(await versionsAt(store, [29, 30, 45, 50])).toEqual([1, 3, 4, 5])
    const told = (await readHistory(store)).map(({ timestamp }) => timestamp - TEST_START)
    expect(told).toEqual([50, 40, 30, 10_000, 10, 0])
    expect((await loadSnapshot(store))?.timestamp).toBe(TEST_START + 50)
  })

  test('whose in-commit timestamps were turned off again is read as before', async () => {
    const { store, snapshot } = await tableOf(UPGRADED)
    const configuration = { ...snapshot.metadata.configuration, 'delta.enableInCommitTimestamps': 'false' }
    const off = { metaData: { ...snapshot.metadata, configuration } }
    store.objects.set(commitKey(tableVersion(6)), entry({ commitInfo: { timestamp: TEST_START + 60 } }, off))
    expect(await versionsAt(store, [0, 29, 30, 40, 60])).toEqual([0, 2, 3, 4, 6])
    const since = { Version: '7', Timestamp: String(TEST_START + 70) }
    const enablement = Object.entries(since).map(([what, at]) => [`delta.inCommitTimestampEnablement${what}`, at])
    const again = { ...snapshot.metadata.configuration, ...Object.fromEntries(enablement) }
    const on = { metaData: { ...snapshot.metadata, configuration: again } }
    const commitInfo = { timestamp: TEST_START + 70, inCommitTimestamp: TEST_START + 70 }
    store.objects.set(commitKey(tableVersion(7)), entry({ commitInfo }, on))
    expect(await versionsAt(store, [0, 29, 30, 45, 55, 65, 70])).toEqual([0, 2, 3, 4, 5, 6, 7])
  })
})

describe('the checkpoint to begin at', () => {
  /** A table with a version each millisecond, and checkpoints of some. */
  async function checkpointedTable(commits: number, every: number) {
    const { store } = await tableOf(steps(...Array.from({ length: commits }, (_, index) => index + 1)))
    for (let version = every; version <= commits; version += every) {
      const snapshot = (await loadSnapshot(store, { version: tableVersion(version) })) as Snapshot
      await writeCheckpoint(store, snapshot, { clock: virtualClock(TEST_START) })
    }
    return store
  }

  test('is found with few requests among many', async () => {
    const store = await checkpointedTable(120, 2)
    let [gets, listings] = [0, 0]
    const counted: ObjectStore = {
      ...store,
      get: (key) => {
        gets++
        return store.get(key)
      },
      list: (...range) => {
        listings++
        return store.list(...range)
      },
    }
    for (const version of [1, 2, 3, 60, 119, 120]) {
      expect(await versionAt(counted, version)).toBe(version)
      // The search, the checkpoint, and the entries that are fetched ahead.
      expect(gets, `for version ${version}`).toBeLessThan(30)
      expect(listings, `for version ${version}`).toBe(1)
      gets = listings = 0
    }
  })

  test('is found past a damaged entry', async () => {
    const store = await checkpointedTable(9, 1)
    store.objects.set(commitKey(tableVersion(5)), new TextEncoder().encode('{'))
    expect(await versionsAt(store, [1, 2, 3, 4, 6, 7, 8, 9])).toEqual([1, 2, 3, 'TABLE_CORRUPT', 6, 7, 8, 9])
  })
})

test('any table and any time: the version is what the definition says', async () => {
  const gaps = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(gaps, fc.nat(12), async (moves, upgradeAt) => {
      let at = 0
      const life = moves.map((move, index): Step => {
        at += move
        return { at, upgrade: index === upgradeAt }
      })
      const { store } = await tableOf(life, { timed: upgradeAt >= moves.length })
      // Before the upgrade, too, a version is younger than the one before it.
      const told = (await readHistory(store)).reverse().map(({ timestamp }) => timestamp - TEST_START)
      for (let ms = -60; ms <= 700; ms += 7) {
        const expected = told.findLastIndex((time) => time <= ms)
        expect(await versionAt(store, ms)).toBe(expected < 0 ? 'TABLE_NOT_FOUND' : expected)
      }
    }),
    { numRuns: 25 },
  )
})
