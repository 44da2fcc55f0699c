import { describe, expect, test } from 'vitest'
import { commitAppend } from '#delta/commit'
import { createTable, type TableDefinition } from '#delta/create'
import { evolveSchema } from '#delta/evolve'
import { commitKey } from '#delta/log/listing'
import { commitRewrite } from '#delta/rewrite_commit'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { enableInCommitTimestamps, hasInCommitTimestamps } from '#delta/upgrade'
import type { ObjectStore } from '#object-store/object_store'
import { type Clock, virtualClock } from '#runtime/clock'
import { type EpochMs, tableVersion } from '#runtime/units'
import { column, entry, quotesTable, rowsFile, TEST_START, testContext } from '#support/delta/delta_table'
import { datedStore, logEntries, loggedTimes } from '#support/delta/timed_table'
import { faultyStore } from '#support/stores/faulty_store'
import { tinyStore } from '#support/stores/tiny_store'

/** A clock that says what the test sets. */
function setClock(): Clock & { time: number } {
  const clock = { time: TEST_START as number, now: () => clock.time as EpochMs, sleep: async () => {} }
  return clock
}

async function newTable(definition: Partial<TableDefinition> = {}) {
  const store = tinyStore()
  const clock = setClock()
  const context = testContext('c', clock)
  const snapshot = await createTable(store, { ...quotesTable, ...definition }, context)
  return { store, clock, context, snapshot }
}

const appendOf = (at: number) => ({ files: [rowsFile('a', at, at + 1)], txns: [], operation: 'WRITE' })

async function upgraded(store: ObjectStore, snapshot: Snapshot, context = testContext('up')) {
  const outcome = await enableInCommitTimestamps(store, snapshot, context)
  expect(outcome.kind).toBe('upgraded')
  return outcome.snapshot
}

describe('a new table with in-commit timestamps', () => {
  test('has them from version 0 on, and asks nothing new of its readers', async () => {
    const { store, snapshot } = await newTable({ inCommitTimestamps: true, configuration: { 'delta.x': 'y' } })
    expect(snapshot).toMatchObject({
      timestamp: TEST_START,
      protocol: {
        minReaderVersion: 1,
        minWriterVersion: 7,
        writerFeatures: ['appendOnly', 'invariants', 'inCommitTimestamp'],
      },
    })
    // There is no version without them, so none is named.
    expect(snapshot.metadata.configuration).toEqual({ 'delta.x': 'y', 'delta.enableInCommitTimestamps': 'true' })
    expect(await loggedTimes(store)).toEqual([TEST_START])
    expect(await loadSnapshot(store)).toEqual(snapshot)
  })

  test('writes them first in every commit: appends, compactions and new columns', async () => {
    const { store, clock, context, snapshot } = await newTable({ inCommitTimestamps: true })
    clock.time += 10
    const one = (await commitAppend(store, snapshot, appendOf(0), context)).snapshot
    const files = [{ ...rowsFile('b', 0, 1), dataChange: false }]
    const rewrite = { replaced: [...one.files.values()], files }
    const two = (await commitRewrite(store, one, rewrite, context)).snapshot
    const schema = { ...quotesTable.schema, fields: [...quotesTable.schema.fields, column('more', 'string')] }
    const three = (await evolveSchema(store, two, schema, context)).snapshot
    expect(await loggedTimes(store)).toEqual([0, 10, 11, 12].map((ms) => TEST_START + ms))
    expect(three.timestamp).toBe(TEST_START + 12)
    expect(await loadSnapshot(store)).toEqual(three)
  })

  test.each([
    ['stands still', 0],
    ['was put back', -3_600_000],
  ])('counts on by a millisecond when the clock %s', async (_what, step) => {
    const { store, clock, context, snapshot } = await newTable({ inCommitTimestamps: true })
    clock.time += step
    await commitAppend(store, snapshot, appendOf(0), context)
    expect(await loggedTimes(store)).toEqual([TEST_START, TEST_START + 1])
  })

  test('takes the time anew at each attempt, behind the commit that won', async () => {
    const { store, clock, context, snapshot } = await newTable({ inCommitTimestamps: true })
    clock.time += 5_000
    await commitAppend(store, snapshot, appendOf(0), context)
    clock.time -= 1_000
    expect((await commitAppend(store, snapshot, appendOf(1), context)).kind).toBe('committed')
    expect(await loggedTimes(store)).toEqual([0, 5_000, 5_001].map((ms) => TEST_START + ms))
  })
})

