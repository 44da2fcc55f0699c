// The simulated source: quotes due on a schedule, sent in batches. The time of quote i is the schedule's, whenever the
// batch was made, so a slow log shows as latency instead of hiding it; no event time lies in the future.

import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import type { EpochMs } from '#runtime/units'
import {
  BATCH_BYTES_MAX,
  BATCH_RECORDS_MAX,
  SIMULATOR_BACKLOG_QUOTES_MAX,
  SIMULATOR_BEHIND_MAX_MS,
  SIMULATOR_TICK_MS,
} from '#services/producer/limits'
import { seededRandom, seedOf } from '#services/producer/sources/seeded_random'
import { type FaultRates, faultInjector, NO_FAULTS } from '#services/producer/sources/simulated_faults'
import { type SimulatedMarket, simulatedMarket } from '#services/producer/sources/simulated_market'
import { NO_SKIPS, type QuoteSource, type SourceRecord } from '#services/producer/sources/source'
import { type UsSession, usSessionAt } from '#services/producer/sources/us_session'

/** What decides the simulation. */
export interface SimulatorOptions {
  readonly symbols: readonly string[]
  readonly seed: number
  /** Quotes a second, over all symbols. */
  readonly rate: number
  /** `always`: never closes. `us`: quotes in New York's trading hours only. */
  readonly session?: 'always' | 'us'
  readonly faults?: FaultRates
  /** Begins this far in the past and catches up at once, so that a first start has bars to show. Default 0. */
  readonly backlogMs?: number
  /** Ends after this many quotes, counted before faults. Default: never. */
  readonly quotesMax?: number
  readonly clock: Clock
  readonly logger: Logger
}

/** Opens a simulated market. The same seed, symbols, rate and clock give the same quotes. */
export function simulatorSource(options: SimulatorOptions): QuoteSource {
  const { symbols, rate, seed, session = 'always' } = options
  const hours = session === 'us' ? ', in New York trading hours' : ''
  const skipped = { quotes: 0 }
  return {
    describe: () =>
      `SIMULATED market data, not real prices: ${symbols.length} symbols, ${rate} quotes/s${hours}, seed ${seed}`,
    finite: options.quotesMax !== undefined,
    batches: (signal) => simulate(options, skipped, signal),
    skips: () => ({ ...NO_SKIPS, leftOut: skipped.quotes }),
  }
}

/** When the first jump comes, after the start: soon enough for somebody who is watching. */
const FIRST_JUMP_MS = 6_000

async function* simulate(options: SimulatorOptions, skipped: { quotes: number }, signal: AbortSignal) {
  const { clock } = options
  const schedule = openSchedule(options, skipped)
  const makeBatch = batchMaker(options, { startMs: schedule.startMs, skipped })
  let quotesLeft = options.quotesMax ?? Number.POSITIVE_INFINITY
  while (!signal.aborted && quotesLeft > 0) {
    const due = schedule.due(clock.now())
    if (due.count === 0) {
      await clock.sleep(due.waitMs, signal)
      continue
    }
    const made = makeBatch(schedule, Math.min(due.count, quotesLeft))
    quotesLeft -= made.quotes
    if (made.records.length > 0) yield made.records
  }
}

/** Makes records of the next due quotes: at most `quotes` of them, and within the limits of a batch. */
function batchMaker(options: SimulatorOptions, run: { startMs: number; skipped: { quotes: number } }) {
  const market: SimulatedMarket = simulatedMarket({
    symbols: options.symbols,
    seed: options.seed,
    quotesPerSecond: options.rate,
    startMs: run.startMs,
    firstJumpMs: options.clock.now() + FIRST_JUMP_MS,
  })
  const faults = faultInjector(options.faults ?? NO_FAULTS, seededRandom(seedOf(options.seed, 'faults')))
  return (schedule: Schedule, quotesMax: number): { records: readonly SourceRecord[]; quotes: number } => {
    const records: SourceRecord[] = []
    let quotes = 0
    let bytes = 0
    // One short of the limit: a duplicated quote makes two records.
    while (quotes < quotesMax && records.length < BATCH_RECORDS_MAX - 1 && bytes < BATCH_BYTES_MAX) {
      const before = records.length
      faults.apply(market.next(schedule.take()), records)
      if (records.length === before) run.skipped.quotes++
      for (let i = before; i < records.length; i++) bytes += (records[i] as SourceRecord).value.length
      quotes++
    }
    return { records, quotes }
  }
}

/** Says which quotes are due. Quote i of a stretch is due at its beginning plus i / rate seconds. */
interface Schedule {
  readonly startMs: EpochMs
  /** How many quotes are due now, or how long until one is. */
  due(now: EpochMs): { count: number; waitMs: number }
  /** The event time of the next due quote. */
  take(): EpochMs
}

function openSchedule(options: SimulatorOptions, skipped: { quotes: number }): Schedule {
  const { rate, logger } = options
  const intervalMs = 1000 / rate
  const backlogMs = Math.min(options.backlogMs ?? 0, SIMULATOR_BACKLOG_QUOTES_MAX * intervalMs)
  const startMs = Math.floor(options.clock.now() - backlogMs) as EpochMs
  const behindMaxMs = backlogMs + SIMULATOR_BEHIND_MAX_MS
  let beginMs: number = startMs
  let index = 0
  let session = usSessionAt(startMs)
  const timeOf = (i: number) => beginMs + i * intervalMs
  const beginAt = (at: number) => {
    beginMs = at
    index = 0
  }
  const leaveOut = (now: number) => {
    const count = Math.floor((now - timeOf(index)) / intervalMs)
    skipped.quotes += count
    logger.warn({ count, rate }, `the simulator could not keep its rate: ${count} quotes are left out`)
    beginAt(now)
  }
  return {
    startMs,
    due(now) {
      if (now - timeOf(index) > behindMaxMs) leaveOut(now)
      if (timeOf(index) >= session.until) session = changeSession(session, { at: timeOf(index), options })
      if (options.session === 'us' && !session.open) beginAt(session.until)
      const lastDue = Math.min(now, session.until - 1)
      const count = Math.max(0, Math.floor((lastDue - timeOf(index)) / intervalMs + 1))
      return { count, waitMs: Math.max(SIMULATOR_TICK_MS, Math.ceil(timeOf(index) - now)) }
    },
    take: () => Math.floor(timeOf(index++)) as EpochMs,
  }
}

function changeSession(before: UsSession, change: { at: number; options: SimulatorOptions }): UsSession {
  const after = usSessionAt(change.at)
  if (change.options.session === 'us' && before.open !== after.open) {
    change.options.logger.info(after.open ? 'the simulated market opens' : 'the simulated market closes')
  }
  return after
}
