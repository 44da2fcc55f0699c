// The line of today, by symbol number: the last price of each of at most 60 equal steps. The steps begin at 5 s and
// double when the day does not fit any more, so a line has never less than half of its points.

import { DAY_MS, type EpochMs, SECOND_MS } from '#runtime/units'
import { LINE_POINTS_MAX } from '#services/web/live/limits'

const STEP_MIN_MS = 5 * SECOND_MS

/** In place of a price: there was none. Prices are above 0. */
const NONE = 0

/** A line is drawn with a few dozen pixels. */
const DIGITS = 6

/** The lines of all symbols. */
export class DayLines {
  readonly #points: Float64Array
  /** Where the first step begins; 0 before the first price. */
  readonly #firsts: Float64Array
  readonly #steps: Float64Array

  constructor(symbolsMax: number) {
    this.#points = new Float64Array(symbolsMax * LINE_POINTS_MAX)
    this.#firsts = new Float64Array(symbolsMax)
    this.#steps = new Float64Array(symbolsMax)
  }

  /** Takes the newest price. A price of a later day begins a new line; one from before the line is left out. */
  add(symbol: number, time: number, price: number): void {
    const first = this.#firsts[symbol] as number
    if (first === 0 || dayOf(time) > dayOf(first)) this.#begin(symbol, time)
    else if (time < first) return
    this.#points[symbol * LINE_POINTS_MAX + this.#stepAt(symbol, time)] = price
  }

  /** Puts prices of the past before what is there. */
  prepend(symbol: number, line: readonly (readonly [time: EpochMs, price: number])[]): void {
    const own = this.#times(symbol)
    const until = own[0]?.[0] ?? Number.POSITIVE_INFINITY
    this.#firsts[symbol] = 0
    for (const [time, price] of [...line.filter(([time]) => time < until), ...own]) this.add(symbol, time, price)
  }

  /** The line up to now; empty when the symbol has no price of that day. */
  line(symbol: number, now: number): (number | null)[] {
    const first = this.#firsts[symbol] as number
    if (first === 0 || dayOf(first) !== dayOf(now)) return []
    const last = now < first ? 0 : this.#stepAt(symbol, now)
    const start = symbol * LINE_POINTS_MAX
    const points = this.#points.subarray(start, start + last + 1)
    return Array.from(points, (price) => (price === NONE ? null : Number(price.toPrecision(DIGITS))))
  }

  #begin(symbol: number, time: number): void {
    this.#points.fill(NONE, symbol * LINE_POINTS_MAX, (symbol + 1) * LINE_POINTS_MAX)
    this.#firsts[symbol] = time - (time % STEP_MIN_MS)
    this.#steps[symbol] = STEP_MIN_MS
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

function dayOf(time: number): number {
  return Math.floor(time / DAY_MS)
}
