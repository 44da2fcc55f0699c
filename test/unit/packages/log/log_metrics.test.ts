import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { PartitionLag } from '#log/event_log'
import { lagMetrics } from '#log/log_metrics'
import { virtualClock } from '#runtime/clock'
import type { EpochMs } from '#runtime/units'

const NOW = 1_790_951_460_000

function lagOf(group: string, records: number, lastTimestamp: number | null): PartitionLag {
  return { group, topic: 'stock-prices', partition: 3, records, lastTimestamp: lastTimestamp as EpochMs | null }
}

async function samplesOf(...lags: readonly PartitionLag[]) {
  const samples = await lagMetrics({ lag: async () => lags }, virtualClock(NOW)).read()
  return samples.map(({ name, labels, value }) => `${name} ${labels.group} ${labels.partition} ${value}`)
}

test('lag is shown in records, and in seconds as the age of the last record read', async () => {
  expect(await samplesOf(lagOf('writer', 70, NOW - 2_500))).toEqual([
    'log_lag_records writer 3 70',
    'log_lag_seconds writer 3 2.5',
  ])
})

test('at the end of a partition there is no lag, however old its last record is', async () => {
  expect(await samplesOf(lagOf('stream', 0, NOW - 9_000))).toContain('log_lag_seconds stream 3 0')
})

test('before the first record nobody knows its age', async () => {
  expect(await samplesOf(lagOf('stream', 5, null))).toEqual(['log_lag_records stream 3 5'])
})

test('readings that have a group each are not shown: every restart would bring new labels', async () => {
  expect(
    await samplesOf(lagOf(`web-${randomUUID()}`, 5, NOW), lagOf(`verify-${randomUUID()}-records`, 5, NOW)),
  ).toEqual([])
})
