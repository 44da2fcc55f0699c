// Every symbol as it stands now, in columns by the symbol's number. Each change is marked with the tick in which it
// came: whoever has been told all up to a tick asks for what is marked later. Nothing is made for a quote; its numbers
// go from the decoder's view into the columns. Times never go back: the newest quote is the one of the latest event.

import type { Calendar, Calendars } from '#calendar/calendar'
import type { QuoteView } from '#market/decoding/quote_view'
import { NO_SYMBOL_NUMBER } from '#market/decoding/quote_view'
import { type TradeDate, tradeDateText } from '#market/session'
import type { EpochMs } from '#runtime/units'
import type { BarRow, QuoteRow, SymbolRow } from '#services/web/api'
import { DayLines } from '#services/web/live/day_lines'
import { FormingBars } from '#services/web/live/forming_bars'
import { FOLLOWED_MS_MAX, MOVED_AT_ONCE_MAX } from '#services/web/live/limits'
import { QuoteRates, RATE_STEP_MS } from '#services/web/live/quote_rates'
import type { SeedQuote } from '#services/web/live/seam'
import { MarketStates } from '#services/web/sessions/market_states'
import { tradingDayAt } from '#services/web/sessions/trading_day'

/** Of a symbol that there is no room for. */
export const NO_ROOM = -1

/** Texts of a symbol that come with a quote and seldom change. */
const WORDS = ['currency', 'exchange', 'marketState', 'source'] as const

type Word = (typeof WORDS)[number]

/** The field of a quote that names its exchange's zone, as Yahoo calls it. */
const ZONE_FIELD = 'exchangeTimezoneName'

/** How large a board is. */
export interface BoardOptions {
  readonly symbolsMax: number
  readonly barIntervalMs: number
  readonly calendars: Calendars
}

