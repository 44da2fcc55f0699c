// Reads the alerts and bars of the latency bench as any consumer would, read committed, and prints how long after their
// quotes were meant to be sent they were there. Arguments: brokers, the load as JSON.

import type { LogRecord } from '#log/event_log'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { ALERTS_TOPIC, barsTopic } from '#market/topics'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import {
  BAR_INTERVAL_MS,
  closedAt,
  figuresOf,
  firesAlert,
  intendedAt,
  latencyLoad,
  now,
  quoteCount,
  WARM_UP_MS,
} from './load.ts'

/** What is not there by then counts as missing. */
const PATIENCE_MS = 10_000

const load = latencyLoad(process.argv[3])
const brokers = (process.argv[2] ?? '').split(',')
const options = { clientId: 'bench-reader', ssl: false, clock: systemClock, logger: silentLogger }
const log = await openKafkaLog({ ...options, brokers })
const alerts: number[] = []
const bars: number[] = []
const countedFrom = load.startAt + WARM_UP_MS
const endAt = intendedAt(load, quoteCount(load))
const done = new AbortController()
const expected = expectedAlerts()

function take(topic: string, { value }: LogRecord, at: number): void {
  const read = JSON.parse(Buffer.from(value ?? []).toString())
  const intended = topic === ALERTS_TOPIC ? read.eventTime : closedAt(load, read)
  // Bars that silence has closed, after the end, have no closing quote.
  if (intended < countedFrom || intended >= endAt || read.closedBy === 'idle') return
  const list = topic === ALERTS_TOPIC ? alerts : bars
  list.push(at - intended)
}

function expectedAlerts(): number {
  let count = 0
  for (let n = 0; n < quoteCount(load); n++) if (firesAlert(n) && intendedAt(load, n) >= countedFrom) count++
  return count
}

void systemClock.sleep(endAt - now() + PATIENCE_MS).then(() => done.abort())
await log.run(
  {
    group: `bench-reader-${process.pid}`,
    topics: [ALERTS_TOPIC, barsTopic(BAR_INTERVAL_MS)],
    commit: 'offsets',
    signal: done.signal,
  },
  {
    open: async (_, { logEnd }) => logEnd,
    process: async ({ topic, records }) => {
      const at = now()
      for (const record of records) take(topic, record, at)
      if (alerts.length === expected && at > endAt) done.abort()
      return []
    },
    close() {},
  },
)
const figures = { alerts: { ...figuresOf(alerts), missing: expected - alerts.length }, bars: figuresOf(bars) }
process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit(0)
