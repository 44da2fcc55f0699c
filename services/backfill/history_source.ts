// Yahoo's charts as history of symbols: a unit is asked for, its answer read. It has no crumb and no login, so the
// request is plain; yahoo-finance2 would fail a whole answer for one bad row. A failure is a value here: the loop
// expects it.

import type { HistoryGrain } from '#market/history/history_bar'
import { shownValue } from '#runtime/shown_value'
import { type ChartAnswer, readChartAnswer } from '#services/backfill/chart/chart_answer'
import type { BackfillUnit } from '#services/backfill/unit'
import { YahooFailure, type YahooFetchOptions, yahooFetch } from '#services/producer/yahoo_fetch'

/** What came of a question. */
export type HistoryAnswer =
  /** null: the source has nothing of that time. */
  | { readonly kind: 'answer'; readonly answer: ChartAnswer | null }
  /** The source does not answer now: it may later. */
  | {
      readonly kind: 'refused'
      readonly detail: string
      readonly status: number | null
      readonly retryAfterMs: number | null
    }
  /** It does not know the symbol. */
  | { readonly kind: 'unknown_symbol'; readonly detail: string }
  /** Asking again brings the same. */
  | { readonly kind: 'unusable'; readonly detail: string }

/** Asks for history. Never rejects for what the source does. */
export interface HistorySource {
  ask(unit: BackfillUnit): Promise<HistoryAnswer>
}

/** The charts of Yahoo, or of the server that stands for it. */
export function yahooHistory(options: YahooFetchOptions): HistorySource {
  const fetchChart = yahooFetch(options)
  return {
    async ask(unit) {
      try {
        const response = await fetchChart(chartUrl(unit), { headers: HEADERS })
        return readingOf(await response.text(), unit)
      } catch (error) {
        if (!(error instanceof YahooFailure)) throw error
        return failureOf(error)
      }
    },
  }
}

/** Yahoo turns clients away that do not look like a browser's. */
const HEADERS = { 'user-agent': 'Mozilla/5.0 (compatible; tickerlake)', accept: 'application/json' }

const CHART = 'https://query2.finance.yahoo.com/v8/finance/chart'

/** Bars before and after hours are asked for, too; daily ones have none. */
function chartUrl({ symbol, grain, from, to }: BackfillUnit): string {
  const url = new URL(`${CHART}/${encodeURIComponent(symbol)}`)
  url.search = String(
    new URLSearchParams({
      period1: String(Math.floor(from / 1000)),
      period2: String(Math.ceil(to / 1000)),
      interval: grain,
      includePrePost: String(grain !== '1d'),
      events: 'div,splits',
    }),
  )
  return url.href
}

/** What Yahoo calls each grain in its answers. */
const GRANULARITIES: Readonly<Record<HistoryGrain, readonly string[]>> = {
  '1m': ['1m'],
  '5m': ['5m'],
  '1h': ['1h', '60m'],
  '1d': ['1d'],
}

function readingOf(text: string, unit: BackfillUnit): HistoryAnswer {
  const reading = readChartAnswer(text)
  if (reading.kind === 'unusable') return reading
  const detail = faultOf(reading.answer, unit)
  return detail === null ? { kind: 'answer', answer: reading.answer } : { kind: 'unusable', detail }
}

/** What makes it an answer to something else, or one of which little can be read: its days would count as done. */
function faultOf({ symbol, granularity, rows, unusable }: ChartAnswer, unit: BackfillUnit): string | null {
  if (symbol !== null && shortName(symbol) !== shortName(unit.symbol))
    return `it is of ${shownValue(symbol)} where ${unit.symbol} was asked for`
  if (granularity !== null && !GRANULARITIES[unit.grain].includes(granularity)) {
    return `it has bars of ${shownValue(granularity)} where ${unit.grain} were asked for`
  }
  return unusable > rows.length ? `${unusable} of its ${unusable + rows.length} rows cannot be read` : null
}

/** Yahoo has two names for what a dollar costs, and answers with either: USDEUR=X is EUR=X. */
function shortName(symbol: string): string {
  return symbol.replace(/^USD(?=[A-Z]{3}=X$)/, '')
}

function failureOf({ message, status, retryAfterMs }: YahooFailure): HistoryAnswer {
  if (status === 404) return { kind: 'unknown_symbol', detail: message }
  // Such as a year before the symbol was listed.
  if (status === 400 && /data doesn't exist/i.test(message)) return { kind: 'answer', answer: null }
  const isOfNow = status === null || status === 200 || status === 429 || status >= 500
  return isOfNow ? { kind: 'refused', detail: message, status, retryAfterMs } : { kind: 'unusable', detail: message }
}