/** All symbols. */
export class SymbolBoard {
  readonly #symbolsMax: number
  readonly #symbols: string[] = []
  readonly #numbers = new Map<string, number>()
  /** Our numbers by the decoder's, plus one; 0: not met yet. */
  #ours = new Int32Array(1_024)
  readonly #prices: Float64Array
  readonly #eventTimes: Float64Array
  /** 0: not known. */
  readonly #previousCloses: Float64Array
  readonly #words: Readonly<Record<Word, (string | null)[]>> = {
    currency: [],
    exchange: [],
    marketState: [],
    source: [],
  }
  /** How many alerts there were on the last trade date that had any. */
  readonly #alerts: Uint32Array
  readonly #alertDates: Float64Array
  readonly #calendars: Calendars
  readonly #states = new MarketStates()
  /** Zones that quotes name, by symbol. */
  readonly #zones = new Map<number, string>()
  /** The number of each symbol's market. */
  readonly #markets: Uint16Array
  readonly #rates: QuoteRates
  readonly #lines: DayLines
  readonly #forming: FormingBars
  /** The tick of the last change: of price or rate, of anything else, of the forming bar. */
  readonly #quoteTicks: Float64Array
  readonly #rowTicks: Float64Array
  readonly #formingTicks: Float64Array
  #rateStep = 0
  /** Markets that do something else now, and the first symbol that may have to be marked for it. */
  readonly #moved = new Set<number>()
  #nextMoved = 0
  /** The symbol of the newest quote of all. */
  #newest = NO_ROOM
  /** What changes now is marked with it. */
  tick = 1
  /** Quotes of symbols that there was no room for. */
  quotesWithoutRoom = 0

  constructor({ symbolsMax, barIntervalMs, calendars }: BoardOptions) {
    this.#symbolsMax = symbolsMax
    this.#calendars = calendars
    this.#markets = new Uint16Array(symbolsMax)
    this.#prices = new Float64Array(symbolsMax)
    this.#eventTimes = new Float64Array(symbolsMax)
    this.#previousCloses = new Float64Array(symbolsMax)
    this.#alerts = new Uint32Array(symbolsMax)
    this.#alertDates = new Float64Array(symbolsMax)
    this.#rates = new QuoteRates(symbolsMax)
    this.#lines = new DayLines(symbolsMax, (symbol, time) => tradingDayAt(this.#calendarAt(symbol), time))
    this.#forming = new FormingBars(symbolsMax, barIntervalMs)
    this.#quoteTicks = new Float64Array(symbolsMax)
    this.#rowTicks = new Float64Array(symbolsMax)
    this.#formingTicks = new Float64Array(symbolsMax)
  }

  /** How many there are; their numbers are below. */
  get count(): number {
    return this.#symbols.length
  }

  /** The symbol's number; undefined when nothing is known of it. */
  numberOf(symbol: string): number | undefined {
    return this.#numbers.get(symbol)
  }

  /** Of the newest quote of all; null before the first one. */
  newestQuote(): Pick<SymbolRow, 'eventTime' | 'source' | 'marketState'> | null {
    const symbol = this.#newest
    if (symbol === NO_ROOM) return null
    const [source = null, marketState = null] = [this.#words.source[symbol], this.#words.marketState[symbol]]
    return { eventTime: this.#eventTimes[symbol] as EpochMs, source, marketState }
  }

  /** Takes a quote. On the hot path. */
  quote(quote: QuoteView, ingestTime: EpochMs): void {
    const symbol = this.#numberOfQuote(quote)
    if (symbol === NO_ROOM) {
      this.quotesWithoutRoom++
      return
    }
    const { price, timestamp } = quote
    this.#rates.add(symbol, ingestTime)
    this.#quoteTicks[symbol] = this.tick
    const { totals } = this.#calendarAt(symbol)
    if (this.#forming.add(symbol, quote, totals)) this.#formingTicks[symbol] = this.tick
    if (timestamp < (this.#eventTimes[symbol] as number)) return
    this.#prices[symbol] = price
    this.#eventTimes[symbol] = timestamp
    this.#takeDetails(symbol, quote)
    this.#lines.add(symbol, timestamp, price)
    this.#seeNewest(symbol)
  }

  /** The calendar of the symbol's market; of one that nothing is known of, as well as its name tells. */
  calendarOf(symbol: string): Calendar {
    const number = this.#numbers.get(symbol)
    if (number !== undefined) return this.#calendarAt(number)
    return this.#calendars.of({ symbol, exchange: null, zone: null })
  }

  /**
   * Those of all symbols' markets: few, however many symbols there are. One that was not heard for long, while others
   * were, is followed no more.
   */
  calendars(): readonly Calendar[] {
    const since = (this.#eventTimes[this.#newest] ?? 0) - FOLLOWED_MS_MAX
    const numbers = new Set<number>()
    for (let symbol = 0; symbol < this.count; symbol++) {
      if ((this.#eventTimes[symbol] as number) >= since) numbers.add(this.#markets[symbol] as number)
    }
    return Array.from(numbers, (number) => this.#states.of(number).calendar)
  }

  /** A bar of the symbol is closed: it forms no more, even if its quotes are read after it. */
  closedBar(symbol: string, windowEnd: number): void {
    const number = this.#numberOf(symbol)
    if (number !== NO_ROOM && this.#forming.close(number, windowEnd)) this.#formingTicks[number] = this.tick
  }

  /** Counts alerts of a time; those of an older trading day than the newest count for nothing. */
  countAlerts(symbol: string, { eventTime, count = 1 }: { eventTime: number; count?: number }): void {
    const number = this.#numberOf(symbol)
    if (number === NO_ROOM) return
    const date = this.#calendarAt(number).spanAt(eventTime).tradeDate
    const before = this.#alertDates[number] as number
    if (date < before) return
    this.#alerts[number] = (date === before ? (this.#alerts[number] as number) : 0) + count
    this.#alertDates[number] = date
    this.#rowTicks[number] = this.tick
  }

  /** Counts alerts anew. */
  clearAlerts(): void {
    this.#alertDates.fill(0, 0, this.count)
  }

  /** Takes what the tables know of a symbol; what is newer here stays. */
  seed(seed: SeedQuote): void {
    const number = this.#numberOf(seed.symbol)
    if (number === NO_ROOM) return
    this.#rowTicks[number] = this.tick
    const isNewer = seed.eventTime > (this.#eventTimes[number] as number)
    for (const word of WORDS) {
      if (isNewer || this.#words[word][number] === null) this.#setWord(word, number, seed[word])
    }
    this.#lines.prepend(number, seed.line)
    if (isNewer) {
      this.#prices[number] = seed.price
      this.#eventTimes[number] = seed.eventTime
      this.#lines.add(number, seed.eventTime, seed.price)
      this.#seeNewest(number)
    }
    if (this.#previousCloses[number] === 0 || isNewer) this.#previousCloses[number] = seed.previousClose ?? 0
  }

  /** Puts what the tables know of the day's line before what is here. */
  prependLine(symbol: string, line: SeedQuote['line']): void {
    const number = this.#numbers.get(symbol)
    if (number === undefined) return
    this.#lines.prepend(number, line)
    this.#rowTicks[number] = this.tick
  }

  /** Time has gone on: markets open and close, a new day has no alerts yet, and rates fall without a quote. */
  moveTo(now: EpochMs): void {
    this.#markMoved(this.#states.moveTo(now))
    const step = Math.floor(now / RATE_STEP_MS)
    if (step === this.#rateStep) return
    for (let symbol = 0; symbol < this.count; symbol++) {
      const before = this.#rates.perMinute(symbol, this.#rateStep * RATE_STEP_MS)
      if (before !== 0 && before !== this.#rates.perMinute(symbol, now)) this.#quoteTicks[symbol] = this.tick
    }
    this.#rateStep = step
  }

  /** Numbers of the symbols of which more than the price has changed since the tick; of those that have a price. */
  rowsAfter(tick: number): number[] {
    return numbersAfter(this.#rowTicks, this.count, tick).filter((each) => this.#prices[each] !== 0)
  }

  /** Numbers of the symbols of which nothing but price or rate has changed since the tick. */
  quotesAfter(tick: number): number[] {
    return numbersAfter(this.#quoteTicks, this.count, tick).filter((each) => (this.#rowTicks[each] as number) <= tick)
  }

  row(symbol: number, now: EpochMs): SymbolRow {
    const previousClose = this.#previousCloses[symbol] as number
    const { calendar, session, opensAt, day } = this.#states.of(this.#markets[symbol] as number)
    return {
      symbol: this.#symbols[symbol] as string,
      price: this.#prices[symbol] as number,
      eventTime: this.#eventTimes[symbol] as EpochMs,
      previousClose: previousClose === 0 ? null : previousClose,
      currency: this.#words.currency[symbol] ?? null,
      exchange: this.#words.exchange[symbol] ?? null,
      marketState: this.#words.marketState[symbol] ?? null,
      source: this.#words.source[symbol] ?? null,
      quotesPerMinute: this.#rates.perMinute(symbol, now),
      alertsToday: this.#alertsOf(symbol, day.date),
      spark: this.#lines.line(symbol, now),
      zone: calendar.zone,
      session,
      opensAt,
    }
  }

  quoteRow(symbol: number, now: EpochMs): QuoteRow {
    const eventTime = this.#eventTimes[symbol] as EpochMs
    return [
      this.#symbols[symbol] as string,
      this.#prices[symbol] as number,
      eventTime,
      this.#rates.perMinute(symbol, now),
    ]
  }

  /** The bar that forms; null when there is none. */
  forming(symbol: string): BarRow | null {
    const number = this.#numbers.get(symbol)
    const bar = number === undefined ? null : this.#forming.bar(number)
    if (number === undefined || bar === null) return null
    const { session, tradeDate } = this.#calendarAt(number).spanAt(bar.windowStart)
    return { ...bar, origin: 'live', session, tradeDate: tradeDateText(tradeDate) }
  }

  /** Whether the symbol's forming bar has changed since the tick. */
  formingAfter(symbol: string, tick: number): boolean {
    const number = this.#numbers.get(symbol)
    return number !== undefined && (this.#formingTicks[number] as number) > tick
  }

  /** Marks the symbols of markets that do something else now, some at a time: thousands of rows at once are dear. */
  #markMoved(moved: ReadonlySet<number>): void {
    if (moved.size > 0) this.#nextMoved = 0
    for (const market of moved) this.#moved.add(market)
    for (let left = MOVED_AT_ONCE_MAX; left > 0 && this.#nextMoved < this.count; this.#nextMoved++) {
      if (!this.#moved.has(this.#markets[this.#nextMoved] as number)) continue
      this.#rowTicks[this.#nextMoved] = this.tick
      left--
    }
    if (this.#nextMoved >= this.count) this.#moved.clear()
  }

  #calendarAt(symbol: number): Calendar {
    return this.#states.of(this.#markets[symbol] as number).calendar
  }

  #alertsOf(symbol: number, today: TradeDate): number {
    return this.#alertDates[symbol] === today ? (this.#alerts[symbol] as number) : 0
  }

  /** Asked of the first quote alone: to look among the other fields takes long. */
  #learnZone(symbol: number, { extra }: QuoteView): void {
    const zone = extra?.[ZONE_FIELD]
    if (typeof zone !== 'string') return
    this.#zones.set(symbol, zone)
    this.#findMarket(symbol)
  }

  #findMarket(symbol: number): void {
    const [exchange = null, zone = null] = [this.#words.exchange[symbol], this.#zones.get(symbol)]
    const facts = { symbol: this.#symbols[symbol] as string, exchange, zone }
    this.#markets[symbol] = this.#states.numberOf(this.#calendars.of(facts))
  }

  #seeNewest(symbol: number): void {
    const times = this.#eventTimes
    if (this.#newest === NO_ROOM || (times[symbol] as number) >= (times[this.#newest] as number)) this.#newest = symbol
  }

  #numberOfQuote(quote: QuoteView): number {
    const theirs = quote.symbolNumber
    if (theirs === NO_SYMBOL_NUMBER) return this.#numberOf(quote.symbol)
    if (theirs >= this.#ours.length) this.#ours = widened(this.#ours, theirs + 1)
    const known = this.#ours[theirs] as number
    if (known > 0) return known - 1
    const number = this.#numberOf(quote.symbol)
    if (number === NO_ROOM) return NO_ROOM
    this.#ours[theirs] = number + 1
    this.#learnZone(number, quote)
    return number
  }

  #numberOf(symbol: string): number {
    const known = this.#numbers.get(symbol)
    if (known !== undefined) return known
    const number = this.#symbols.length
    if (number === this.#symbolsMax) return NO_ROOM
    this.#symbols.push(symbol)
    this.#numbers.set(symbol, number)
    this.#rowTicks[number] = this.tick
    for (const word of WORDS) this.#words[word].push(null)
    this.#findMarket(number)
    return number
  }

  #takeDetails(symbol: number, quote: QuoteView): void {
    const { previousClose } = quote
    if (previousClose !== null && previousClose !== this.#previousCloses[symbol]) {
      this.#previousCloses[symbol] = previousClose
      this.#rowTicks[symbol] = this.tick
    }
    this.#takeWord('currency', symbol, quote.currency)
    this.#takeWord('exchange', symbol, quote.exchange)
    this.#takeWord('marketState', symbol, quote.marketState)
    this.#takeWord('source', symbol, quote.source)
  }

  #takeWord(word: Word, symbol: number, text: string | null): void {
    if (text === null || this.#words[word][symbol] === text) return
    this.#setWord(word, symbol, text)
    this.#rowTicks[symbol] = this.tick
  }

  #setWord(word: Word, symbol: number, text: string | null): void {
    this.#words[word][symbol] = text
    if (word === 'exchange') this.#findMarket(symbol)
  }
}

function numbersAfter(ticks: Float64Array, count: number, tick: number): number[] {
  const numbers: number[] = []
  for (let symbol = 0; symbol < count; symbol++) if ((ticks[symbol] as number) > tick) numbers.push(symbol)
  return numbers
}

function widened(numbers: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(Math.max(length, numbers.length * 2))
  wider.set(numbers)
  return wider
}
