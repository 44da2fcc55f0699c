import { expect, test } from 'vitest'
import { type PartitionCommit, ReopenPartitions } from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import { type EpochMs, offset } from '#runtime/units'
import type { WriterProcessor } from '#services/writer/writer_processor'
import { rowsOf, snapshotOf } from '#support/lake/lake_tables'
import { batchOf, commitOf, INGEST_START, quoteValues, rangeTo, testWriter } from '#support/lake/writer'
import { faultyStore } from '#support/stores/faulty_store'
import { temporaryFolder } from '#support/temporary_folder'

const partition0 = { topic: PRICES_TOPIC, partition: 0 }
const partition1 = { topic: PRICES_TOPIC, partition: 1 }

function newLake() {
  return openFilesystemStore({ root: temporaryFolder() })
}

/** Reads the partition from where the writer wants it, all quotes below `count`, and commits. */
async function readOn(writer: WriterProcessor, count: number, partition = partition0): Promise<number> {
  const start = await writer.open(partition, rangeTo(count))
  const values = quoteValues(count - start, { from: start })
  if (values.length > 0) await writer.process(batchOf(values, { partition: partition.partition, first: start }))
  return start
}

async function offsetsIn(lake: ReturnType<typeof newLake>): Promise<string[]> {
  return (await rowsOf(lake, 'stocks')).map((row) => `${row.source_partition}:${row.source_offset}`)
}

