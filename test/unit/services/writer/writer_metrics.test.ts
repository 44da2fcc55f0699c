import { expect, test } from 'vitest'
import { PRICES_TOPIC } from '#market/topics'
import { openMemoryStore } from '#object-store/memory_store'
import { virtualClock } from '#runtime/clock'
import type { MetricSource } from '#runtime/metrics'
import { tableMetrics, writerMetrics } from '#services/writer/writer_metrics'
import { batchOf, INGEST_START, quoteValues, rangeTo, testWriter } from '#support/lake/writer'

async function shownOf(source: MetricSource, name: string, table: string) {
  const samples = await source.read()
  return samples.find((sample) => sample.name === `writer_${name}` && sample.labels.table === table)?.value
}

test('a table shows its last commit, its files, and what waits to be committed', async () => {
  const clock = virtualClock(INGEST_START)
  const writer = await testWriter(openMemoryStore(), { clock })
  const shown = tableMetrics(writer.tables, clock)
  await writer.open({ topic: PRICES_TOPIC, partition: 0 }, rangeTo(20))
  expect(await shownOf(shown, 'waiting_rows', 'stocks')).toBe(0)
  expect(await shownOf(shown, 'waiting_seconds', 'stocks')).toBe(0)
  await writer.process(batchOf(quoteValues(20)))
  await clock.advance(3_000)
  expect(await shownOf(shown, 'waiting_rows', 'stocks')).toBe(20)
  expect(await shownOf(shown, 'waiting_seconds', 'stocks')).toBe(3)
  expect(await shownOf(shown, 'waiting_rows', 'alerts')).toBe(0)
  await writer.flush()
  expect(await shownOf(shown, 'waiting_rows', 'stocks')).toBe(0)
  expect(await shownOf(shown, 'waiting_seconds', 'stocks')).toBe(0)
  expect(await shownOf(shown, 'last_commit_timestamp_seconds', 'stocks')).toBe((INGEST_START + 3_000) / 1_000)
  expect(await shownOf(shown, 'table_files', 'stocks')).toBe(1)
  expect(await shownOf(shown, 'commits_since_checkpoint', 'stocks')).toBe(1)
  await writer.dispose()
})

test('a commit that does not end shows as rows that wait longer and longer', async () => {
  const clock = virtualClock(INGEST_START)
  const store = openMemoryStore()
  let release: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const writer = await testWriter(
    {
      ...store,
      put: (key, body) => (key.endsWith('.parquet') ? gate.then(() => store.put(key, body)) : store.put(key, body)),
    },
    { clock },
  )
  const shown = tableMetrics(writer.tables, clock)
  await writer.open({ topic: PRICES_TOPIC, partition: 0 }, rangeTo(10))
  await writer.process(batchOf(quoteValues(10)))
  const flushing = writer.flush()
  await clock.advance(60_000)
  expect(await shownOf(shown, 'waiting_rows', 'stocks')).toBe(10)
  expect(await shownOf(shown, 'waiting_seconds', 'stocks')).toBe(60)
  release()
  await flushing
  await writer.dispose()
})

test('nothing is said of a checkpoint that was not yet looked for', async () => {
  const snapshot = { timestamp: INGEST_START as never, files: new Map() }
  const table = { name: 'stocks', snapshot, waiting: { rows: 0, since: null }, commitsSinceCheckpoint: null }
  expect(await shownOf(tableMetrics([table], virtualClock(INGEST_START)), 'commits_since_checkpoint', 'stocks')).toBe(
    undefined,
  )
})

test('what the writer has done is shown, rows by table', async () => {
  const writer = await testWriter(openMemoryStore())
  await writer.open({ topic: PRICES_TOPIC, partition: 0 }, rangeTo(5))
  await writer.process(batchOf(quoteValues(5)))
  await writer.flush()
  await writer.dispose()
  const shown = writerMetrics(writer.counters)
  expect(await shownOf(shown, 'rows_total', 'stocks')).toBe(5)
  expect(await shownOf(shown, 'rows_total', 'alerts')).toBe(0)
})
