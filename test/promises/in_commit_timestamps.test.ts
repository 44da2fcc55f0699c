// Promise: from the upgrade on every version says when it was committed, later than the one before, whatever the clocks
// of the writers do, however many they are, and wherever one of them dies.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { commitRewrite } from '#delta/rewrite_commit'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { enableInCommitTimestamps, hasInCommitTimestamps } from '#delta/upgrade'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { EpochMs } from '#runtime/units'
import { advanceOf, coveredRanges, quotesTable, rowsFile, TEST_START, testContext } from '#support/delta/delta_table'
import { logEntries, loggedTimes } from '#support/delta/timed_table'
import { mortal } from '#support/stores/mortal_store'
import { tinyStore } from '#support/stores/tiny_store'

const WRITERS = 16
const COMMITS = 6
const DAY_MS = 86_400_000

/** Each look at it is anywhere within a day of the last one, forward or back. */
function wildClock(moves: readonly number[]): Clock {
  let [time, looks] = [TEST_START as number, 0]
  return {
    now: () => {
      time += moves[looks++ % moves.length] ?? 0
      return time as EpochMs
    },
    sleep: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

async function newest(store: ObjectStore): Promise<Snapshot> {
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) throw new Error('there is no table')
  return snapshot
}

/** Appends until the table has all rows of the application; a writer that ran out of time comes again. */
async function appendAll(store: ObjectStore, appId: string, clock: Clock): Promise<void> {
  const context = testContext(appId, clock)
  let snapshot = await newest(store)
  for (let done = 0; done < COMMITS; done = Number(snapshot.txns.get(appId)?.version ?? 0)) {
    const txns = [advanceOf(appId, done === 0 ? null : done, done + 1)]
    const append = { files: [rowsFile(appId, done, done + 1)], txns, operation: 'WRITE' }
    const outcome = await commitAppend(store, snapshot, append, context)
    expect(outcome.kind).not.toBe('fenced')
    snapshot = outcome.snapshot
  }
}

async function upgradeAll(store: ObjectStore, clock: Clock): Promise<void> {
  const context = testContext('upgrade', clock)
  for (let kind = 'conflict'; kind === 'conflict'; ) {
    const outcome = await enableInCommitTimestamps(store, await newest(store), context)
    kind = outcome.kind
  }
}

/** Merges an application's first two files, as often as it takes. */
async function compactOnce(store: ObjectStore, clock: Clock): Promise<void> {
  const context = testContext('compact', clock)
  for (let tries = 0; tries < 100; tries++) {
    const snapshot = await newest(store)
    const replaced = [...snapshot.files.values()].filter((file) => /\/app0-\d+-\d+-x/.test(file.path)).slice(0, 2)
    if (replaced.length < 2) {
      await clock.sleep(1)
      continue
    }
    const files = [{ ...rowsFile('app0', 0, 2, `merged${tries}`), dataChange: false }]
    const rewrite = { replaced, files }
    if ((await commitRewrite(store, snapshot, rewrite, context)).kind === 'committed') return
  }
}

/** What the protocol asks of a log that has them. */
async function expectTimed(store: ObjectStore): Promise<void> {
  const snapshot = await newest(store)
  expect(hasInCommitTimestamps(snapshot)).toBe(true)
  const { configuration } = snapshot.metadata
  const since = Number(configuration['delta.inCommitTimestampEnablementVersion'] ?? 0)
  const times = await loggedTimes(store)
  expect(times).toHaveLength(snapshot.version + 1)
  expect(times.slice(0, since)).toEqual(Array(since).fill(null))
  for (let version = since; version < times.length; version++) {
    expect(times[version]).toBeGreaterThan(version === since ? 0 : Number(times[version - 1]))
  }
  if (since > 0) expect(configuration['delta.inCommitTimestampEnablementTimestamp']).toBe(String(times[since]))
  expect(snapshot.timestamp).toBe(times.at(-1))
  const upgrades = (await logEntries(store)).filter((actions) => actions.some((action) => 'protocol' in action))
  expect(upgrades).toHaveLength(since > 0 ? 2 : 1)
}

const appIds = Array.from({ length: WRITERS }, (_, i) => `app${i}`)
const moves = fc.array(fc.integer({ min: -DAY_MS, max: DAY_MS }), { minLength: 1, maxLength: 20 })
const clocks = fc.array(moves, { minLength: WRITERS + 2, maxLength: WRITERS + 2 })

describe('in-commit timestamps grow', () => {
  test.each([
    ['of a table that is upgraded twice while sixteen append and one compacts', false],
    ['of a table that was made with them', true],
  ])(
    '%s, on clocks that jump',
    async (_what, inCommitTimestamps) => {
      await fc.assert(
        fc.asyncProperty(clocks, async (writerMoves) => {
          const store = tinyStore()
          const clockOf = (at: number) => wildClock(writerMoves[at] ?? [0])
          await createTable(store, { ...quotesTable, inCommitTimestamps }, testContext('maker', clockOf(0)))
          await Promise.all([
            ...appIds.map((appId, at) => appendAll(store, appId, clockOf(at))),
            compactOnce(store, clockOf(WRITERS)),
            upgradeAll(store, clockOf(WRITERS + 1)),
            upgradeAll(store, clockOf(WRITERS)),
          ])
          await expectTimed(store)
          const { files } = await newest(store)
          for (const appId of appIds) expect(coveredRanges(files.keys(), appId)).toEqual([[0, COMMITS]])
        }),
        { numRuns: 10 },
      )
    },
    120_000,
  )
})

test('an upgrade killed at any call is whole or not there, and those who come after make it once', async () => {
  let deaths = 0
  for (let calls = 1; ; calls++) {
    let survived = false
    for (const after of [false, true]) {
      const store = tinyStore()
      const context = testContext()
      const made = await createTable(store, quotesTable, context)
      const append = { files: [rowsFile('a', 0, 1)], txns: [], operation: 'WRITE' }
      const before = (await commitAppend(store, made, append, context)).snapshot
      const dying = mortal(store, { calls, after })
      const outcome = await enableInCommitTimestamps(dying, before, testContext('dying')).catch(() => undefined)
      survived = outcome?.kind === 'upgraded'
      if (!survived) deaths++
      const found = await newest(store)
      expect(hasInCommitTimestamps(found)).toBe(found.version === 2)
      const next = await commitAppend(store, before, { ...append, files: [rowsFile('a', 1, 2)] }, testContext('next'))
      expect(next.kind).toBe('committed')
      await upgradeAll(store, testContext().clock)
      await upgradeAll(store, testContext().clock)
      await expectTimed(store)
      expect([...(await newest(store)).files.keys()]).toHaveLength(2)
    }
    if (survived) break
  }
  expect(deaths).toBeGreaterThanOrEqual(4)
})
