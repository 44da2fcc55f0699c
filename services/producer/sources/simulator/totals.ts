// What is traded in one simulated trading day of one exchange, and the totals that its quotes tell. Symbols take turns,
// so a turn's number in the day is its round and its symbol. A total follows from that number alone: no sum has to be
// kept, and a market that goes on goes on with the same totals.

import { numberAt, seedOf } from '#services/producer/sources/simulator/seeded_random'

/** What goes wrong with totals, by the share of quotes at which it does. */
export interface TotalFaults {
  /** The total begins anew from 0 within its day. */
  readonly restart: number
  /** The total is a little lower for a while. */
  readonly correction: number
}

export const NO_TOTAL_FAULTS: TotalFaults = { restart: 0, correction: 0 }

/** What a quote says of volume; null: it says nothing. */
export interface Traded {
  /** Units traded in the day, up to and with the quote. */
  readonly dayVolume: number | null
  /** Units of the quote's own trade. */
  readonly size: number | null
}

/** The totals of a day by the number of the turn, from 0 at the first turn of the day's regular trading. */
export interface DayTotals {
  /** The total as the feed tells it, with its faults; null before the symbol's first turn. */
  totalAt(turn: number): number | null
  /** Total and size of a trade. A size that does not agree with the growth of the total is left out. */
  tradedAt(turn: number): Traded
}

/** The mean of a trade, in units. */
export const SIZE_MEAN = 100
/** What a correction takes off, and the number of a symbol's quotes for which it does. */
export const CORRECTION_UNITS = 3 * SIZE_MEAN
export const CORRECTION_QUOTES = 20
/** Below this share of the total a correction would look like a restart. */
const CORRECTION_SHARE_MAX = 0.1

/** The totals of a day. `symbols` take turns in it. */
export function dayTotals(day: {
  readonly seed: number
  readonly symbols: number
  readonly faults: TotalFaults
}): DayTotals {
  const { symbols, faults } = day
  const restarts = strikes(faults.restart, seedOf(day.seed, 'restarts'))
  const corrections = strikes(faults.correction, seedOf(day.seed, 'corrections'))
  const isFaulty = faults.restart > 0 || faults.correction > 0
  // A straight line, and a random number of up to one mean below it.
  const traded = (turn: number) =>
    SIZE_MEAN * (Math.floor(turn / symbols) + 1) - Math.floor(numberAt(day.seed, turn) * SIZE_MEAN)
  const told = (turn: number) => {
    if (!isFaulty) return traded(turn)
    const round = Math.floor(turn / symbols)
    const symbol = turn % symbols
    const restart = restarts.last(round, symbol)
    const total = traded(turn) - (restart > 0 ? traded((restart - 1) * symbols + symbol) : 0)
    const correction = corrections.last(round, symbol)
    const isCorrected = correction >= 0 && round < correction + CORRECTION_QUOTES
    return isCorrected && total * CORRECTION_SHARE_MAX > CORRECTION_UNITS ? total - CORRECTION_UNITS : total
  }
  return {
    totalAt: (turn) => (turn < 0 ? null : told(turn)),
    tradedAt(turn) {
      const dayVolume = told(turn)
      const before = turn < symbols ? 0 : traded(turn - symbols)
      const size = traded(turn) - before
      const agrees = !isFaulty || turn < symbols || dayVolume - told(turn - symbols) === size
      return { dayVolume, size: agrees ? size : null }
    },
  }
}

/**
 * A total of the last 24 hours, as crypto's quotes tell it: about the same all the time. It says nothing of what one
 * quote has traded.
 */
export function rollingTotal(
  count: number,
  { seed, symbols, roundsPerDay }: { readonly seed: number; readonly symbols: number; readonly roundsPerDay: number },
): Traded {
  const below = (at: number) => Math.floor(numberAt(seed, at) * SIZE_MEAN)
  const dayVolume = SIZE_MEAN * roundsPerDay - below(count) + below(count - roundsPerDay * symbols)
  return { dayVolume: Math.max(0, dayVolume), size: null }
}

/** Something that strikes a symbol once in each stretch of 1 / share of its quotes. */
function strikes(share: number, seed: number) {
  const length = 1 / share
  return {
    /** The newest round up to this one in which the symbol was struck; below 0 when none was. */
    last(round: number, symbol: number): number {
      if (share <= 0) return -1
      const symbolSeed = (seed + Math.imul(symbol + 1, 0x9e3779b1)) | 0
      const struckIn = (stretch: number) => Math.floor((stretch + numberAt(symbolSeed, stretch)) * length)
      const stretch = Math.floor(round / length)
      const struck = struckIn(stretch)
      if (struck <= round) return struck
      return stretch === 0 ? -1 : struckIn(stretch - 1)
    },
  }
}
