// Log cleanup: only what is out of retention and stands in a checkpoint that can be read; and nobody commits behind it.

import { describe, expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { readHistory } from '#delta/history'
import { encodeLogEntry } from '#delta/log/entry'
import { checkpointKey, commitKey } from '#delta/log/listing'
import { putLogEntry } from '#delta/log/put_entry'
import { cleanLog } from '#delta/log_cleanup'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { planVacuum } from '#delta/vacuum'
import type { ObjectStore } from '#object-store/object_store'
import { DAY_MS, type EpochMs, tableVersion } from '#runtime/units'
import { advanceOf, quotesTable, rowsFile, TEST_START, testContext } from '#support/delta/delta_table'
import { tinyStore } from '#support/stores/tiny_store'

/** A table with one commit a day, a checkpoint at each of these versions, and objects as old as their version says. */
async function agingTable(days: number, checkpoints: readonly number[], configuration: Record<string, string> = {}) {
  const memory = tinyStore()
  const context = testContext()
  let snapshot = await createTable(memory, { ...quotesTable, configuration }, context)
  for (let day = 1; day <= days; day++) {
    await context.clock.sleep(DAY_MS)
    const txns = [advanceOf('app', day === 1 ? null : day - 1, day)]
    const append = { files: [rowsFile('app', day - 1, day)], txns, operation: 'WRITE' }
    const outcome = await commitAppend(memory, snapshot, append, context)
    expect(outcome.kind).toBe('committed')
    snapshot = outcome.snapshot
    if (checkpoints.includes(day)) await writeCheckpoint(memory, snapshot, context)
  }
  const store: ObjectStore & { readonly objects: Map<string, Uint8Array> } = {
    ...memory,
    async *list(prefix, startAfter) {
      for await (const info of memory.list(prefix, startAfter)) yield { ...info, modified: writtenAt(info.key) }
    },
  }
  return { store, context, snapshot }
}

function writtenAt(key: string): EpochMs {
  return (TEST_START + Number(/\d{20}/.exec(key)?.[0] ?? 0) * DAY_MS) as EpochMs
}

function versionsIn(store: { readonly objects: Map<string, Uint8Array> }): {
  entries: number[]
  checkpoints: number[]
} {
  const keys = [...store.objects.keys()].sort()
  const numbers = (pattern: RegExp) => keys.flatMap((key) => (pattern.test(key) ? [Number(key.slice(11, 31))] : []))
  return { entries: numbers(/\/\d{20}\.json$/), checkpoints: numbers(/checkpoint\.parquet$/) }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

async function load(store: ObjectStore, options = {}): Promise<Snapshot> {
  const snapshot = await loadSnapshot(store, options)
  if (snapshot === undefined) throw new Error('there is no table')
  return snapshot
}

describe('log cleanup', () => {
  test('keeps the newest checkpoint before the retention, its entry, and all after it', async () => {
    const { store, context, snapshot } = await agingTable(60, [5, 10, 20, 28, 29, 50])
    store.objects.set('_delta_log/00000000000000000007.crc', new Uint8Array())
    store.objects.set('_delta_log/00000000000000000003.00000000000000000009.compacted.json', new Uint8Array())
    store.objects.set('_delta_log/00000000000000000030.00000000000000000039.compacted.json', new Uint8Array())
    store.objects.set('_delta_log/not a version.json', new Uint8Array())
    const newest = await load(store)
    // Day 60 less 30 days, down to midnight: version 29 was written at 15:30 of the day before.
    expect(await cleanLog(store, snapshot, context)).toEqual({ deleted: 29 + 4 + 2, oldest: 29 })
    expect(versionsIn(store)).toEqual({ entries: range(29, 60), checkpoints: [29, 50] })
    expect([...store.objects.keys()].filter((key) => /compacted|not a/.test(key))).toEqual([
      '_delta_log/00000000000000000030.00000000000000000039.compacted.json',
      '_delta_log/not a version.json',
    ])
    expect(await load(store)).toEqual(newest)
    expect((await load(store, { version: tableVersion(29) })).files.size).toBe(29)
    expect((await load(store, { version: tableVersion(45) })).files.size).toBe(45)
    expect(await cleanLog(store, snapshot, context)).toEqual({ deleted: 0, oldest: undefined })
  })

  test('deletes nothing while no checkpoint is old enough', async () => {
    const { store, context, snapshot } = await agingTable(60, [31, 50])
    expect(await cleanLog(store, snapshot, context)).toEqual({ deleted: 0, oldest: undefined })
    expect(versionsIn(store).entries).toEqual(range(0, 60))
  })

  test('does not trust a checkpoint that it cannot read', async () => {
    const { store, context, snapshot } = await agingTable(60, [10, 20])
    store.objects.set(checkpointKey(tableVersion(20)), new Uint8Array(100))
    expect(await cleanLog(store, snapshot, context)).toMatchObject({ oldest: 10 })
    expect(versionsIn(store).entries).toEqual(range(10, 60))
  })

  test.each<[Record<string, string>, number]>([
    [{ 'delta.logRetentionDuration': 'interval 10 days' }, 45],
    [{ 'delta.logRetentionDuration': 'interval 2 weeks' }, 45],
    [{ 'delta.logRetentionDuration': 'interval 0 seconds' }, 57],
    [{ 'delta.logRetentionDuration': 'two moons' }, 0],
    [{ 'delta.enableExpiredLogCleanup': 'false' }, 0],
  ])('obeys %j', async (configuration, oldest) => {
    const { store, context, snapshot } = await agingTable(60, [20, 45, 57, 59], configuration)
    await cleanLog(store, snapshot, context)
    expect(versionsIn(store).entries[0]).toBe(oldest)
  })

  test('that dies half-way leaves a table that reads the same and is cleaned the next time', async () => {
    const { store, context, snapshot } = await agingTable(60, [10, 20])
    let left = 13
    const dying: ObjectStore = {
      ...store,
      delete: (key) => (left-- > 0 ? store.delete(key) : Promise.reject(new Error('killed'))),
    }
    const newest = await load(store)
    await expect(cleanLog(dying, snapshot, context)).rejects.toThrow('killed')
    expect(await load(store)).toEqual(newest)
    expect(await cleanLog(store, snapshot, context)).toMatchObject({ oldest: 20 })
    expect(versionsIn(store)).toEqual({ entries: range(20, 60), checkpoints: [20] })
  })
})

describe('a version number that cleanup freed', () => {
  test('is not taken by a writer with an old snapshot: it looks again first', async () => {
    const { store, context, snapshot } = await agingTable(60, [20])
    const stalled = await load(store, { version: tableVersion(3) })
    await cleanLog(store, snapshot, context)
    const append = { files: [rowsFile('app', 3, 4)], txns: [advanceOf('app', 3, 4)], operation: 'WRITE' }
    expect(await commitAppend(store, stalled, append, context)).toMatchObject({ kind: 'fenced' })
    const other = { files: [rowsFile('other', 0, 1)], txns: [advanceOf('other', null, 1)], operation: 'WRITE' }
    const outcome = await commitAppend(store, stalled, other, context)
    expect(outcome).toMatchObject({ kind: 'committed', snapshot: { version: 61 } })
  })

  test('is no success for one that slept between the look and the write', async () => {
    const { store, context } = await agingTable(60, [20])
    for (const version of range(0, 19)) store.objects.delete(commitKey(tableVersion(version)))
    const slow: ObjectStore = {
      ...store,
      async putIfAbsent(key, body) {
        await context.clock.sleep(40 * DAY_MS)
        return store.putIfAbsent(key, body)
      },
    }
    const bytes = encodeLogEntry([{ commitInfo: { txnId: 'mine' } }])
    const behind = putLogEntry(slow, { version: tableVersion(4), bytes, txnId: 'mine' }, context)
    await expect(behind).rejects.toMatchObject({ code: 'COMMIT_UNRESOLVED' })
    expect(await putLogEntry(slow, { version: tableVersion(61), bytes, txnId: 'mine' }, context)).toBe('committed')
  })
})

test('a cleanup that was cut short, and left gaps, is no damage; a gap after the checkpoint is', async () => {
  const { store, snapshot } = await agingTable(45, [10])
  for (const version of [0, 1, 3, 4, 8]) store.objects.delete(commitKey(tableVersion(version)))
  const options = { now: snapshot.timestamp, retentionMs: 7 * DAY_MS }
  expect((await planVacuum(store, options))?.files).toEqual([])
  const history = (await readHistory(store)).map((entry) => entry.version)
  expect(history.reverse()).toEqual([2, 5, 6, 7, 9, ...range(10, 45)])
  expect((await load(store)).version).toBe(45)
  store.objects.delete(commitKey(tableVersion(12)))
  for (const read of [() => planVacuum(store, options), () => readHistory(store), () => load(store)]) {
    await expect(read()).rejects.toThrow(expect.objectContaining({ code: 'TABLE_CORRUPT' }))
  }
})
