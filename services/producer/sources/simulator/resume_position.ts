// The position of a simulated market in the log: where it stands, and the settings that this belongs to.

import { seedOf } from '#services/producer/sources/simulator/seeded_random'
import type { MarketState } from '#services/producer/sources/simulator/simulated_market'
import type { MarketOptions } from '#services/producer/sources/simulator/venues'

/** A position as it was read. */
export interface SimulatorPosition {
  /** Tells lists of symbols apart, and where and when they trade. */
  readonly symbols: number
  readonly rate: number
  readonly state: MarketState
}

/** Makes the texts of positions. They are short, though there may be a day for each exchange of the world. */
export function positionEncoder(market: MarketOptions): (state: MarketState) => string {
  const settings = { symbols: symbolsHash(market), rate: market.quotesPerSecond }
  return ({ days, ...state }) =>
    JSON.stringify({
      ...settings,
      state,
      days: days.map(({ date, start, end, beforeEnd }) => [date, start, end, beforeEnd] satisfies DayFields),
    })
}

type DayFields = [date: number, start: number, end: number | null, beforeEnd: number]

/** The position in a text that such an encoder has made. Of a version before there were venues it has no days. */
export function decodePosition(text: string): SimulatorPosition {
  const { days = [], state, ...settings } = JSON.parse(text) as SimulatorPosition & { readonly days?: DayFields[] }
  const dayOf = ([date, start, end, beforeEnd]: DayFields) => ({ date, start, end, beforeEnd })
  return { ...settings, state: { ...state, passed: state.passed ?? 0, days: days.map(dayOf) } }
}

/** Whether a market can go on from the position to the quote. */
export function isSameMarket({ symbols, rate }: SimulatorPosition, market: MarketOptions): boolean {
  return symbols === symbolsHash(market) && rate === market.quotesPerSecond
}

/** Without the calendars of the venues, days would be taken for those of others. */
function symbolsHash({ symbols, venues }: MarketOptions): number {
  const listed = symbols.map(({ symbol, exchange, venue }) => `${symbol} ${exchange} ${venue}`)
  const hours = venues.map(({ calendar, isExtended }) => `${calendar.name} ${isExtended}`)
  return seedOf(0, [...listed, ...hours].join('\n'))
}
