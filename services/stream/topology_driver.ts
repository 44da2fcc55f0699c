// The topology without a log: given quotes, when the clock reaches, then bars, late quotes and alerts. For trying
// rules and settings, and for tests. It runs the very code of the service, decoder included; only time and records
// are made up.

import type { LogRecord, RecordHeaders } from '#log/event_log'
import { REPLAYED_HEADERS } from '#market/headers'
import { encodeQuote, type Quote, quoteOf } from '#market/quote'
import type { EpochMs, Offset } from '#runtime/units'
import { type AlertRule, DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import type { StreamConfig } from '#services/stream/config'
import { createOutputs, type Outputs, type StreamCounters } from '#services/stream/outputs'
import { createPartitionState, type PartitionState } from '#services/stream/state/partition_state'
import { advance, advanceQuietClock, drain } from '#services/stream/topology/advance'
import { arrivalOf } from '#services/stream/topology/arrival'
import { isIdleDue } from '#services/stream/topology/idle'

/** A quote to be given; `ingestTime` is when the log took it in. */
export type GivenQuote = Pick<Quote, 'symbol' | 'price'> &
  Partial<Omit<Quote, 'symbol' | 'price' | 'timestamp'>> & {
    /** Event time in epoch milliseconds. */
    readonly timestamp: number
    /** Default: its event time, or the last ingest time when that is later. */
    readonly ingestTime?: number
    /** As the replay source sends it: never stale. */
    readonly replayed?: boolean
  }

/** A record to be given as it stands, valid or not. */
export interface GivenRecord {
  readonly key?: Uint8Array | string | null
  readonly value: Uint8Array | string | null
  readonly headers?: RecordHeaders | null
  readonly ingestTime?: number
}

/** What one step put out. */
export type StepOutputs = Omit<Outputs, 'counters'>

/** One partition, driven by hand. Every step returns what it put out; `all` has everything so far. */
export interface TopologyDriver {
  /** A quote arrives, keyed by its symbol. */
  quote(given: GivenQuote): StepOutputs
  /** A record arrives. */
  record(given: GivenRecord): StepOutputs
  /** The partition is quiet until the service's clock shows `now`. */
  clockReaches(now: number): StepOutputs
  /** The bounded end. */
  drain(): StepOutputs
  readonly all: StepOutputs
  readonly counters: StreamCounters
  readonly state: PartitionState
}

/** How to set the driver up: the service's settings, its rules, and the number of the partition. */
export interface DriverOptions {
  readonly config: StreamConfig
  /** Default: the built-in rules. */
  readonly rules?: readonly AlertRule[]
  readonly partition?: number
}

/**
 * Makes a driver:
 *
 *     const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG })
 *     driver.quote({ symbol: 'AAPL', price: 277.06, timestamp: nineThirty })
 *     driver.clockReaches(nineThirty + 30_000).bars // the bar, closed because the symbol fell silent
 */
export function createTopologyDriver({
  config,
  rules = DEFAULT_ALERT_RULES,
  partition = 0,
}: DriverOptions): TopologyDriver {
  const state = createPartitionState(partition, { ...config, rules })
  const all = createOutputs()
  let offset = 0
  let ingest = 0
  const step = (act: (out: Outputs) => void): StepOutputs => {
    const out = createOutputs(all.counters)
    act(out)
    gather(all, out)
    return out
  }
  const record = (given: GivenRecord) => {
    ingest = given.ingestTime ?? ingest
    const next = recordOf(given, { offset: offset++, timestamp: ingest })
    return step((out) => advance(state, arrivalOf(next, config.decoder.view), out))
  }
  return {
    all,
    counters: all.counters,
    state,
    record,
    quote({ ingestTime, replayed = false, ...fields }) {
      const quote = quoteOf({ ...fields, timestamp: fields.timestamp as EpochMs })
      const arrives = ingestTime ?? Math.max(ingest, fields.timestamp)
      const headers = replayed ? REPLAYED_HEADERS : null
      return record({ key: fields.symbol, value: encodeQuote(quote), headers, ingestTime: arrives })
    },
    clockReaches: (now) => step((out) => isIdleDue(state, now) && advanceQuietClock(state, now, out)),
    drain: () => step((out) => drain(state, out)),
  }
}

function recordOf({ key, value, headers }: GivenRecord, place: { offset: number; timestamp: number }): LogRecord {
  const offset = place.offset as Offset
  const timestamp = place.timestamp as EpochMs
  return { offset, timestamp, key: bytesOf(key ?? null), value: bytesOf(value), headers: headers ?? null }
}

function bytesOf(given: Uint8Array | string | null): Uint8Array | null {
  return typeof given === 'string' ? new TextEncoder().encode(given) : given
}

function gather(all: Outputs, out: Outputs): void {
  all.bars.push(...out.bars)
  all.alerts.push(...out.alerts)
  all.late.push(...out.late)
  all.deadLetters.push(...out.deadLetters)
  all.copies.push(...out.copies)
}