describe('an upgrade', () => {
  test('is one commit of protocol and metaData, with its own version and time', async () => {
    const { store, context, clock, snapshot } = await newTable({ configuration: { 'delta.x': 'y' } })
    clock.time += 100
    const after = await upgraded(store, snapshot, context)
    const actions = (await logEntries(store))[1] ?? []
    expect(actions.map((action) => Object.keys(action)[0])).toEqual(['commitInfo', 'protocol', 'metaData'])
    const time = TEST_START + 100
    expect(actions[0]?.commitInfo).toMatchObject({ inCommitTimestamp: time, operation: 'SET TBLPROPERTIES' })
    expect(actions[1]?.protocol).toEqual({
      minReaderVersion: 1,
      minWriterVersion: 7,
      writerFeatures: ['appendOnly', 'invariants', 'inCommitTimestamp'],
    })
    expect(after.metadata).toEqual({
      ...snapshot.metadata,
      configuration: {
        'delta.x': 'y',
        'delta.enableInCommitTimestamps': 'true',
        'delta.inCommitTimestampEnablementVersion': '1',
        'delta.inCommitTimestampEnablementTimestamp': String(time),
      },
    })
    expect(after.timestamp).toBe(time)
    expect(await loadSnapshot(store)).toEqual(after)
  })

  test('changes nothing where it was made already, or the table was made so', async () => {
    const { store, context, snapshot } = await newTable()
    const after = await upgraded(store, snapshot, context)
    for (const from of [snapshot, after]) {
      expect(await enableInCommitTimestamps(store, from, context)).toMatchObject({ kind: 'already', snapshot: after })
    }
    expect(await loggedTimes(store)).toHaveLength(2)
    const made = await newTable({ inCommitTimestamps: true })
    const outcome = await enableInCommitTimestamps(made.store, made.snapshot, made.context)
    expect(outcome.kind).toBe('already')
    expect(await loggedTimes(made.store)).toHaveLength(1)
  })

  test('turns them on again after they were turned off, and says since when now', async () => {
    const { store, context, clock, snapshot } = await newTable()
    const { metadata } = await upgraded(store, snapshot, context)
    const off = { ...metadata, configuration: { ...metadata.configuration, 'delta.enableInCommitTimestamps': 'false' } }
    store.objects.set(commitKey(tableVersion(2)), entry({ commitInfo: {} }, { metaData: off }))
    clock.time += 60_000
    const after = await upgraded(store, (await loadSnapshot(store)) as Snapshot, context)
    expect(after.metadata.configuration).toMatchObject({
      'delta.enableInCommitTimestamps': 'true',
      'delta.inCommitTimestampEnablementVersion': '3',
      'delta.inCommitTimestampEnablementTimestamp': String(TEST_START + 60_000),
    })
  })

  // PROTOCOL.md, Writer Requirements for In-Commit Timestamps, 5.
  test('is later than when the entry before it was written, by the clock of the store', async () => {
    const { store, context, snapshot } = await newTable()
    const ahead = datedStore(store, () => TEST_START + 7_000)
    await upgraded(ahead, snapshot, context)
    expect(await loggedTimes(store)).toEqual([null, TEST_START + 7_001])
  })

  test('is later than the newest entry when others committed meanwhile, and the table was cleaned', async () => {
    const { store, context, snapshot } = await newTable()
    const one = (await commitAppend(store, snapshot, appendOf(0), context)).snapshot
    await commitAppend(store, one, appendOf(1), context)
    const written = (key: string) => TEST_START + (key.endsWith('2.json') ? 9_000 : 0)
    await upgraded(datedStore(store, written), snapshot, context)
    expect(await loggedTimes(store)).toEqual([null, null, null, TEST_START + 9_001])
  })

  test('goes on behind appends that win its version, and appends behind it', async () => {
    const { store, context, snapshot } = await newTable()
    const outcomes = await Promise.all([
      ...Array.from({ length: 4 }, (_, at) => commitAppend(store, snapshot, appendOf(at), testContext(`w${at}`))),
      enableInCommitTimestamps(store, snapshot, context),
    ])
    expect(outcomes.map(({ kind }) => kind)).toEqual(['committed', 'committed', 'committed', 'committed', 'upgraded'])
    const newest = (await loadSnapshot(store)) as Snapshot
    expect(newest.files.size).toBe(4)
    expect(hasInCommitTimestamps(newest)).toBe(true)
    const since = Number(newest.metadata.configuration['delta.inCommitTimestampEnablementVersion'])
    const times = await loggedTimes(store)
    expect(times.map((time) => time !== null)).toEqual(times.map((_, version) => version >= since))
    expect(times[since]).toBe(Number(newest.metadata.configuration['delta.inCommitTimestampEnablementTimestamp']))
  })

  test('lets a compaction that meets it give up', async () => {
    const { store, context, snapshot } = await newTable()
    const one = (await commitAppend(store, snapshot, appendOf(0), context)).snapshot
    await upgraded(store, one, context)
    const files = [{ ...rowsFile('b', 0, 1), dataChange: false }]
    const rewrite = { replaced: [...one.files.values()], files }
    expect(await commitRewrite(store, one, rewrite, context)).toMatchObject({
      kind: 'conflict',
      reason: "the table's metaData changed meanwhile",
    })
  })

  test.each(['lost_after', 'lost_before', 'own_exists'] as const)(
    'is made once when an answer was %s',
    async (fault) => {
      const { store, context, snapshot } = await newTable()
      const faults = [fault]
      const faulty = faultyStore(store, { put: () => faults.shift() ?? 'none' })
      const after = await upgraded(faulty, snapshot, context)
      expect(await loadSnapshot(store)).toEqual(after)
      expect(await loggedTimes(store)).toHaveLength(2)
    },
  )

  test('is refused where we may not write', async () => {
    const { store, context, snapshot } = await newTable({ configuration: { 'delta.constraints.c': 'x > 0' } })
    await expect(enableInCommitTimestamps(store, snapshot, context)).rejects.toThrow(
      expect.objectContaining({ code: 'TABLE_UNSUPPORTED' }),
    )
  })
})

