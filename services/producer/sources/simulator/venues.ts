// Which simulated symbol trades at which venue: SIMULATOR_SESSION.

import type { Calendars } from '#calendar/calendar'
import type { EpochMs } from '#runtime/units'
import { ALWAYS_OPEN_EXCHANGE, type Listing, listingOf } from '#services/producer/sources/simulator/listings'
import type { TotalFaults } from '#services/producer/sources/simulator/totals'
import { tradesIn, type Venue } from '#services/producer/sources/simulator/venue'

/**
 * When symbols are quoted. `always`: at any time. `us`: in New York's regular hours. `exchange`: each in the sessions
 * of its own exchange.
 */
export const SIMULATOR_SESSIONS = ['always', 'us', 'exchange'] as const

export type SimulatorSession = (typeof SIMULATOR_SESSIONS)[number]

/** A followed symbol. */
export interface ListedSymbol extends Listing {
  readonly symbol: string
  /** Steps of its price in one unit of the currency. */
  readonly scale: number
  /** Its venue's place in the list of venues. */
  readonly venue: number
}

/** The symbols of a market, in their order, and the venues they trade at. */
export interface Venues {
  readonly venues: readonly Venue[]
  readonly symbols: readonly ListedSymbol[]
}

/** What decides a market. */
export interface MarketOptions extends Venues {
  readonly seed: number
  /** Turns a second, over all symbols; each is a quote while its symbol's venue trades. */
  readonly quotesPerSecond: number
  readonly totalFaults?: TotalFaults
}

/** Finds each symbol's venue. */
export function venuesOf(
  symbols: readonly string[],
  { session, calendars }: { readonly session: SimulatorSession; readonly calendars: Calendars },
): Venues {
  const venues: Venue[] = []
  const listed = symbols.map((symbol) => {
    const listing = { ...listingOf(symbol), ...ONE_EXCHANGE[session] }
    const calendar = calendars.of({ symbol, exchange: listing.exchange, zone: null })
    let venue = venues.findIndex((known) => known.calendar === calendar)
    if (venue < 0) venue = venues.push({ calendar, isExtended: session === 'exchange' }) - 1
    return { ...listing, symbol, scale: 10 ** listing.decimals, venue }
  })
  return { venues, symbols: listed }
}

/** Where all symbols have the same hours, they are of the same exchange. */
const ONE_EXCHANGE: Readonly<Record<SimulatorSession, Partial<Listing>>> = {
  always: { exchange: ALWAYS_OPEN_EXCHANGE, hasVolume: true },
  us: { exchange: 'NMS', hasVolume: true },
  exchange: {},
}

/** Whether anything is quoted at an instant, and until when that cannot change. */
export interface QuotedHours {
  readonly isOpen: boolean
  readonly until: EpochMs
}

/** The hours of all venues together. */
export function quotedHoursAt({ venues }: Venues, instant: number): QuotedHours {
  const spans = venues.map((venue) => ({ venue, span: venue.calendar.spanAt(instant) }))
  return {
    isOpen: spans.some(({ venue, span }) => tradesIn(venue, span.session)),
    until: Math.min(...spans.map(({ span }) => span.end)) as EpochMs,
  }
}

/** How many symbols are in regular trading at an instant. */
export function symbolsOpenAt({ venues, symbols }: Venues, instant: number): number {
  const isRegular = venues.map(({ calendar }) => calendar.spanAt(instant).session === 'regular')
  return symbols.reduce((count, { venue }) => count + (isRegular[venue] ? 1 : 0), 0)
}
