import { expect, test } from 'vitest'
import type { PartitionCommit, TickView, TopicPartition } from '#log/event_log'
import { HISTORY_BARS_TOPIC, PRICES_TOPIC } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { type Clock, virtualClock } from '#runtime/clock'
import { FIRST_HISTORY_WAIT_MS, PROGRESS_INTERVAL_MS } from '#services/writer/limits'
import type { WriterProcessor } from '#services/writer/writer_processor'
import { historyBar } from '#support/lake/history_records'
import { snapshotOf } from '#support/lake/lake_tables'
import { batchOf, commitOf, committedRows, INGEST_START, quoteValues, rangeTo, testWriter } from '#support/lake/writer'

const partition0 = { topic: PRICES_TOPIC, partition: 0 }

/** Ticks until the writer reports a commit: a tick begins a flush and does not wait for it. */
async function tickUntilCommitted(
  writer: WriterProcessor,
  clock: Clock,
  partition: TopicPartition = partition0,
): Promise<readonly PartitionCommit[]> {
  for (;;) {
    const commits = await writer.tick(partition, view(clock))
    if (commits.length > 0) return commits
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function view(clock: Clock): TickView {
  return { now: clock.now(), caughtUp: async () => true }
}

test('a buffer is written when it has FLUSH_ROWS rows, in the middle of a batch', async () => {
  const lake = openMemoryStore()
  const writer = await testWriter(lake, { config: { flushRows: 100 } })
  await writer.open(partition0, rangeTo(350))
  await writer.process(batchOf(quoteValues(350)))
  await writer.flush()
  await writer.dispose()
  expect(writer.counters).toMatchObject({ rows: { stocks: 350 }, commits: 4 })
  expect(await committedRows(lake)).toBe(350)
})

test('a buffer is written when its values have FLUSH_BYTES bytes', async () => {
  const lake = openMemoryStore()
  const writer = await testWriter(lake, { config: { flushBytes: 10_000 } })
  await writer.open(partition0, rangeTo(100))
  await writer.process(batchOf(quoteValues(100).map((value) => ({ ...value, note: 'x'.repeat(900) }))))
  await writer.flush()
  await writer.dispose()
  expect(writer.counters).toMatchObject({ rows: { stocks: 100 } })
  expect(writer.counters.commits).toBeGreaterThanOrEqual(10)
})

test('a buffer is written when its oldest row is FLUSH_INTERVAL_MS old, and not before', async () => {
  const lake = openMemoryStore()
  const clock = virtualClock(INGEST_START)
  const writer = await testWriter(lake, { clock })
  await writer.open(partition0, rangeTo(20))
  expect(await writer.process(batchOf(quoteValues(10)))).toEqual([])
  await clock.advance(4999)
  expect(await writer.process(batchOf(quoteValues(10), { first: 10 }))).toEqual([])
  expect(await writer.tick(partition0, view(clock))).toEqual([])
  expect(writer.counters.commits).toBe(0)
  await clock.advance(1)
  expect(await tickUntilCommitted(writer, clock)).toEqual([commitOf(0, 20)])
  expect(await committedRows(lake)).toBe(20)
  await writer.dispose()
})

test('the first rows of a new table of history are written after a second, later ones as all others', async () => {
  const lake = openMemoryStore()
  const clock = virtualClock(INGEST_START)
  const writer = await testWriter(lake, { clock })
  const history = { topic: HISTORY_BARS_TOPIC, partition: 0 }
  await writer.open(history, rangeTo(2))
  for (const [first, waitMs] of [
    [0, FIRST_HISTORY_WAIT_MS],
    [1, 5000],
  ] as const) {
    await writer.process(batchOf([historyBar()], { ...history, first }))
    await clock.advance(waitMs - 1)
    expect(await writer.tick(history, view(clock))).toEqual([])
    await clock.advance(1)
    await tickUntilCommitted(writer, clock, history)
    expect(await committedRows(lake, 'history_bars')).toBe(first + 1)
  }
  await writer.dispose()
})

test('progress without rows waits longer, and is committed without a file', async () => {
  const lake = openMemoryStore()
  const clock = virtualClock(INGEST_START)
  const writer = await testWriter(lake, { clock })
  await writer.open(partition0, rangeTo(2))
  await writer.process(batchOf([{}, {}]))
  await clock.advance(PROGRESS_INTERVAL_MS - 1)
  expect(await writer.tick(partition0, view(clock))).toEqual([])
  await clock.advance(1)
  expect(await tickUntilCommitted(writer, clock)).toEqual([commitOf(0, 2)])
  expect(writer.counters).toMatchObject({ refused: 2, files: 0, commits: 1 })
  await writer.dispose()
})

test('an idle table is not committed to', async () => {
  const lake = openMemoryStore()
  const clock = virtualClock(INGEST_START)
  const writer = await testWriter(lake, { clock })
  await writer.open(partition0, rangeTo(0))
  await clock.advance(10 * PROGRESS_INTERVAL_MS)
  expect(await writer.tick(partition0, view(clock))).toEqual([])
  expect(await writer.flush()).toEqual([])
  await writer.dispose()
  expect((await snapshotOf(lake, 'stocks')).version).toBe(0)
})
