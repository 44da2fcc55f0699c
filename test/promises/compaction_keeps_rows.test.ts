// The promise: compaction and vacuum change no row, for nobody. While several writers append and several compactors
// merge, every reader sees a whole prefix of each partition, each row once; at the end all rows are there once, older
// versions can still be read, and of compactors that want the same files one gives up.

import { describe, expect, test } from 'vitest'
import { readHistory } from '#delta/history'
import { loadSnapshot } from '#delta/snapshot'
import { planVacuum } from '#delta/vacuum'
import { PRICES_TOPIC } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { type ObjectStore, within } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { tableVersion } from '#runtime/units'
import { compactGroup, planTable } from '#services/writer/compact_small_files'
import { Merger } from '#services/writer/maintenance/parquet_merger'
import { testContext } from '#support/delta/delta_table'
import { query, rowsOf, snapshotOf } from '#support/lake/lake_tables'
import { batchOf, quoteValues, rangeTo, testWriter } from '#support/lake/writer'
import { describeWithAzure, describeWithS3, uniqueName } from '#support/services/services'
import { type RemoteStore, remoteAzure, remoteS3 } from '#support/stores/remote_store'
import { temporaryFolder } from '#support/temporary_folder'

const WRITERS = 3
const ROWS_A_FLUSH = 20
const TARGET_BYTES = 256 * 1024
const WEEK_MS = 168 * 3_600_000

/** Appends rows [0, flushes * ROWS_A_FLUSH) of its own partition, a commit a flush. */
async function write(lake: ObjectStore, partition: number, flushes: number): Promise<void> {
  const writer = await testWriter(lake)
  const rows = flushes * ROWS_A_FLUSH
  await writer.open({ topic: PRICES_TOPIC, partition }, rangeTo(rows))
  for (let first = 0; first < rows; first += ROWS_A_FLUSH) {
    await writer.process(batchOf(quoteValues(ROWS_A_FLUSH, { from: first, stepMs: 1 }), { partition, first }))
    await writer.flush()
  }
  await writer.dispose()
  expect(writer.counters).toMatchObject({ fenced: 0, commits: flushes })
}

interface Tally {
  merged: number
  gaveUp: number
}

/** Merges whatever there is to merge until nobody writes any more and nothing is left. */
async function compact(lake: ObjectStore, name: string, writing: () => boolean): Promise<Tally> {
  const target = { name: 'stocks', store: within(lake, 'stocks'), context: contextOf(name) }
  const merger = await Merger.open(temporaryFolder())
  const tally: Tally = { merged: 0, gaveUp: 0 }
  try {
    for (let last = false; !last; ) {
      last = !writing()
      let snapshot = await loadSnapshot(target.store)
      if (snapshot === undefined) continue
      for (const group of planTable(target, snapshot, { targetBytes: TARGET_BYTES, filesMin: 2 })) {
        const outcome = await compactGroup(target, { snapshot, group, merger })
        snapshot = outcome.snapshot
        if (outcome.kind === 'merged') tally.merged++
        else tally.gaveUp++
        last = false
      }
    }
  } finally {
    await merger.close()
  }
  return tally
}

/** Ids that no other has, on the machine's clock. */
function contextOf(name: string) {
  return testContext(uniqueName(name), systemClock)
}

/** Reads until nobody writes any more: each time a whole prefix of each partition, never shorter than before. */
async function read(lake: ObjectStore, writing: () => boolean): Promise<number> {
  const seen = new Map<string, number>()
  let reads = 0
  while (writing()) {
    for (const [partition, offsets] of await offsetsOf(lake)) {
      expect(offsets).toEqual(offsets.map((_, i) => i))
      expect(offsets.length).toBeGreaterThanOrEqual(seen.get(partition) ?? 0)
      seen.set(partition, offsets.length)
    }
    reads++
  }
  return reads
}

async function offsetsOf(lake: ObjectStore): Promise<Map<string, number[]>> {
  const offsets = new Map<string, number[]>()
  for (const row of await rowsOf(lake, 'stocks')) {
    const partition = String(row.source_partition)
    const known = offsets.get(partition) ?? []
    known.push(Number(row.source_offset))
    offsets.set(partition, known)
  }
  return offsets
}

async function expectEveryVersionWhole(lake: ObjectStore): Promise<void> {
  const store = within(lake, 'stocks')
  const keys = new Set<string>()
  for await (const { key } of store.list('date=')) keys.add(key)
  const { version: newest } = await snapshotOf(lake, 'stocks')
  for (let version = 0; version <= newest; version++) {
    const snapshot = await loadSnapshot(store, { version: tableVersion(version) })
    for (const path of snapshot?.files.keys() ?? []) expect(keys).toContain(path)
  }
}

async function keepThePromise(lake: ObjectStore, flushes: number): Promise<void> {
  // The tables are there before anybody reads them.
  await (await testWriter(lake)).dispose()
  let writers = WRITERS
  const writing = () => writers > 0
  const writes = Array.from({ length: WRITERS }, (_, partition) => {
    return write(lake, partition, flushes).finally(() => {
      writers--
    })
  })
  const compactors = ['one', 'two'].map((name) => compact(lake, name, writing))
  const readers = [read(lake, writing), read(lake, writing)]
  await Promise.all([...writes, ...compactors, ...readers])
  const tallies = await Promise.all(compactors)
  const merged = tallies.reduce((sum, tally) => sum + tally.merged, 0)
  expect(merged).toBeGreaterThan(0)
  const rows = Array.from({ length: flushes * ROWS_A_FLUSH }, (_, i) => i)
  expect(await offsetsOf(lake)).toEqual(new Map(['0', '1', '2'].map((partition) => [partition, rows])))
  const history = await readHistory(within(lake, 'stocks'))
  expect(history.filter((entry) => entry.operation === 'OPTIMIZE')).toHaveLength(merged)
  expect(history).toHaveLength(1 + WRITERS * flushes + merged)
  expect((await snapshotOf(lake, 'stocks')).files.size).toBe(1)
  const options = { now: systemClock.now(), retentionMs: WEEK_MS }
  expect((await planVacuum(within(lake, 'stocks'), options))?.files).toEqual([])
  await expectEveryVersionWhole(lake)
}

describe('while writers append and readers read', () => {
  test('in a folder, every row stands there once, always', async () => {
    await keepThePromise(openFilesystemStore({ root: temporaryFolder() }), 25)
  }, 300_000)
})

function everyRowOnceElsewhere(remote: RemoteStore): void {
  test('every row stands there once, always', async () => {
    await keepThePromise(await remote.open(`${await remote.newRoot('compaction')}/bronze`), 8)
  }, 300_000)
}

describeWithS3('while writers append and readers read, on S3', (s3) => everyRowOnceElsewhere(remoteS3(s3)))

describeWithAzure('while writers append and readers read, on Azure', (azure) => {
  everyRowOnceElsewhere(remoteAzure(azure))
})

test('a query of before reads on while its files are replaced and vacuum looks at them', async () => {
  const lake = openFilesystemStore({ root: temporaryFolder() })
  await write(lake, 0, 5)
  const before = await snapshotOf(lake, 'stocks')
  await compact(lake, 'one', () => false)
  const plan = await planVacuum(within(lake, 'stocks'), { now: systemClock.now(), retentionMs: WEEK_MS })
  expect(plan).toMatchObject({ files: [], keptFiles: 6 })
  const files = [...before.files.keys()].map((path) => `'${lake.localPath(`stocks/${path}`)}'`)
  expect(await query(`SELECT count(*)::INT AS n FROM read_parquet([${files.join(', ')}])`)).toEqual([{ n: 100 }])
})
