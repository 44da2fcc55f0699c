// The stream's metrics: its counters, the check that nothing vanishes, each partition's time, state and snapshots, and
// how long markets that are open have not been heard.

import type { Clock } from '#runtime/clock'
import { counterMetrics, type MetricFamily, type MetricSource, type Sample } from '#runtime/metrics'
import { type StreamCounters, unaccounted } from '#services/stream/outputs'
import type { StateSnapshotFacts } from '#services/stream/snapshot/state_snapshotter'
import { type MarketTimes, newestTimes, silenceMs } from '#services/stream/state/market_times'
import type { StateSize } from '#services/stream/state/state_size'

/** What is shown of one open partition. */
export interface PartitionFacts {
  readonly partition: number
  readonly size: StateSize
  readonly markets: MarketTimes
  readonly snapshots: StateSnapshotFacts
}

/** The stream as it is watched. */
export interface WatchedStream {
  readonly counters: StreamCounters
  partitions(): readonly PartitionFacts[]
}

/** Everything that the stream shows. */
export function streamMetrics(stream: WatchedStream, clock: Clock): readonly MetricSource[] {
  const counters = counterMetrics({ service: 'stream', groups: { dead: 'reason' }, read: () => stream.counters })
  return [counters, sumRule(stream), partitionMetrics(stream, clock)]
}

function sumRule({ counters }: WatchedStream): MetricSource {
  const name = 'stream_unaccounted_records'
  const help = 'records that read = valid + dead and valid = placed + late + duplicates + ... do not explain; always 0'
  return {
    families: [{ name, help, kind: 'gauge', labels: [] }],
    read: () => [{ name, value: unaccounted(counters), labels: {} }],
  }
}

const BY_PARTITION = ['partition'] as const

const EVENT_TIME_LAG = gauge('stream_event_time_lag_seconds', 'how far the newest event time is behind the clock')
const WATERMARK = gauge(
  'stream_watermark_timestamp_seconds',
  'the lowest watermark of the symbols with an open window, in seconds since 1970; absent when no window is open',
)
const SNAPSHOT_AGE = gauge('stream_snapshot_age_seconds', 'since the newest state snapshot of this process was written')
const SNAPSHOT_BYTES = gauge('stream_snapshot_bytes', 'size of the newest state snapshot, packed')
const SNAPSHOT_FAILURES: MetricFamily = {
  ...gauge('stream_snapshot_failures_total', 'state snapshots that could not be written'),
  kind: 'counter',
}
const STATE: MetricFamily = {
  ...gauge('stream_state_entries', 'what the state holds, by kind'),
  labels: [...BY_PARTITION, 'kind'],
}

const SILENCE: MetricFamily = {
  ...gauge(
    'stream_market_silence_seconds',
    'how long regular trading has gone on without a newer event of any symbol of the market; absent while it is closed',
  ),
  labels: ['market'],
}

function gauge(name: string, help: string): MetricFamily {
  return { name, help, kind: 'gauge', labels: BY_PARTITION }
}

function partitionMetrics(stream: WatchedStream, clock: Clock): MetricSource {
  return {
    families: [EVENT_TIME_LAG, WATERMARK, SNAPSHOT_AGE, SNAPSHOT_BYTES, SNAPSHOT_FAILURES, STATE, SILENCE],
    read() {
      const partitions = stream.partitions()
      const now = clock.now()
      return [...partitions.flatMap((facts) => samplesOf(facts, now)), ...silences(partitions, now)]
    },
  }
}

/** Each market's newest event is that of all partitions of this process. */
function silences(partitions: readonly PartitionFacts[], now: number): Sample[] {
  return [...newestTimes(partitions.map(({ markets }) => markets))].flatMap(([market, newest]) => {
    const ms = silenceMs(market, newest, now)
    return ms === null ? [] : [{ name: SILENCE.name, value: ms / 1_000, labels: { market: market.name } }]
  })
}

function samplesOf({ partition, size, snapshots }: PartitionFacts, now: number): Sample[] {
  const { newestEventTime, lowestWatermark, ...entries } = size
  const labels = { partition }
  const since = (time: number) => (now - time) / 1_000
  const known = (family: MetricFamily, value: number | null): Sample[] =>
    value === null ? [] : [{ name: family.name, value, labels }]
  return [
    ...known(EVENT_TIME_LAG, newestEventTime === null ? null : since(newestEventTime)),
    ...known(WATERMARK, lowestWatermark === null ? null : lowestWatermark / 1_000),
    ...known(SNAPSHOT_AGE, snapshots.writtenAt === null ? null : since(snapshots.writtenAt)),
    ...known(SNAPSHOT_BYTES, snapshots.writtenAt === null ? null : snapshots.bytes),
    ...known(SNAPSHOT_FAILURES, snapshots.failures),
    ...Object.entries(entries).map(([kind, value]) => ({ name: STATE.name, value, labels: { partition, kind } })),
  ]
}
