// A window's state: its numbers are a row of an array that many windows share, since a quote changes several of them,
// and 26 numbers in a row take a third of the memory of an object with a box for each, and nothing to collect. Rows are
// given out again (window_pool.ts).

import type { Calendar } from '#calendar/calendar'
import { SESSIONS, type Session, type TradeDate } from '#market/session'
import type { ExactSums } from '#services/stream/windows/exact_sum'
import { NO_ENTRY } from '#services/stream/windows/id_set'
import type { WindowDayVolume } from '#services/stream/windows/volume/day_volume'

/** Later than any watermark. */
export const NEVER = Number.MAX_SAFE_INTEGER

/** Earlier than any event time. */
export const LONG_AGO = -Number.MAX_SAFE_INTEGER

/** The numbers of a row. */
const START = 0
const END = 1
const OPEN = 2
const OPEN_TIME = 3
const CLOSE = 4
const CLOSE_TIME = 5
const HIGH = 6
const LOW = 7
const COUNT = 8
const FIRST_OFFSET = 9
const LAST_OFFSET = 10
const DUE_AT = 11
const REVISION = 12
const COMPLETE = 13
const EMITTED_VOLUME = 14
const HAS_SIZES = 15
/** Each sum takes two (exact_sum.ts). */
const PRICES = 16
const VALUES = 18
const SIZES = 20
const TRADE_DATE = 22
const SESSION = 23
const EMITTED_VWAP = 24
const EMITTED_SINCE = 25

export const WINDOW_NUMBERS = 26

/** The quotes of one symbol in [start, end). */
export class WindowState implements ExactSums {
  readonly numbers: Float64Array
  /** Where its row begins. */
  readonly at: number
  rests: Map<number, number[]> | null = null
  dayVolume: WindowDayVolume | null = null
  /** What told trade date and session; not remembered, since it tells the same again. */
  calendar: Calendar | null = null
  /** The end of the chain of its quotes' ids, to be forgotten with it; NO_ENTRY when there are none. */
  lastId = NO_ENTRY

  constructor(numbers: Float64Array, at: number) {
    this.numbers = numbers
    this.at = at
  }

  /** Makes it a window without quotes. */
  begin(start: number, end: number): void {
    this.numbers.fill(0, this.at, this.at + WINDOW_NUMBERS)
    this.numbers[this.at + START] = start
    this.numbers[this.at + END] = end
    this.openTime = NEVER
    this.closeTime = LONG_AGO
    this.low = Number.MAX_VALUE
    this.firstOffset = NEVER
    this.dueAt = NEVER
    this.revision = -1
    this.emittedVolume = null
    this.emittedVwap = null
    this.emittedSince = null
    this.rests = null
    this.dayVolume = null
    this.calendar = null
    this.lastId = NO_ENTRY
  }

  get start(): number {
    return this.numbers[this.at + START] as number
  }

  get end(): number {
    return this.numbers[this.at + END] as number
  }

  get open(): number {
    return this.numbers[this.at + OPEN] as number
  }

  set open(value: number) {
    this.numbers[this.at + OPEN] = value
  }

  get openTime(): number {
    return this.numbers[this.at + OPEN_TIME] as number
  }

  set openTime(value: number) {
    this.numbers[this.at + OPEN_TIME] = value
  }

  get close(): number {
    return this.numbers[this.at + CLOSE] as number
  }

  set close(value: number) {
    this.numbers[this.at + CLOSE] = value
  }

  get closeTime(): number {
    return this.numbers[this.at + CLOSE_TIME] as number
  }

  set closeTime(value: number) {
    this.numbers[this.at + CLOSE_TIME] = value
  }

  get high(): number {
    return this.numbers[this.at + HIGH] as number
  }

  set high(value: number) {
    this.numbers[this.at + HIGH] = value
  }

  get low(): number {
    return this.numbers[this.at + LOW] as number
  }

  set low(value: number) {
    this.numbers[this.at + LOW] = value
  }

  get count(): number {
    return this.numbers[this.at + COUNT] as number
  }

  set count(value: number) {
    this.numbers[this.at + COUNT] = value
  }

  get firstOffset(): number {
    return this.numbers[this.at + FIRST_OFFSET] as number
  }

  set firstOffset(value: number) {
    this.numbers[this.at + FIRST_OFFSET] = value
  }

  get lastOffset(): number {
    return this.numbers[this.at + LAST_OFFSET] as number
  }

  set lastOffset(value: number) {
    this.numbers[this.at + LAST_OFFSET] = value
  }

  /** The watermark at which its bar is put out, or put out again; NEVER while nothing has changed since. */
  get dueAt(): number {
    return this.numbers[this.at + DUE_AT] as number
  }

  set dueAt(value: number) {
    this.numbers[this.at + DUE_AT] = value
  }

  /** Of the last emission; -1 before the first. */
  get revision(): number {
    return this.numbers[this.at + REVISION] as number
  }

  set revision(value: number) {
    this.numbers[this.at + REVISION] = value
  }

  /** Set when the bar is first emitted. */
  get complete(): boolean {
    return this.numbers[this.at + COMPLETE] === 1
  }

  set complete(value: boolean) {
    this.numbers[this.at + COMPLETE] = value ? 1 : 0
  }

  /**
   * Volume, vwap and what they are measured from, as last emitted: when another window's quote changes them, the bar is
   * emitted again.
   */
  get emittedVolume(): number | null {
    const value = this.numbers[this.at + EMITTED_VOLUME] as number
    return Number.isNaN(value) ? null : value
  }

  set emittedVolume(value: number | null) {
    this.numbers[this.at + EMITTED_VOLUME] = value ?? Number.NaN
  }

  get emittedVwap(): number | null {
    const value = this.numbers[this.at + EMITTED_VWAP] as number
    return Number.isNaN(value) ? null : value
  }

  set emittedVwap(value: number | null) {
    this.numbers[this.at + EMITTED_VWAP] = value ?? Number.NaN
  }

  get emittedSince(): number | null {
    const value = this.numbers[this.at + EMITTED_SINCE] as number
    return Number.isNaN(value) ? null : value
  }

  set emittedSince(value: number | null) {
    this.numbers[this.at + EMITTED_SINCE] = value ?? Number.NaN
  }

  /** The trade date at its start, by the market of the quote that is its close. */
  get tradeDate(): TradeDate {
    return this.numbers[this.at + TRADE_DATE] as number
  }

  set tradeDate(value: TradeDate) {
    this.numbers[this.at + TRADE_DATE] = value
  }

  /** The session at its start, by the same market. */
  get session(): Session {
    return SESSIONS[this.numbers[this.at + SESSION] as number] as Session
  }

  set session(value: Session) {
    this.numbers[this.at + SESSION] = SESSIONS.indexOf(value)
  }

  /** The quote that is its close now comes from this market. */
  setMarket(calendar: Calendar): void {
    const span = calendar.spanAt(this.start)
    this.calendar = calendar
    this.tradeDate = span.tradeDate
    this.session = span.session
  }

  /** Whether any of its quotes has a size, so that `values` and `sizes` are sums of something. */
  get hasSizes(): boolean {
    return this.numbers[this.at + HAS_SIZES] === 1
  }

  set hasSizes(value: boolean) {
    this.numbers[this.at + HAS_SIZES] = value ? 1 : 0
  }

  /** The place of the sum of prices; those of price times size, and of sizes. */
  get prices(): number {
    return this.at + PRICES
  }

  get values(): number {
    return this.at + VALUES
  }

  get sizes(): number {
    return this.at + SIZES
  }
}
