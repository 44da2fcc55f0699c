// The simulated source: quotes due on a schedule, sent in batches. The time of quote i is the schedule's, whenever the
// batch was made, so a slow log shows as latency instead of hiding it; no event time lies in the future. After a
// restart the market goes on where it stopped; for the time in between it was closed.

import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import type { EpochMs } from '#runtime/units'
import {
  BATCH_BYTES_MAX,
  SIMULATOR_BACKLOG_QUOTES_MAX,
  SIMULATOR_BATCH_RECORDS_MAX,
  SIMULATOR_BEHIND_MAX_MS,
  SIMULATOR_TICK_MS,
} from '#services/producer/limits'
import {
  NO_SKIPS,
  type QuoteSource,
  type SourceBatch,
  type SourceRecord,
} from '#services/producer/sources/quote_source'
import { type FaultRates, faultInjector, NO_FAULTS } from '#services/producer/sources/simulator/faults'
import { decodePosition, isSameMarket, positionEncoder } from '#services/producer/sources/simulator/resume_position'
import {
  type MarketState,
  marketSeconds,
  newMarket,
  simulatedMarket,
} from '#services/producer/sources/simulator/simulated_market'
import { type UsHours, usHoursAt } from '#services/producer/sources/simulator/us_hours'

/** What decides the simulation. */
export interface SimulatorOptions {
  readonly symbols: readonly string[]
  readonly seed: number
  /** Quotes a second, over all symbols. */
  readonly rate: number
  /** `always`: never closes. `us`: quotes in New York's trading hours only. */
  readonly tradingHours?: 'always' | 'us'
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
  const { symbols, rate, seed, tradingHours = 'always' } = options
  const hoursText = tradingHours === 'us' ? ', in New York trading hours' : ''
  const skipped = { quotes: 0 }
  return {
    describe: () =>
      `SIMULATED market data, not real prices: ${symbols.length} symbols, ${rate} quotes/s${hoursText}, seed ${seed}`,
    ended: () => `the simulated market has had its ${options.quotesMax?.toLocaleString('en-US')} quotes`,
    finite: options.quotesMax !== undefined,
    positionName: async () => `simulator-${seed}`,
    batches: (from, signal) => simulate(options, { from, skipped }, signal),
    skips: () => ({ ...NO_SKIPS, leftOut: skipped.quotes }),
    markets: () => {
      const trades = tradingHours === 'always' || usHoursAt(options.clock.now()).open
      const [open, closed] = trades ? [symbols.length, 0] : [0, symbols.length]
      return { open, closed, unknown: 0, delayMs: 0 }
    },
  }
}

/** When the first jump comes, after the start: soon enough for somebody who is watching. */
const FIRST_JUMP_MS = 6_000

interface SimulatorRun {
  readonly from: string | null
  readonly skipped: { quotes: number }
}

async function* simulate(options: SimulatorOptions, { from, skipped }: SimulatorRun, signal: AbortSignal) {
  const { clock } = options
  const backlogMs = from === null ? backlogOf(options) : 0
  const startMs = Math.floor(clock.now() - backlogMs) as EpochMs
  const schedule = openSchedule(options, { startMs, backlogMs, skipped })
  const makeBatch = batchMaker(options, { state: begin(options, { from, startMs, backlogMs }), skipped })
  const left = () => (options.quotesMax ?? Number.POSITIVE_INFINITY) - makeBatch.count()
  while (!signal.aborted && left() > 0) {
    const wokeAt = clock.now()
    const due = schedule.due(wokeAt)
    if (due.count > 0) {
      const made = makeBatch.next(schedule, Math.min(due.count, left()))
      if (made.records.length > 0) yield made
    }
    // What becomes due while a batch is sent waits for the next tick.
    const rest = schedule.due(wokeAt)
    const restMs = wokeAt + rest.waitMs - clock.now()
    if (rest.count === 0 && restMs > 0 && left() > 0) await clock.sleep(restMs, signal)
  }
}

function backlogOf({ backlogMs = 0, rate }: SimulatorOptions): number {
  return Math.min(backlogMs, (SIMULATOR_BACKLOG_QUOTES_MAX * 1000) / rate)
}

interface Beginning {
  readonly from: string | null
  readonly startMs: number
  readonly backlogMs: number
}

