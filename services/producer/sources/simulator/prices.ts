// Simulated prices: a walk about a level per symbol, and now and then a jump that lasts for a while, so that there is
// something to alert on. A price follows from seed, symbol and market time alone, so that a market can go on at any
// point without having kept anything, and without a jump that is not its own.

import { numberAt, seedOf } from '#services/producer/sources/simulator/seeded_random'

/** Where a symbol stands without its walk. */
export interface PriceLevel {
  readonly level: number
  readonly walkSeed: number
}

/** A jump: for a time one symbol stands higher or lower. Times are market seconds. */
export interface Jump {
  readonly start: number
  readonly end: number
  /** Of the price's logarithm. */
  readonly size: number
}

/** The level of a symbol. */
export function priceLevel(seed: number, symbol: string): PriceLevel {
  const walkSeed = seedOf(seed, symbol)
  return { level: LEVELS[symbol] ?? 20 + Math.floor(numberAt(walkSeed, -1) * 480), walkSeed }
}

/**
 * The logarithm of price / level: straight lines between random points, the closer together, the smaller. About 36 % a
 * year within ten minutes, and never more than 1.2 % away from the level.
 */
export function walkAt(walkSeed: number, seconds: number): number {
  let sum = 0
  let period = 1
  for (let octave = 0; octave < OCTAVES; octave++) {
    const cell = Math.floor(seconds / period)
    const within = seconds / period - cell
    // Each octave draws from a stretch of indexes of its own.
    const from = numberAt(walkSeed + octave, cell)
    const to = numberAt(walkSeed + octave, cell + 1)
    sum += Math.sqrt(period) * (2 * (from + (to - from) * within) - 1)
    period *= 2
  }
  return VOLATILITY * sum
}

/** The jump that is under way at a market time, or the last one before it. The first one begins at `first`. */
export function jumpAt(seed: number, seconds: number, first: number): Jump {
  const number = Math.max(0, Math.floor((seconds - first + JUMP_JITTER_S) / JUMP_PERIOD_S))
  const jumpSeed = seedOf(seed, 'jumps')
  const jitter = number === 0 ? 0 : (2 * numberAt(jumpSeed, 4 * number) - 1) * JUMP_JITTER_S
  const start = first + number * JUMP_PERIOD_S + jitter
  const size = JUMP_MIN + numberAt(jumpSeed, 4 * number + 1) * JUMP_SPAN
  return {
    start,
    end: start + JUMP_LASTS_MIN_S + numberAt(jumpSeed, 4 * number + 2) * JUMP_LASTS_SPAN_S,
    size: numberAt(jumpSeed, 4 * number + 3) < 0.5 ? size : -size,
  }
}

/** The deviation of a second's logarithmic return. */
const VOLATILITY = 0.00015
/** Points of a walk are 1 s, 2 s, ... 512 s apart. */
const OCTAVES = 10

/** One jump in each period, over before the next can begin. */
const JUMP_PERIOD_S = 120
const JUMP_JITTER_S = 15
const JUMP_LASTS_MIN_S = 30
const JUMP_LASTS_SPAN_S = 60
/** Large enough for the built-in 2 % rule whatever the walk does meanwhile. */
const JUMP_MIN = 0.032
const JUMP_SPAN = 0.012

/** About where these stood in autumn 2025, so that the screen looks familiar. */
const LEVELS: Readonly<Record<string, number>> = {
  AAPL: 277,
  GOOGL: 320,
  MSFT: 486,
  AMZN: 232,
  TSLA: 430,
  NVDA: 181,
  META: 640,
  '0700.HK': 610,
  '7203.T': 3_100,
  'VOD.L': 93,
  'SAP.DE': 210,
  'RELIANCE.NS': 1_550,
  'ES=F': 6_800,
  'EURUSD=X': 1.16,
  'BTC-USD': 91_000,
}
