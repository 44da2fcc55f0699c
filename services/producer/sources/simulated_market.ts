// A market that never was: prices that wander about a level per symbol, and jump now and then, so that there is
// something to alert on. The same seed, symbols, rate and times give the same quotes. Nothing in it is a real price.

import type { Quote } from '#market/quote'
import type { EpochMs } from '#runtime/units'
import { aboutNormal, seededRandom, seedOf } from '#services/producer/sources/seeded_random'
import { type UsSession, usSessionAt } from '#services/producer/sources/us_session'

/** What decides a market. */
export interface MarketOptions {
  readonly symbols: readonly string[]
  readonly seed: number
  /** Over all symbols. */
  readonly quotesPerSecond: number
  /** Marks this run in the quotes' ids: ids must not come again after a restart. */
  readonly startMs: number
  /** Event time of the first jump. */
  readonly firstJumpMs: number
}

/** Symbols take turns, one quote each. */
export interface SimulatedMarket {
  /** The next quote. Timestamps must not go back. */
  next(timestamp: EpochMs): Quote
}

/** Opens a market. */
export function simulatedMarket(options: MarketOptions): SimulatedMarket {
  const random = seededRandom(options.seed)
  const stepSeconds = options.symbols.length / options.quotesPerSecond
  const walk = { decay: Math.exp(-stepSeconds / REVERSION_SECONDS), deviation: VOLATILITY * Math.sqrt(stepSeconds) }
  let session = usSessionAt(options.startMs)
  const stocks = options.symbols.map((symbol) => openStock(symbol, { seed: options.seed, session, stepSeconds }))
  const run = options.startMs.toString(36)
  let nextJumpMs = options.firstJumpMs
  let count = 0
  return {
    next(timestamp) {
      if (timestamp >= session.until) session = enterSession(stocks, session, timestamp)
      const stock = stocks[count % stocks.length] as Stock
      count++
      stock.deviation = stock.deviation * walk.decay + walk.deviation * aboutNormal(random)
      if (timestamp >= nextJumpMs) {
        stock.deviation += jump(stock.deviation, random)
        nextJumpMs = timestamp + JUMP_PAUSE_MIN_MS + random() * JUMP_PAUSE_SPAN_MS
      }
      return trade(stock, { timestamp, id: `${run}-${count}`, random })
    },
  }
}

/** One symbol's state; `deviation` is the logarithm of price / level. */
interface Stock {
  readonly symbol: string
  readonly level: number
  deviation: number
  price: number
  dayVolume: number
  previousClose: number
}

/** About 36 % a year: the deviation of a second's logarithmic return. */
const VOLATILITY = 0.00015
/** How long a deviation lasts: prices come back to their level. */
const REVERSION_SECONDS = 600
/** Jumps are large enough for the built-in 2 % rule whatever the walk did meanwhile. */
const JUMP_MIN = 0.025
const JUMP_SPAN = 0.012
const JUMP_PAUSE_MIN_MS = 30_000
const JUMP_PAUSE_SPAN_MS = 60_000
/** Beyond this a jump leads back. */
const DEVIATION_FAR = 0.015
const SIZE_MEAN = 100

/** About where these stood in autumn 2025, so that the screen looks familiar. */
const LEVELS: Readonly<Record<string, number>> = {
  AAPL: 277,
  GOOGL: 320,
  MSFT: 486,
  AMZN: 232,
  TSLA: 430,
  NVDA: 181,
  META: 640,
}

function openStock(symbol: string, at: { seed: number; session: UsSession; stepSeconds: number }): Stock {
  const random = seededRandom(seedOf(at.seed, symbol))
  const level = LEVELS[symbol] ?? 20 + Math.floor(random() * 480)
  const price = cents(level)
  // As if it had traded since midnight at this rate: after a restart the volume goes on about where it was.
  const dayVolume = Math.floor((at.session.sinceMidnightMs / 1000 / at.stepSeconds) * SIZE_MEAN)
  return { symbol, level, deviation: 0, price, dayVolume, previousClose: cents(level * (0.994 + random() * 0.012)) }
}

function enterSession(stocks: readonly Stock[], before: UsSession, timestamp: number): UsSession {
  const session = usSessionAt(timestamp)
  if (session.date === before.date) return session
  for (const stock of stocks) {
    stock.previousClose = stock.price
    stock.dayVolume = 0
  }
  return session
}

function jump(deviation: number, random: () => number): number {
  const size = JUMP_MIN + random() * JUMP_SPAN
  const up = random() < 0.5
  if (deviation > DEVIATION_FAR) return -size
  return deviation < -DEVIATION_FAR || up ? size : -size
}

function trade(stock: Stock, facts: { timestamp: EpochMs; id: string; random: () => number }): Quote {
  const { random } = facts
  const price = cents(stock.level * Math.exp(stock.deviation))
  const halfSpread = Math.max(0.01, price * 0.0001)
  const size = 1 + Math.floor(-Math.log(1 - random()) * SIZE_MEAN)
  stock.price = price
  stock.dayVolume += size
  return {
    symbol: stock.symbol,
    price,
    timestamp: facts.timestamp,
    id: facts.id,
    size,
    dayVolume: stock.dayVolume,
    bid: Math.max(0.01, cents(price - halfSpread)),
    ask: cents(price + halfSpread),
    bidSize: 1 + Math.floor(random() * 9),
    askSize: 1 + Math.floor(random() * 9),
    currency: 'USD',
    exchange: 'SIM',
    marketState: 'REGULAR',
    previousClose: stock.previousClose,
    source: 'simulator',
    extra: null,
  }
}

function cents(price: number): number {
  return Math.max(0.01, Math.round(price * 100) / 100)
}