/** Where the market goes on, or begins. Under other settings it is another run, but its prices go on all the same. */
function begin(options: SimulatorOptions, { from, startMs, backlogMs }: Beginning): MarketState {
  const market = { quotesPerSecond: options.rate }
  const firstJumpMs = backlogMs + FIRST_JUMP_MS
  const kept = from === null ? null : decodePosition(from)
  if (kept === null) return newMarket(market, { startMs, firstJumpMs })
  const { count } = kept.state
  const quotes = count === 1 ? '1 quote' : `${count.toLocaleString('en-US')} quotes`
  if (isSameMarket(kept, options)) {
    options.logger.info(`going on after ${quotes}; the simulated market was closed meanwhile`)
    return kept.state
  }
  options.logger.info(`the symbols or the rate have changed after ${quotes}; their count begins anew, prices go on`)
  const originSeconds = marketSeconds(kept.state, kept.rate)
  const { firstJumpSeconds } = kept.state
  return { ...newMarket(market, { startMs, firstJumpMs, originSeconds }), firstJumpSeconds }
}

/** Makes batches of the next due quotes. */
function batchMaker(
  options: SimulatorOptions,
  { state, skipped }: { readonly state: MarketState; readonly skipped: { quotes: number } },
) {
  const { symbols, seed, rate } = options
  const market = simulatedMarket({ symbols, seed, quotesPerSecond: rate }, state)
  const faults = faultInjector(options.faults ?? NO_FAULTS, seed)
  const encodePosition = positionEncoder(options)
  let count = state.count
  return {
    /** Quotes so far, in all runs. */
    count: () => count,
    /** At most `quotesMax` quotes, and within the limits of a batch. */
    next(schedule: Schedule, quotesMax: number): SourceBatch {
      const records: SourceRecord[] = []
      let bytes = 0
      const end = count + quotesMax
      // One short of the limit: a duplicated quote makes two records.
      while (count < end && records.length < SIMULATOR_BATCH_RECORDS_MAX - 1 && bytes < BATCH_BYTES_MAX) {
        const before = records.length
        const at = { count, seconds: state.originSeconds + count / rate }
        faults.apply(market.next(schedule.take()), at, records)
        if (records.length === before) skipped.quotes++
        for (let i = before; i < records.length; i++) bytes += (records[i] as SourceRecord).value.length
        count++
      }
      return { records, position: encodePosition(market.state()) }
    },
  }
}

/** Says which quotes are due. Quote i of a stretch is due at its beginning plus i / rate seconds. */
interface Schedule {
  /** How many quotes are due now, or how long until one is. */
  due(now: EpochMs): { count: number; waitMs: number }
  /** The event time of the next due quote. */
  take(): EpochMs
}

interface ScheduleStart {
  readonly startMs: EpochMs
  readonly backlogMs: number
  readonly skipped: { quotes: number }
}

function openSchedule(options: SimulatorOptions, { startMs, backlogMs, skipped }: ScheduleStart): Schedule {
  const { rate, logger } = options
  const intervalMs = 1000 / rate
  const behindMaxMs = backlogMs + SIMULATOR_BEHIND_MAX_MS
  let beginMs: number = startMs
  let index = 0
  let hours = usHoursAt(startMs)
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
    due(now) {
      if (now - timeOf(index) > behindMaxMs) leaveOut(now)
      if (timeOf(index) >= hours.until) hours = changeHours(hours, { at: timeOf(index), options })
      if (options.tradingHours === 'us' && !hours.open) beginAt(hours.until)
      const lastDue = Math.min(now, hours.until - 1)
      const count = Math.max(0, Math.floor((lastDue - timeOf(index)) / intervalMs + 1))
      return { count, waitMs: Math.max(SIMULATOR_TICK_MS, Math.ceil(timeOf(index) - now)) }
    },
    take: () => Math.floor(timeOf(index++)) as EpochMs,
  }
}

function changeHours(before: UsHours, change: { at: number; options: SimulatorOptions }): UsHours {
  const after = usHoursAt(change.at)
  if (change.options.tradingHours === 'us' && before.open !== after.open) {
    change.options.logger.info(after.open ? 'the simulated market opens' : 'the simulated market closes')
  }
  return after
}
