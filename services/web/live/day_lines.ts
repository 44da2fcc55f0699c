// The line of the trading day, by symbol number: the last price of each of at most 60 equal steps. The steps begin at
// 5 s and double when the day does not fit any more, so a line has never less than half of its points.

import { type EpochMs, SECOND_MS } from '#runtime/units'
import { LINE_POINTS_MAX } from '#services/web/live/limits'
import type { TradingDay } from '#services/web/sessions/trading_day'

const STEP_MIN_MS = 5 * SECOND_MS

/** In place of a price: there was none. Prices are above 0. */
const NONE = 0

/** A line is drawn with a few dozen pixels. */
const DIGITS = 6

/** The trading day that a time belongs to in a symbol's market. */
export type DayOfSymbol = (symbol: number, time: number) => Pick<TradingDay, 'end' | 'until'>

/** The lines of all symbols. */
export class DayLines {
  readonly #dayOf: DayOfSymbol
  readonly #points: Float64Array
  /** Where the first step begins; 0 before the first price. */
  readonly #firsts: Float64Array
  readonly #steps: Float64Array
  /** When the line's day has had its last session, or its last price, and when the next day begins. */
  readonly #ends: Float64Array
  readonly #untils: Float64Array

  constructor(symbolsMax: number, dayOf: DayOfSymbol) {
    this.#dayOf = dayOf
    this.#points = new Float64Array(symbolsMax * LINE_POINTS_MAX)
    this.#firsts = new Float64Array(symbolsMax)
    this.#steps = new Float64Array(symbolsMax)
    this.#ends = new Float64Array(symbolsMax)
    this.#untils = new Float64Array(symbolsMax)
  }

  /** Takes the newest price. A price of a later day begins a new line; one from before the line is left out. */
  add(symbol: number, time: number, price: number): void {
    const first = this.#firsts[symbol] as number
    if (first === 0 || time >= (this.#untils[symbol] as number)) this.#begin(symbol, time)
    else if (time < first) return
    if (time > (this.#ends[symbol] as number)) this.#ends[symbol] = time
    this.#points[symbol * LINE_POINTS_MAX + this.#stepAt(symbol, time)] = price
  }

  /** Puts prices of the past before what is there. */
  prepend(symbol: number, line: readonly (readonly [time: EpochMs, price: number])[]): void {
    const own = this.#times(symbol)
    const until = own[0]?.[0] ?? Number.POSITIVE_INFINITY
    this.#firsts[symbol] = 0
    for (const [time, price] of [...line.filter(([time]) => time < until), ...own]) this.add(symbol, time, price)
  }

  /** The line up to now, or to the end of the day's sessions; empty when the symbol has no price of that day. */
  line(symbol: number, now: number): (number | null)[] {
    const first = this.#firsts[symbol] as number
    if (first === 0 || now >= (this.#untils[symbol] as number)) return []
    const end = Math.min(now, this.#ends[symbol] as number)
    const last = end < first ? 0 : this.#stepAt(symbol, end)
    const start = symbol * LINE_POINTS_MAX
    const line: (number | null)[] = []
    for (let at = start; at <= start + last; at++) {
      const price = this.#points[at] as number
      line.push(price === NONE ? null : rounded(price))
    }
    return line
  }

  #begin(symbol: number, time: number): void {
    this.#points.fill(NONE, symbol * LINE_POINTS_MAX, (symbol + 1) * LINE_POINTS_MAX)
    this.#firsts[symbol] = time - (time % STEP_MIN_MS)
    this.#steps[symbol] = STEP_MIN_MS
    const { end, until } = this.#dayOf(symbol, time)
    this.#ends[symbol] = end
    this.#untils[symbol] = until
  }

  /** The number of the step that a time lies in, after the steps were made long enough for it. */
  #stepAt(symbol: number, time: number): number {
    const since = time - (this.#firsts[symbol] as number)
    while (since >= (this.#steps[symbol] as number) * LINE_POINTS_MAX) this.#doubleSteps(symbol)
    return Math.floor(since / (this.#steps[symbol] as number))
  }

  #doubleSteps(symbol: number): void {
    const points = this.#points
    const start = symbol * LINE_POINTS_MAX
    for (let step = 0; step < LINE_POINTS_MAX; step++) {
      const [earlier, later] = [start + step * 2, start + step * 2 + 1]
      const isWithin = step * 2 < LINE_POINTS_MAX
      points[start + step] = isWithin ? (points[later] as number) || (points[earlier] as number) : NONE
    }
    this.#steps[symbol] = (this.#steps[symbol] as number) * 2
  }

  #times(symbol: number): (readonly [time: EpochMs, price: number])[] {
    const [first, step] = [this.#firsts[symbol] as number, this.#steps[symbol] as number]
    if (first === 0) return []
    const points = this.#points.subarray(symbol * LINE_POINTS_MAX, (symbol + 1) * LINE_POINTS_MAX)
    return Array.from(points, (price, at) => [(first + at * step) as EpochMs, price] as const).filter(
      ([, price]) => price !== NONE,
    )
  }
}

const POWERS_OF_TEN = Array.from({ length: 12 }, (_, exponent) => Number(`1e${exponent}`))

/** How far from a half a product of doubles must be for its rounding to be that of the decimal number. */
const CLEAR_OF_HALF = 1e-6

/** `Number(price.toPrecision(DIGITS))`, which takes five times as long: that is asked only where this cannot tell. */
function rounded(price: number): number {
  const power = POWERS_OF_TEN[DIGITS - 1 - Math.floor(Math.log10(price))]
  const scaled = price * (power ?? Number.NaN)
  const whole = Math.round(scaled)
  if (power !== undefined && Math.abs(scaled - whole) < 0.5 - CLEAR_OF_HALF) return whole / power
  return Number(price.toPrecision(DIGITS))
}
