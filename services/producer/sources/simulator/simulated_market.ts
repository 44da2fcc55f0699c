// A market that never was. Its quotes follow from its seed, its symbols and how many turns there were before, so that
// it goes on from a MarketState as if it had never stopped. Nothing in it is a real price.

import type { Quote } from '#market/quote'
import type { Session } from '#market/session'
import type { EpochMs } from '#runtime/units'
import { type Jump, jumpAt, type PriceLevel, priceLevel, walkAt } from '#services/producer/sources/simulator/prices'
import { numberAt, seedOf } from '#services/producer/sources/simulator/seeded_random'
import type { Traded } from '#services/producer/sources/simulator/totals'
import { firstDay, lastTurn, type VenueDay } from '#services/producer/sources/simulator/venue'
import { openFloors, type VenueFloor } from '#services/producer/sources/simulator/venue_floor'
import type { ListedSymbol, MarketOptions } from '#services/producer/sources/simulator/venues'

/** Where a market stands. Market time passes with its turns, 1 / quotesPerSecond each, and with nothing else. */
export interface MarketState {
  /** Marks the quotes' ids, which must not come again. */
  readonly run: string
  /** Turns so far. */
  readonly count: number
  /** Those of them that passed without a quote, since the venue was closed. */
  readonly passed: number
  /** Market time at count 0, in seconds. */
  readonly originSeconds: number
  /** Market time of the first jump. */
  readonly firstJumpSeconds: number
  /** The trading day of each venue. */
  readonly days: readonly VenueDay[]
}

/** Symbols take turns, one quote each. */
export interface SimulatedMarket {
  /** The quote of the next turn; null when its symbol is not quoted at that time. Timestamps must not go back. */
  next(timestamp: EpochMs): Quote | null
  /** When the session of the last quote began. */
  openedMs(): number
  state(): MarketState
}

/** The state of a market that begins at `startMs`, with its first jump `firstJumpMs` later. */
export function newMarket(
  { quotesPerSecond, venues }: Pick<MarketOptions, 'quotesPerSecond' | 'venues'>,
  begin: { readonly startMs: number; readonly firstJumpMs: number; readonly originSeconds?: number },
): MarketState {
  const originSeconds = begin.originSeconds ?? 0
  return {
    run: begin.startMs.toString(36),
    count: 0,
    passed: 0,
    originSeconds,
    firstJumpSeconds: originSeconds + begin.firstJumpMs / 1000,
    days: venues.map((venue) => firstDay(venue, { at: begin.startMs, turnsPerMs: quotesPerSecond / 1000 })),
  }
}

/** The market time of the next turn, in seconds. */
export function marketSeconds(state: MarketState, quotesPerSecond: number): number {
  return state.originSeconds + state.count / quotesPerSecond
}

/** Opens a market where it stands. */
export function simulatedMarket(options: MarketOptions, from: MarketState): SimulatedMarket {
  const { symbols } = options
  const prices = marketPrices(options, from)
  const tradeSeed = seedOf(options.seed, 'trades')
  const floors = openFloors(options, { days: from.days, closesAt: prices.closesAt })
  let { count, passed } = from
  let openedMs = 0
  return {
    next(timestamp) {
      const index = count % symbols.length
      const listed = symbols[index] as ListedSymbol
      const floor = floors[listed.venue] as VenueFloor
      const session = floor.venue.sessionAt(timestamp, count)
      if (session === null) {
        count++
        passed++
        return null
      }
      const quote = trade(
        listed,
        { timestamp, id: `${from.run}-${count + 1}` },
        {
          session,
          price: prices.at(count),
          previousClose: floor.previousCloseAt(count),
          traded: floor.tradedAt(count, session),
          random: (draw) => numberAt(tradeSeed, count * 4 + draw),
        },
      )
      openedMs = floor.venue.openedMs
      count++
      return quote
    },
    openedMs: () => openedMs,
    state: () => ({ ...from, count, passed, days: floors.map(({ venue }) => venue.day()) }),
  }
}

/** The prices of a market's quotes, by their count. */
function marketPrices({ symbols, seed, quotesPerSecond }: MarketOptions, from: MarketState) {
  const levels = symbols.map(({ symbol }) => priceLevel(seed, symbol))
  let jump: Jump & { readonly index: number } = { start: 0, end: Number.NEGATIVE_INFINITY, size: 0, index: 0 }
  const secondsAt = (count: number) => from.originSeconds + count / quotesPerSecond
  const at = (count: number): number => {
    const index = modulo(count, symbols.length)
    const { level, walkSeed } = levels[index] as PriceLevel
    const { scale } = symbols[index] as ListedSymbol
    const seconds = secondsAt(count)
    if (seconds < jump.start || seconds >= jump.end) {
      const found = jumpAt(seed, seconds, from.firstJumpSeconds)
      // It strikes the symbol whose turn it is.
      const striking = Math.ceil((found.start - from.originSeconds) * quotesPerSecond)
      jump = { ...found, index: modulo(striking, symbols.length) }
    }
    const isJump = index === jump.index && seconds >= jump.start && seconds < jump.end
    return rounded(level * Math.exp(walkAt(walkSeed, seconds) + (isJump ? jump.size : 0)), scale)
  }
  const firstCloses = levels.map(({ level, walkSeed }, index) =>
    rounded(level * (0.994 + numberAt(walkSeed, -2) * 0.012), (symbols[index] as ListedSymbol).scale),
  )
  return {
    at,
    /** Each symbol's last price before a count. */
    closesAt: (end: number) =>
      firstCloses.map((firstClose, index) => {
        const last = lastTurn(end, { index, symbols: symbols.length })
        return last < 0 ? firstClose : at(last)
      }),
  }
}

interface Trade {
  readonly session: Session
  readonly price: number
  readonly previousClose: number
  readonly traded: Traded
  /** Its own random numbers, by the number of the draw from 1 on. */
  readonly random: (draw: number) => number
}

function trade(
  { symbol, exchange, currency, scale }: ListedSymbol,
  at: { readonly timestamp: EpochMs; readonly id: string },
  made: Trade,
): Quote {
  const { price, random } = made
  const halfSpread = Math.max(1 / scale, price * 0.0001)
  return {
    symbol,
    price,
    timestamp: at.timestamp,
    id: at.id,
    size: made.traded.size,
    dayVolume: made.traded.dayVolume,
    bid: rounded(price - halfSpread, scale),
    ask: rounded(price + halfSpread, scale),
    bidSize: 1 + Math.floor(random(1) * 9),
    askSize: 1 + Math.floor(random(2) * 9),
    currency,
    exchange,
    marketState: MARKET_STATES[made.session],
    previousClose: made.previousClose,
    source: 'simulator',
    extra: null,
  }
}

/** Yahoo's words. */
const MARKET_STATES: Readonly<Record<Session, string>> = {
  overnight: 'OVERNIGHT',
  pre: 'PRE',
  regular: 'REGULAR',
  post: 'POST',
  none: 'CLOSED',
}

/** A price of so many steps to the unit, and at least one step. */
function rounded(price: number, scale: number): number {
  return Math.max(1, Math.round(price * scale)) / scale
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
