// Simulated markets for tests, by the calendars that users have.

import { openCalendars } from '#calendar/calendars'
import type { Quote } from '#market/quote'
import type { EpochMs } from '#runtime/units'
import type { SimulatedMarket } from '#services/producer/sources/simulator/simulated_market'
import type { TotalFaults } from '#services/producer/sources/simulator/totals'
import { type MarketOptions, type SimulatorSession, venuesOf } from '#services/producer/sources/simulator/venues'

export const calendars = openCalendars({})

/** The settings of a market, as far as a test has its own. */
export interface GivenMarket {
  readonly symbols?: readonly string[]
  readonly seed?: number
  readonly quotesPerSecond?: number
  readonly session?: SimulatorSession
  readonly totalFaults?: TotalFaults
}

/** What such a market is made of. */
export function marketOptions(given: GivenMarket = {}): MarketOptions {
  const { symbols = ['AAPL', 'GOOGL', 'MSFT', 'AMZN', 'TSLA'], session = 'always', ...others } = given
  return { seed: 42, quotesPerSecond: 5, ...others, ...venuesOf(symbols, { session, calendars }) }
}

/** The quotes of the next turns; those of closed exchanges are left out. */
export function takeTurns(
  market: SimulatedMarket,
  { count, timeOf }: { readonly count: number; readonly timeOf: (turn: number) => number },
): Quote[] {
  const quotes: Quote[] = []
  for (let turn = 0; turn < count; turn++) {
    const quote = market.next(Math.floor(timeOf(turn)) as EpochMs)
    if (quote !== null) quotes.push(quote)
  }
  return quotes
}
