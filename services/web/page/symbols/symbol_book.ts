// All symbols as the page knows them, by name. Events change the records in place: a quote makes nothing new. Pure.

import type { QuoteRow, SymbolRow } from '../../api.ts'
import { decimalsOf } from '../format/number.ts'

/** Quotes come late, so a market that has just closed is still heard of. */
const CLOSED_AFTER_MS = 60_000

/** A symbol as it stands now. */
export class SymbolRecord {
  readonly symbol: string
  price = 0
  eventTime = 0
  previousClose: number | null = null
  currency: string | null = null
  exchange: string | null = null
  quotesPerMinute = 0
  alertsToday = 0
  zone = 'UTC'
  session: SymbolRow['session'] = 'regular'
  opensAt: number | null = null
  /** Prices of today at equal steps; the last one is the price. */
  spark: (number | null)[] = []
  /** How many decimals its prices need; never fewer again, so that its digits stand still. */
  decimals = 2
  /** Grows with each change of the price; its sign is where it went last. */
  moves = 0
  wentUp = false

  constructor(symbol: string) {
    this.symbol = symbol
  }

  /** Against the previous close; null where none is known. */
  get change(): number | null {
    return this.previousClose === null ? null : this.price - this.previousClose
  }

  get percent(): number | null {
    const { previousClose } = this
    return previousClose === null || previousClose <= 0 ? null : (this.price / previousClose - 1) * 100
  }

  /** Whether nothing trades, and nothing comes all the same: a made-up market may never close. */
  isClosed(now: number): boolean {
    return this.session === 'none' && now - this.eventTime > CLOSED_AFTER_MS
  }

  /** Takes over a whole row; a newer quote that came before it stays. */
  take(row: SymbolRow): void {
    this.previousClose = row.previousClose
    this.currency = row.currency
    this.exchange = row.exchange
    this.alertsToday = row.alertsToday
    this.spark = [...row.spark]
    this.zone = row.zone
    this.session = row.session
    this.opensAt = row.opensAt
    this.quote(row.price, row.eventTime, row.quotesPerMinute)
    this.#endSpark()
  }

  /** Takes a quote, unless a newer one is known. */
  quote(price: number, eventTime: number, quotesPerMinute: number): void {
    if (eventTime < this.eventTime) return
    const isFirst = this.moves === 0
    if (isFirst || price !== this.price) {
      this.wentUp = !isFirst && price > this.price
      this.moves++
      this.decimals = Math.max(this.decimals, decimalsOf(price))
    }
    this.price = price
    this.eventTime = eventTime
    this.quotesPerMinute = quotesPerMinute
    this.#endSpark()
  }

  #endSpark(): void {
    if (this.spark.length > 0) this.spark[this.spark.length - 1] = this.price
  }
}

/** The records by symbol. */
export class SymbolBook {
  readonly #records = new Map<string, SymbolRecord>()
  /** Those that have come while all were asked for: the answer may have been made before them. */
  #newcomers: Set<string> | null = null
  /** Changes with the names that are there. */
  names = 0
  /** Changes with anything. */
  changes = 0

  get size(): number {
    return this.#records.size
  }

  get(symbol: string): SymbolRecord | undefined {
    return this.#records.get(symbol)
  }

  all(): Iterable<SymbolRecord> {
    return this.#records.values()
  }

  /** To be called when all symbols are asked for. */
  asking(): void {
    this.#newcomers = new Set()
  }

  /** Takes whole rows; `isAll`: there were no others when they were asked for. */
  take(rows: readonly SymbolRow[], isAll = false): void {
    if (isAll) this.#forgetOthers(rows)
    for (const row of rows) {
      let record = this.#records.get(row.symbol)
      if (record === undefined) {
        record = new SymbolRecord(row.symbol)
        this.#records.set(row.symbol, record)
        this.#newcomers?.add(row.symbol)
        this.names++
      }
      record.take(row)
    }
    this.changes++
  }

  /** Takes quotes. One of a symbol that is not known yet waits for the symbol's row. */
  quote(rows: readonly QuoteRow[]): void {
    for (const [symbol, price, eventTime, quotesPerMinute] of rows) {
      this.#records.get(symbol)?.quote(price, eventTime, quotesPerMinute)
    }
    this.changes++
  }

  #forgetOthers(rows: readonly SymbolRow[]): void {
    const kept = new Set(rows.map(({ symbol }) => symbol))
    for (const symbol of this.#records.keys()) {
      if (kept.has(symbol) || this.#newcomers?.has(symbol)) continue
      this.#records.delete(symbol)
      this.names++
    }
    this.#newcomers = null
  }
}
