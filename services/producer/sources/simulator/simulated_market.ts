// A market that never was. Its quotes follow from its seed, its symbols and how many quotes there were before, so that
// it goes on from a MarketState as if it had never stopped. Nothing in it is a real price.

import type { Quote } from '#market/quote'
import type { EpochMs } from '#runtime/units'
import { type Jump, jumpAt, type PriceLevel, priceLevel, walkAt } from '#services/producer/sources/simulator/prices'
import { numberAt, seedOf } from '#services/producer/sources/simulator/seeded_random'
import { type UsHours, usHoursAt } from '#services/producer/sources/simulator/us_hours'

/** What decides a market. */
export interface MarketOptions {
  readonly symbols: readonly string[]
  readonly seed: number
  /** Over all symbols. */
  readonly quotesPerSecond: number
}

/** Where a market stands. Market time passes with its quotes, 1 / quotesPerSecond each, and with nothing else. */
export interface MarketState {
  /** Marks the quotes' ids, which must not come again. */
  readonly run: string
  /** Quotes so far. */
  readonly count: number
  /** Market time at count 0, in seconds. */
  readonly originSeconds: number
  /** Market time of the first jump. */
  readonly firstJumpSeconds: number
  /** The trading day in New York, and the count at which it began; below 0 for one that began before the market did. */
  readonly day: string
  readonly dayStart: number
}

/** Symbols take turns, one quote each. */
export interface SimulatedMarket {
  /** The next quote. Timestamps must not go back. */
  next(timestamp: EpochMs): Quote
  state(): MarketState
}

/** The state of a market that begins at `startMs`, with its first jump `firstJumpMs` later. */
export function newMarket(
  { quotesPerSecond }: Pick<MarketOptions, 'quotesPerSecond'>,
  begin: { readonly startMs: number; readonly firstJumpMs: number; readonly originSeconds?: number },
): MarketState {
  const hours = usHoursAt(begin.startMs)
  const originSeconds = begin.originSeconds ?? 0
  return {
    run: begin.startMs.toString(36),
    count: 0,
    originSeconds,
    firstJumpSeconds: originSeconds + begin.firstJumpMs / 1000,
    day: hours.date,
    // As if it had traded since midnight at this rate.
    dayStart: -Math.floor((hours.sinceMidnightMs / 1000) * quotesPerSecond),
  }
}

/** The market time of the next quote, in seconds. */
export function marketSeconds(state: MarketState, quotesPerSecond: number): number {
  return state.originSeconds + state.count / quotesPerSecond
}

/** Opens a market where it stands. */
export function simulatedMarket(options: MarketOptions, from: MarketState): SimulatedMarket {
  const prices = marketPrices(options, from)
  const { symbols, seed } = options
  const tradeSeed = seedOf(seed, 'trades')
  let { count, day, dayStart } = from
  let previousCloses = prices.previousCloses(dayStart)
  let hours: UsHours | null = null
  return {
    next(timestamp) {
      if (hours === null || timestamp >= hours.until) {
        hours = usHoursAt(timestamp)
        if (hours.date !== day) {
          day = hours.date
          dayStart = count
          previousCloses = prices.previousCloses(dayStart)
        }
      }
      const index = count % symbols.length
      const quote = trade(
        symbols[index] as string,
        { timestamp, id: `${from.run}-${count + 1}` },
        {
          price: prices.at(count),
          previousClose: previousCloses[index] as number,
          ...volumeAt(count, { dayStart, symbols: symbols.length, seed: tradeSeed }),
          random: (draw) => numberAt(tradeSeed, count * 4 + draw),
        },
      )
      count++
      return quote
    },
    state: () => ({ ...from, count, day, dayStart }),
  }
}

/** The prices of a market's quotes, by their count. */
function marketPrices({ symbols, seed, quotesPerSecond }: MarketOptions, from: MarketState) {
  const levels = symbols.map((symbol) => priceLevel(seed, symbol))
  let jump: Jump & { readonly index: number } = { start: 0, end: Number.NEGATIVE_INFINITY, size: 0, index: 0 }
  const secondsAt = (count: number) => from.originSeconds + count / quotesPerSecond
  const at = (count: number): number => {
    const index = count % symbols.length
    const { level, walkSeed } = levels[index] as PriceLevel
    const seconds = secondsAt(count)
    if (seconds < jump.start || seconds >= jump.end) {
      const found = jumpAt(seed, seconds, from.firstJumpSeconds)
      // It strikes the symbol whose turn it is.
      const striking = Math.ceil((found.start - from.originSeconds) * quotesPerSecond)
      jump = { ...found, index: modulo(striking, symbols.length) }
    }
    const isJump = index === jump.index && seconds >= jump.start && seconds < jump.end
    return cents(level * Math.exp(walkAt(walkSeed, seconds) + (isJump ? jump.size : 0)))
  }
  const firstClose = ({ level, walkSeed }: PriceLevel) => cents(level * (0.994 + numberAt(walkSeed, -2) * 0.012))
  return {
    at,
    /** Each symbol's last price before the day began. */
    previousCloses: (dayStart: number) =>
      levels.map((level, index) => {
        const last = dayStart - 1 - modulo(dayStart - 1 - index, symbols.length)
        return last < 0 ? firstClose(level) : at(last)
      }),
  }
}

const SIZE_MEAN = 100

/** The units traded in the day up to and with a quote, and those of the quote itself. */
function volumeAt(count: number, { dayStart, symbols, seed }: { dayStart: number; symbols: number; seed: number }) {
  const ofDay = Math.floor((count - dayStart) / symbols)
  // The volume is a straight line and a random number of up to one mean below it: no sum has to be kept.
  const below = (at: number) => Math.floor(numberAt(seed, at * 4) * SIZE_MEAN)
  const dayVolume = SIZE_MEAN * (ofDay + 1) - below(count)
  return { dayVolume, size: ofDay === 0 ? dayVolume : SIZE_MEAN - below(count) + below(count - symbols) }
}

interface Trade {
  readonly price: number
  readonly previousClose: number
  readonly dayVolume: number
  readonly size: number
  /** Its own random numbers, by the number of the draw from 1 on. */
  readonly random: (draw: number) => number
}

function trade(symbol: string, at: { readonly timestamp: EpochMs; readonly id: string }, made: Trade): Quote {
  const { price, previousClose, dayVolume, size, random } = made
  const halfSpread = Math.max(0.01, price * 0.0001)
  return {
    symbol,
    price,
    timestamp: at.timestamp,
    id: at.id,
    size,
    dayVolume,
    bid: Math.max(0.01, cents(price - halfSpread)),
    ask: cents(price + halfSpread),
    bidSize: 1 + Math.floor(random(1) * 9),
    askSize: 1 + Math.floor(random(2) * 9),
    currency: 'USD',
    exchange: 'SIM',
    marketState: 'REGULAR',
    previousClose,
    source: 'simulator',
    extra: null,
  }
}

function cents(price: number): number {
  return Math.max(0.01, Math.round(price * 100) / 100)
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
