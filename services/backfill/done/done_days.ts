// What is done already: the days and corporate actions that stock-history-days and stock-corporate-actions tell of, and
// the table for what the topic no longer holds. Of a day, the last one fetched counts.

import type { CorporateAction } from '#market/history/corporate_action'
import type { HistoryDay } from '#market/history/history_day'
import { parseTradeDate, type TradeDate } from '#market/session'

/** What is known of a day. */
export type DoneDay = Pick<HistoryDay, 'state' | 'coveredUntil' | 'fetchedAt'>

/** A day of a symbol, as it was written. */
export type WrittenDay = DoneDay & Pick<HistoryDay, 'symbol' | 'tradeDate'>

/** The days of one grain, and the corporate actions, of some symbols. */
export class DoneDays {
  readonly #days: ReadonlyMap<string, Map<TradeDate, DoneDay>>
  readonly #actions = new Map<string, CorporateAction>()

  constructor(symbols: readonly string[]) {
    this.#days = new Map(symbols.map((symbol) => [symbol, new Map()]))
  }

  /** What is known of a day; undefined when it was never asked for. */
  of(symbol: string, date: TradeDate): DoneDay | undefined {
    return this.#days.get(symbol)?.get(date)
  }

  /** Takes note of a day, unless it is another symbol's or a later one is known. */
  note({ symbol, tradeDate, state, coveredUntil, fetchedAt }: WrittenDay): void {
    const days = this.#days.get(symbol)
    const date = parseTradeDate(tradeDate)
    if (days === undefined || date === null) return
    const known = days.get(date)
    if (known === undefined || known.fetchedAt <= fetchedAt) days.set(date, { state, coveredUntil, fetchedAt })
  }

  /** Whether an action says something that was not known. */
  isNews(action: CorporateAction): boolean {
    const known = this.#actions.get(actionKey(action))
    return known === undefined || known.ratio !== action.ratio || known.amount !== action.amount
  }

  /** Takes note of an action, unless it is another symbol's or a later one is known. */
  noteAction(action: CorporateAction): void {
    if (!this.#days.has(action.symbol)) return
    const known = this.#actions.get(actionKey(action))
    if (known === undefined || known.fetchedAt <= action.fetchedAt) this.#actions.set(actionKey(action), action)
  }
}

function actionKey({ symbol, kind, exTime }: CorporateAction): string {
  return `${symbol} ${kind} ${exTime}`
}