function offsets(partition: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${partition}:${i}`)
}

const isCommit = (key: string) => key.includes('_delta_log/') && !key.endsWith('00000000000000000000.json')

test('a writer that dies between upload and commit leaves no row, and the next one writes them all once', async () => {
  const lake = newLake()
  const dying = faultyStore(lake, { put: (key) => (isCommit(key) ? 'refused' : 'none') })
  const first = await testWriter(dying)
  await readOn(first, 10)
  await expect(first.flush()).rejects.toMatchObject({ code: 'STORE_AUTH_FAILED' })
  await first.dispose()
  expect(await offsetsIn(lake)).toEqual([])
  const second = await testWriter(lake)
  expect(await readOn(second, 12)).toBe(0)
  await second.flush()
  await second.dispose()
  expect(await offsetsIn(lake)).toEqual(offsets(0, 12))
})

test('a commit whose answer was lost, and with it the writer, is not written again', async () => {
  const lake = newLake()
  const lost = new Set<string>()
  const deaf = faultyStore(lake, {
    put: (key) => {
      if (!isCommit(key)) return 'none'
      lost.add(key)
      return 'lost_after'
    },
    get: (key) => (lost.has(key) ? 'error' : 'none'),
  })
  const first = await testWriter(deaf)
  await readOn(first, 10)
  await expect(first.flush()).rejects.toMatchObject({ code: 'COMMIT_UNRESOLVED' })
  await first.dispose()
  const second = await testWriter(lake)
  expect(await readOn(second, 15)).toBe(10)
  await second.flush()
  await second.dispose()
  expect(await offsetsIn(lake)).toEqual(offsets(0, 15))
})

test('a lost answer alone is resolved by reading the commit back', async () => {
  const lake = newLake()
  let answers = 0
  const flaky = faultyStore(lake, { put: (key) => (isCommit(key) && answers++ === 0 ? 'lost_after' : 'none') })
  const writer = await testWriter(flaky)
  await readOn(writer, 10)
  expect(await writer.flush()).toMatchObject([{ next: 10 }])
  await writer.dispose()
  expect(await offsetsIn(lake)).toEqual(offsets(0, 10))
})

test('what was uncommitted when a writer vanished is read again', async () => {
  const lake = newLake()
  const first = await testWriter(lake)
  await readOn(first, 10)
  await first.flush()
  await first.process(batchOf(quoteValues(5, { from: 10 }), { first: 10 }))
  await first.dispose()
  const second = await testWriter(lake)
  expect(await readOn(second, 20)).toBe(10)
  await second.flush()
  await second.dispose()
  expect(await offsetsIn(lake)).toEqual(offsets(0, 20))
})

test('of two writers on one partition the slower is fenced, and goes on from what the faster committed', async () => {
  const lake = newLake()
  const [zombie, heir] = [await testWriter(lake), await testWriter(lake)]
  await readOn(zombie, 10)
  await readOn(zombie, 4, partition1)
  await readOn(heir, 7)
  await heir.flush()
  await zombie.flush()
  expect(zombie.counters).toMatchObject({ fenced: 1, rows: { stocks: 0 } })
  const fenced = zombie.process(batchOf(quoteValues(1, { from: 10 }), { first: 10 }))
  await expect(fenced).rejects.toThrow(ReopenPartitions)
  await expect(fenced).rejects.toMatchObject({ partitions: [partition0, partition1] })
  for (const partition of [partition0, partition1]) zombie.close(partition)
  expect(await readOn(zombie, 10)).toBe(7)
  expect(await readOn(zombie, 4, partition1)).toBe(0)
  await zombie.flush()
  await Promise.all([zombie.dispose(), heir.dispose()])
  expect(await offsetsIn(lake)).toEqual([...offsets(0, 10), ...offsets(1, 4)])
})

test('what follows a fenced buffer is void too, and other partitions are not', async () => {
  const lake = newLake()
  const gate = Promise.withResolvers<void>()
  const slow: ObjectStore = {
    ...lake,
    put: async (key, body) => {
      await gate.promise
      await lake.put(key, body)
    },
  }
  const [zombie, heir] = [await testWriter(slow, { config: { flushRows: 10 } }), await testWriter(lake)]
  await zombie.open(partition1, rangeTo(4))
  await readOn(zombie, 10)
  await zombie.process(batchOf(quoteValues(4), { partition: 1 }))
  await zombie.process(batchOf(quoteValues(3, { from: 10 }), { first: 10 }))
  await readOn(heir, 8)
  await heir.flush()
  gate.resolve()
  await zombie.flush()
  expect(zombie.counters).toMatchObject({ fenced: 1, rows: { stocks: 4 } })
  await Promise.all([zombie.dispose(), heir.dispose()])
  expect(await offsetsIn(lake)).toEqual([...offsets(0, 8), ...offsets(1, 4)])
})

test('a partition that is closed leaves nothing in the next commit', async () => {
  const lake = newLake()
  const writer = await testWriter(lake)
  await readOn(writer, 10)
  await readOn(writer, 4, partition1)
  writer.close(partition0)
  expect(await writer.flush()).toMatchObject([{ partition: 1, next: 4 }])
  expect((await snapshotOf(lake, 'stocks')).txns.size).toBe(1)
  await writer.dispose()
  expect(await offsetsIn(lake)).toEqual(offsets(1, 4))
})

test('what the table has and the group does not is reported once the partition is opened', async () => {
  const lake = newLake()
  const first = await testWriter(lake)
  await readOn(first, 10)
  await first.flush()
  await first.dispose()
  const second = await testWriter(lake)
  const view = { now: INGEST_START as EpochMs, caughtUp: async () => true }
  const committed = (at: number) => ({ offset: offset(at), metadata: '' })
  await second.open(partition0, { ...rangeTo(10), committed: committed(4) })
  expect(await second.tick(partition0, view)).toEqual([commitOf(0, 10)])
  expect(await second.tick(partition0, view)).toEqual([])
  second.close(partition0)
  await second.open(partition0, rangeTo(10))
  expect(await second.end(partition0)).toEqual([commitOf(0, 10)])
  second.close(partition0)
  await second.open(partition0, { ...rangeTo(10), committed: committed(10) })
  expect(await second.tick(partition0, view)).toEqual([])
  await second.dispose()
})

test('no older offset is reported after a newer one, whoever asks for them', async () => {
  const lake = newLake()
  const first = await testWriter(lake)
  await readOn(first, 10)
  await first.flush()
  await first.dispose()
  const view = { now: INGEST_START as EpochMs, caughtUp: async () => true }
  const asked: Promise<readonly PartitionCommit[]>[] = []
  const debug = (_: unknown, message?: string) => {
    if (message === 'committed') asked.push(second.tick(partition1, view))
  }
  const logger = { ...silentLogger, debug }
  const second = await testWriter(lake, { config: { flushRows: 5 }, logger })
  await second.open(partition1, rangeTo(0))
  await second.open(partition0, { ...rangeTo(22), committed: { offset: offset(4), metadata: '' } })
  const batch = batchOf(quoteValues(12, { from: 10 }), { first: 10 })
  expect(await second.process(batch)).toEqual([])
  expect(await asked[0]).toEqual([commitOf(0, 15)])
  await second.dispose()
})

test('of a partition that the table knows nothing of, nothing is reported', async () => {
  const writer = await testWriter(newLake())
  await writer.open(partition0, rangeTo(0))
  expect(await writer.end(partition0)).toEqual([])
  await writer.dispose()
})

test('a partition that is closed and opened again before the flush has each row once', async () => {
  const lake = newLake()
  const writer = await testWriter(lake)
  await readOn(writer, 10)
  writer.close(partition0)
  expect(await readOn(writer, 12)).toBe(0)
  await writer.flush()
  await writer.dispose()
  expect(await offsetsIn(lake)).toEqual(offsets(0, 12))
})

test('a partition that is closed while its rows are being written begins where that commit ended', async () => {
  const lake = newLake()
  const gate = Promise.withResolvers<void>()
  const uploading = Promise.withResolvers<void>()
  const slow: ObjectStore = {
    ...lake,
    put: async (key, body) => {
      uploading.resolve()
      await gate.promise
      await lake.put(key, body)
    },
  }
  const writer = await testWriter(slow, { config: { flushRows: 10 } })
  await readOn(writer, 13)
  await uploading.promise
  writer.close(partition0)
  const opened = readOn(writer, 20)
  gate.resolve()
  expect(await opened).toBe(10)
  await writer.flush()
  await writer.dispose()
  expect(await offsetsIn(lake)).toEqual(offsets(0, 20))
})

test('a store without space ends the writer with STORE_FULL, and every later call says so', async () => {
  const lake = newLake()
  const full: ObjectStore = {
    ...lake,
    put: async () => {
      throw new PlatformError('STORE_FULL', 'no space left')
    },
  }
  const writer = await testWriter(full, { config: { flushRows: 5 } })
  await readOn(writer, 5)
  await expect(writer.end(partition0)).rejects.toMatchObject({ code: 'STORE_FULL' })
  await expect(writer.process(batchOf(quoteValues(1), { first: 5 }))).rejects.toMatchObject({ code: 'STORE_FULL' })
  const view = { now: INGEST_START as EpochMs, caughtUp: async () => true }
  await expect(writer.tick(partition0, view)).rejects.toMatchObject({ code: 'STORE_FULL' })
  await writer.dispose()
  expect((await snapshotOf(lake, 'stocks')).version).toBe(0)
})

test('an upload that fails for a while is tried again', async () => {
  const lake = newLake()
  let failures = 3
  const flaky: ObjectStore = {
    ...lake,
    put: async (key, body) => {
      if (failures-- > 0) throw new PlatformError('STORE_UNREACHABLE', 'away', { retryable: true })
      await lake.put(key, body)
    },
  }
  const writer = await testWriter(flaky)
  await readOn(writer, 5)
  await writer.flush()
  await writer.dispose()
  expect(await offsetsIn(lake)).toEqual(offsets(0, 5))
})

test('a table that was replaced by another is not appended to', async () => {
  const lake = newLake()
  const writer = await testWriter(lake)
  await readOn(writer, 5)
  const entry = 'stocks/_delta_log/00000000000000000000.json'
  const metadata = (await snapshotOf(lake, 'stocks')).metadata
  const text = Buffer.from((await lake.get(entry)) ?? []).toString()
  const next = { metaData: { ...metadata, id: 'another' } }
  await lake.put('stocks/_delta_log/00000000000000000001.json', Buffer.from(`${JSON.stringify(next)}\n`))
  expect(text).toContain(metadata.id)
  await expect(writer.flush()).rejects.toMatchObject({ code: 'TABLE_CONFLICT' })
  await writer.dispose()
})