describe('a table that another engine keeps in in-commit timestamps', () => {
  test('is counted on from what its last commit says, however far ahead that is', async () => {
    const { store, context, snapshot } = await newTable({ inCommitTimestamps: true })
    const theirs = { commitInfo: { inCommitTimestamp: TEST_START + 86_400_000, timestamp: TEST_START } }
    store.objects.set(commitKey(tableVersion(1)), entry(theirs, { add: rowsFile('x', 0, 1) }))
    await commitAppend(store, snapshot, appendOf(0), context)
    expect((await loggedTimes(store))[2]).toBe(TEST_START + 86_400_001)
  })

  test('is written on after a commit that lacks one: later than all that is known of that commit', async () => {
    const { store, context, snapshot } = await newTable({ inCommitTimestamps: true })
    const theirs = { commitInfo: { timestamp: TEST_START + 500 } }
    store.objects.set(commitKey(tableVersion(1)), entry(theirs, { add: rowsFile('x', 0, 1) }))
    const outcome = await commitAppend(store, snapshot, appendOf(0), context)
    expect(outcome.kind).toBe('committed')
    expect(await loggedTimes(store)).toEqual([TEST_START, null, TEST_START + 501])
  })

  test('is written on from a checkpoint whose entry is gone, and whose checksum file has the time', async () => {
    const { store, context, snapshot } = await newTable({ inCommitTimestamps: true })
    const one = (await commitAppend(store, snapshot, appendOf(0), context)).snapshot
    const { writeCheckpoint } = await import('#delta/checkpoint')
    await writeCheckpoint(store, one, { clock: virtualClock(TEST_START) })
    for (const version of [0, 1]) store.objects.delete(commitKey(tableVersion(version)))
    expect((await loadSnapshot(store))?.timestamp).toBe(1_700_000_000_000)
    const checksum = '_delta_log/00000000000000000001.crc'
    store.objects.set(checksum, entry({ inCommitTimestampOpt: TEST_START + 77, tableSizeBytes: 1 }))
    const loaded = (await loadSnapshot(store)) as Snapshot
    expect(loaded.timestamp).toBe(TEST_START + 77)
    const outcome = await commitAppend(store, loaded, appendOf(1), context)
    expect(outcome.snapshot.timestamp).toBe(TEST_START + 78)
    store.objects.set(checksum, new TextEncoder().encode('{'))
    expect((await loadSnapshot(store, { version: tableVersion(1) }))?.timestamp).toBe(1_700_000_000_000)
  })
})
