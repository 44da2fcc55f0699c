// The bar that is still open, by symbol number: what the quotes of the newest window come to. It is for looking at:
// duplicates count, and late quotes do not; the closed bar out of its topic replaces it.

import type { Calendar } from '#calendar/calendar'
import type { QuoteView } from '#market/decoding/quote_view'
import type { EpochMs } from '#runtime/units'
import type { BarRow } from '#services/web/api'

/** In place of a day volume: none is known. */
const UNKNOWN = -1

/** The revision of a bar that is not closed. */
export const FORMING_REVISION = -1

/** Where a symbol's numbers stand in its row. */
const START = 0
const OPEN = 1
const HIGH = 2
const LOW = 3
const CLOSE = 4
const OPEN_TIME = 5
const CLOSE_TIME = 6
const SUM = 7
const COUNT = 8
/** Of sizes; and each times its price. */
const VOLUME = 9
const TURNOVER = 10
/** Quotes that came with a size. */
const SIZED = 11
/** Of the rises of the day volume; and each times its price. */
const DAY_RISE = 12
const DAY_TURNOVER = 13
/** Quotes that came with a day volume alone: what sizes come to is short of them. */
const UNSIZED = 14
/** Day volumes: before the window, and the highest. */
const DAY_BASE = 15
const DAY_MAX = 16
/** Windows that begin before this are closed. */
const CLOSED_TO = 17
const FIELDS = 18

/** A bar as its quotes tell it. */
export type FormingBar = Omit<BarRow, 'origin' | 'session' | 'tradeDate'>

/** The forming bars of all symbols. */
export class FormingBars {
  readonly #intervalMs: number
  readonly #rows: Float64Array

  constructor(symbolsMax: number, intervalMs: number) {
    this.#intervalMs = intervalMs
    this.#rows = new Float64Array(symbolsMax * FIELDS)
  }

  /**
   * Adds a quote. False when it belongs to no open window, or to an older one. Totals that roll tell no volume. On the
   * hot path.
   */
  add(symbol: number, quote: QuoteView, totals: Calendar['totals'] = 'trading_day'): boolean {
    const row = symbol * FIELDS
    const { price, timestamp } = quote
    const start = timestamp - (timestamp % this.#intervalMs)
    if (start < this.#at(row + START) || start < this.#at(row + CLOSED_TO)) return false
    if (start > this.#at(row + START)) this.#begin(row, start)
    this.#addPrice(row, price, timestamp)
    const { size, dayVolume } = quote
    if (size !== null) this.#addSize(row, price, size)
    if (dayVolume === null || totals === 'rolling') return true
    if (size === null) this.#rows[row + UNSIZED] = this.#at(row + UNSIZED) + 1
    this.#addDayVolume(row, price, dayVolume)
    return true
  }

  /** A closed bar has come: what forms of it, or of one before it, is over. True when that was there. */
  close(symbol: number, windowEnd: number): boolean {
    const row = symbol * FIELDS
    const wasOpen = this.#isOpen(row)
    if (windowEnd > this.#at(row + CLOSED_TO)) this.#rows[row + CLOSED_TO] = windowEnd
    return wasOpen && !this.#isOpen(row)
  }

  /** The bar; null when there is none. */
  bar(symbol: number): FormingBar | null {
    const row = symbol * FIELDS
    if (!this.#isOpen(row)) return null
    const windowStart = this.#at(row + START)
    const volume = this.#volume(row)
    const turnover = this.#at(row + (this.#goesBySizes(row) ? TURNOVER : DAY_TURNOVER))
    return {
      windowStart: windowStart as EpochMs,
      windowEnd: (windowStart + this.#intervalMs) as EpochMs,
      open: this.#at(row + OPEN),
      high: this.#at(row + HIGH),
      low: this.#at(row + LOW),
      close: this.#at(row + CLOSE),
      average: this.#at(row + SUM) / this.#at(row + COUNT),
      vwap: volume === null || volume === 0 ? null : turnover / volume,
      volume,
      count: this.#at(row + COUNT),
      revision: FORMING_REVISION,
      complete: true,
    }
  }

  #at(place: number): number {
    return this.#rows[place] as number
  }

  #isOpen(row: number): boolean {
    return this.#at(row + COUNT) > 0 && this.#at(row + START) >= this.#at(row + CLOSED_TO)
  }

  #begin(row: number, start: number): void {
    const rows = this.#rows
    const wasEmpty = this.#at(row + COUNT) === 0
    rows[row + DAY_BASE] = wasEmpty ? UNKNOWN : this.#at(row + DAY_MAX)
    if (wasEmpty) rows[row + DAY_MAX] = UNKNOWN
    rows.fill(0, row + START, row + DAY_BASE)
    rows[row + START] = start
    rows[row + OPEN_TIME] = Number.POSITIVE_INFINITY
    rows[row + LOW] = Number.POSITIVE_INFINITY
  }

  #addPrice(row: number, price: number, timestamp: number): void {
    const rows = this.#rows
    if (timestamp < this.#at(row + OPEN_TIME)) {
      rows[row + OPEN_TIME] = timestamp
      rows[row + OPEN] = price
    }
    if (timestamp >= this.#at(row + CLOSE_TIME)) {
      rows[row + CLOSE_TIME] = timestamp
      rows[row + CLOSE] = price
    }
    if (price > this.#at(row + HIGH)) rows[row + HIGH] = price
    if (price < this.#at(row + LOW)) rows[row + LOW] = price
    rows[row + SUM] = this.#at(row + SUM) + price
    rows[row + COUNT] = this.#at(row + COUNT) + 1
  }

  #addSize(row: number, price: number, size: number): void {
    const rows = this.#rows
    rows[row + SIZED] = this.#at(row + SIZED) + 1
    rows[row + VOLUME] = this.#at(row + VOLUME) + size
    rows[row + TURNOVER] = this.#at(row + TURNOVER) + price * size
  }

  /** A total that has fallen far is that of a new day, of which nothing is known before this quote. */
  #addDayVolume(row: number, price: number, dayVolume: number): void {
    const rows = this.#rows
    const highest = this.#at(row + DAY_MAX)
    if (dayVolume < highest / 2) rows[row + DAY_BASE] = UNKNOWN
    else if (dayVolume <= highest) return
    rows[row + DAY_MAX] = dayVolume
    if (this.#at(row + DAY_BASE) === UNKNOWN) return
    const rise = dayVolume - highest
    rows[row + DAY_RISE] = this.#at(row + DAY_RISE) + rise
    rows[row + DAY_TURNOVER] = this.#at(row + DAY_TURNOVER) + price * rise
  }

  #goesBySizes(row: number): boolean {
    return this.#at(row + SIZED) > 0 && this.#at(row + UNSIZED) === 0
  }

  #volume(row: number): number | null {
    if (this.#goesBySizes(row)) return this.#at(row + VOLUME)
    const isKnown = this.#at(row + DAY_BASE) !== UNKNOWN && this.#at(row + DAY_MAX) !== UNKNOWN
    return isKnown ? this.#at(row + DAY_RISE) : null
  }
}
