// The simulated source: quotes due on a schedule, sent in batches. The time of quote i is the schedule's, whenever the
// batch was made, so a slow log shows as latency instead of hiding it; no event time lies in the future. After a
// restart the market goes on where it stopped; for the time in between it was closed.

import type { Calendars } from '#calendar/calendar'
import type { Clock } from '#runtime/clock'
import { counted } from '#runtime/counted'
import type { Logger } from '#runtime/logger'
import { type EpochMs, MINUTE_MS } from '#runtime/units'
import {
  BATCH_BYTES_MAX,
  SIMULATOR_BACKLOG_QUOTES_MAX,
  SIMULATOR_BATCH_RECORDS_MAX,
  SIMULATOR_BATCH_TURNS_MAX,
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
import { openSchedule, type Schedule } from '#services/producer/sources/simulator/schedule'
import {
  type MarketState,
  marketSeconds,
  newMarket,
  simulatedMarket,
} from '#services/producer/sources/simulator/simulated_market'
import {
  type MarketOptions,
  quotedHoursAt,
  type SimulatorSession,
  symbolsOpenAt,
  venuesOf,
} from '#services/producer/sources/simulator/venues'

/** What decides the simulation. */
export interface SimulatorOptions {
  readonly symbols: readonly string[]
  readonly seed: number
  /** Quotes a second, over all symbols. */
  readonly rate: number
  /** When there are quotes. Default: always. */
  readonly session?: SimulatorSession
  /** When the exchanges of the symbols trade. */
  readonly calendars: Calendars
  readonly faults?: FaultRates
  /** Begins this far in the past and catches up at once, so that a first start has bars to show. Default 0. */
  readonly backlogMs?: number
  /** Ends after this many quotes, counted before faults. Default: never. */
  readonly quotesMax?: number
  readonly clock: Clock
  readonly logger: Logger
}

/** Opens a simulated market. The same seed, symbols, rate, session and clock give the same quotes. */
export function simulatorSource(options: SimulatorOptions): QuoteSource {
  const { rate, seed, session = 'always' } = options
  const skipped = { quotes: 0 }
  const market: MarketOptions = {
    ...venuesOf(options.symbols, { session, calendars: options.calendars }),
    seed,
    quotesPerSecond: rate,
    totalFaults: options.faults ?? NO_FAULTS,
  }
  const count = options.symbols.length
  return {
    describe: () =>
      `SIMULATED market data, not real prices: ${counted(count, 'symbol')}, ` +
      `${rate} quotes/s${HOURS_TEXTS[session]}, seed ${seed}`,
    ended: () => `the simulated market has had its ${counted(options.quotesMax ?? 0, 'quote')}`,
    finite: options.quotesMax !== undefined,
    positionName: async () => `simulator-${seed}`,
    batches: (from, signal) => simulate(options, { market, from, skipped }, signal),
    skips: () => ({ ...NO_SKIPS, leftOut: skipped.quotes }),
    markets: () => {
      const open = symbolsOpenAt(market, options.clock.now())
      return { open, closed: count - open, unknown: 0, delayMs: 0 }
    },
  }
}

const HOURS_TEXTS: Readonly<Record<SimulatorSession, string>> = {
  always: '',
  us: ', in New York trading hours',
  exchange: ', each in the sessions of its exchange',
}

/** When the first jump comes, after the start: soon enough for somebody who is watching. */
const FIRST_JUMP_MS = 6_000

interface SimulatorRun {
  readonly market: MarketOptions
  readonly from: string | null
  readonly skipped: { quotes: number }
}

async function* simulate(options: SimulatorOptions, { market, from, skipped }: SimulatorRun, signal: AbortSignal) {
  const { clock, logger, rate } = options
  const backlogMs = from === null ? backlogOf(options) : 0
  const startMs = Math.floor(clock.now() - backlogMs) as EpochMs
  const schedule = openSchedule({
    rate,
    startMs,
    backlogMs,
    logger,
    hoursAt: (instant) => quotedHoursAt(market, instant),
    onLeftOut: (count) => {
      skipped.quotes += count
    },
  })
  const state = begin(options, { market, from, startMs, backlogMs })
  const makeBatch = batchMaker(options, { market, state, skipped })
  const left = () => (options.quotesMax ?? Number.POSITIVE_INFINITY) - makeBatch.quotes()
  while (!signal.aborted && left() > 0) {
    const wokeAt = clock.now()
    const due = schedule.due(wokeAt)
    const made = due.count > 0 ? makeBatch.next(schedule, { turnsMax: due.count, quotesMax: left() }) : null
    if (made !== null && made.records.length > 0) yield made
    // What becomes due while a batch is sent waits for the next tick.
    const rest = schedule.due(wokeAt)
    const restMs = Math.min(SLEEP_MAX_MS, wokeAt + rest.waitMs - clock.now())
    if (rest.count === 0 && restMs > 0 && left() > 0) await clock.sleep(restMs, signal)
    else if (made?.records.length === 0) await clock.sleep(SIMULATOR_TICK_MS, signal)
  }
}

/** A machine that was suspended finds the market open a minute later at most. */
const SLEEP_MAX_MS = MINUTE_MS

function backlogOf({ backlogMs = 0, rate }: SimulatorOptions): number {
  return Math.min(backlogMs, (SIMULATOR_BACKLOG_QUOTES_MAX * 1000) / rate)
}

interface Beginning {
  readonly market: MarketOptions
  readonly from: string | null
  readonly startMs: number
  readonly backlogMs: number
}

/** Where the market goes on, or begins. Of other settings or an older version, it is another run; its prices go on. */
function begin(options: SimulatorOptions, { market, from, startMs, backlogMs }: Beginning): MarketState {
  const firstJumpMs = backlogMs + FIRST_JUMP_MS
  const kept = from === null ? null : decodePosition(from)
  if (kept === null) return newMarket(market, { startMs, firstJumpMs })
  const { count, passed, firstJumpSeconds } = kept.state
  const quotes = count - passed === 1 ? '1 quote' : `${(count - passed).toLocaleString('en-US')} quotes`
  if (isSameMarket(kept, market)) {
    options.logger.info(`going on after ${quotes}; the simulated market was closed meanwhile`)
    return kept.state
  }
  options.logger.info(
    `the symbols, hours, rate or version have changed after ${quotes}; their count begins anew, prices go on`,
  )
  const originSeconds = marketSeconds(kept.state, kept.rate)
  return { ...newMarket(market, { startMs, firstJumpMs, originSeconds }), firstJumpSeconds }
}

/** Makes batches of the next due quotes. */
function batchMaker(
  options: SimulatorOptions,
  { market: marketOptions, state, skipped }: Omit<SimulatorRun, 'from'> & { readonly state: MarketState },
) {
  const { seed, rate, symbols } = options
  const market = simulatedMarket(marketOptions, state)
  const faults = faultInjector(options.faults ?? NO_FAULTS, { seed, symbols: symbols.length, rate })
  const encodePosition = positionEncoder(marketOptions)
  let { count } = state
  let quotes = count - state.passed
  return {
    /** Quotes so far, in all runs. */
    quotes: () => quotes,
    /** The next turns, within the limits of a batch. No record at all when all turns passed or were left out. */
    next(schedule: Schedule, { turnsMax, quotesMax }: { turnsMax: number; quotesMax: number }): SourceBatch {
      const records: SourceRecord[] = []
      let bytes = 0
      const turnsEnd = count + Math.min(turnsMax, SIMULATOR_BATCH_TURNS_MAX)
      const quotesEnd = quotes + quotesMax
      // One short of the limit: a duplicated quote makes two records.
      const isFull = () => records.length >= SIMULATOR_BATCH_RECORDS_MAX - 1 || bytes >= BATCH_BYTES_MAX
      while (count < turnsEnd && quotes < quotesEnd && !isFull()) {
        const quote = market.next(schedule.take())
        const seconds = state.originSeconds + count / rate
        const at = { count: count++, seconds, openedMs: market.openedMs() }
        if (quote === null) continue
        quotes++
        const before = records.length
        faults.apply(quote, at, records)
        if (records.length === before) skipped.quotes++
        for (let i = before; i < records.length; i++) bytes += (records[i] as SourceRecord).value.length
      }
      return { records, position: encodePosition(market.state()) }
    },
  }
}
