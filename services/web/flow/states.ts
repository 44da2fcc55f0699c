// Topics and tables as the API tells of them, with their freshness.

import type { TableSpec } from '#lake/tables'
import { PRICES_TOPIC } from '#market/topics'
import type { EpochMs } from '#runtime/units'
import type { Freshness, TableState, TopicState } from '#services/web/api'
import type { EndSamples } from '#services/web/flow/end_samples'
import type { TableFacts } from '#services/web/flow/followed_table'
import { freshnessOf, occasionalFreshness } from '#services/web/flow/freshness'
import { TABLE_ALLOWANCE_MS } from '#services/web/flow/limits'
import type { LogFacts } from '#services/web/flow/log_facts'
import type { MarketTime } from '#services/web/flow/market_time'
import type { ReaderLags } from '#services/web/flow/reader_lags'

/** What the states are told by. */
export interface StateFacts {
  readonly market: MarketTime
  /** Undefined: the log does not answer. */
  readonly log: LogFacts | undefined
  readonly samples: EndSamples
  readonly lags: ReaderLags
  /** The newest event time by topic. */
  readonly newest: ReadonlyMap<string, EpochMs | null>
}

/** The freshness of the quotes themselves. */
export function quotesFreshness(facts: StateFacts): Freshness {
  if (facts.log === undefined) return 'unavailable'
  return steadyFreshness(facts, { newest: facts.newest.get(PRICES_TOPIC) ?? null, allowanceMs: 0 })
}

/** A table's topic. */
export function topicState(spec: TableSpec, facts: StateFacts): TopicState {
  const { topic } = spec
  const newestEventTime = facts.newest.get(topic) ?? null
  const ranges = facts.log?.topics.get(topic)?.ranges
  return {
    topic,
    records: ranges?.reduce((sum, { start, end }) => sum + end - start, 0) ?? null,
    recordsPerSecond: ranges === undefined ? null : facts.samples.recordsPerSecond(topic),
    newestEventTime,
    freshness: facts.log === undefined ? 'unavailable' : topicFreshness(spec, newestEventTime, facts),
  }
}

function topicFreshness(spec: TableSpec, newest: EpochMs | null, facts: StateFacts): Freshness {
  if (isSteady(spec)) return steadyFreshness(facts, { newest, allowanceMs: spec.barIntervalMs ?? 0 })
  return occasionalFreshness({
    isEmpty: newest === null,
    quotes: quotesFreshness(facts),
    lagMs: facts.lags.streamLagMs,
  })
}

/** A table; `read` is undefined when there is none yet, and `unknown` when it does not answer. */
export function tableState(spec: TableSpec, read: TableFacts | undefined | 'unknown', facts: StateFacts): TableState {
  if (read === undefined) return { ...NO_TABLE, name: spec.name, freshness: 'empty' }
  if (read === 'unknown') return { ...NO_TABLE, name: spec.name, freshness: 'unavailable' }
  return {
    name: spec.name,
    version: read.snapshot.version,
    lastCommit: read.snapshot.timestamp,
    rows: read.rows,
    files: read.files,
    bytes: read.bytes,
    medianFileBytes: read.medianFileBytes,
    commitsSinceCheckpoint: read.commitsSinceCheckpoint,
    newestEventTime: read.newest,
    freshness: tableFreshness(spec, read, facts),
  }
}

function tableFreshness(spec: TableSpec, { files, newest }: TableFacts, facts: StateFacts): Freshness {
  const allowanceMs = (spec.barIntervalMs ?? 0) + TABLE_ALLOWANCE_MS
  if (isSteady(spec)) return steadyFreshness(facts, { newest, allowanceMs })
  const quotes = steadyFreshness(facts, { newest: facts.newest.get(PRICES_TOPIC) ?? null, allowanceMs: 0 })
  return occasionalFreshness({ isEmpty: files === 0, quotes, lagMs: facts.lags.tableLagMs.get(spec.name) ?? null })
}

const NO_TABLE = {
  version: null,
  lastCommit: null,
  rows: null,
  files: null,
  bytes: null,
  medianFileBytes: null,
  commitsSinceCheckpoint: null,
  newestEventTime: null,
} as const

/** Quotes and bars come as long as somebody trades; alerts, late quotes and dead letters now and then. */
function isSteady({ topic, barIntervalMs }: TableSpec): boolean {
  return topic === PRICES_TOPIC || barIntervalMs !== undefined
}

function steadyFreshness(
  { market }: StateFacts,
  data: { readonly newest: EpochMs | null; readonly allowanceMs: number },
): Freshness {
  return freshnessOf({ market, ...data })
}
