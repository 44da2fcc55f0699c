// The chart of the server that plays Yahoo: bars of made-up but fixed prices for any stretch of time, in the sessions
// of a calendar, with what Yahoo's answers have: 32-bit prices, minutes without a trade, volumes of 0 before and after
// hours, the row of the last trade at the end, limits of each interval, and errors in its own words.

import type { Calendar, MarketSpan } from '#calendar/calendar'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#runtime/units'
import { json, type Reply } from '#support/yahoo/replies'
import type { YahooPart, YahooQuestion } from '#support/yahoo/yahoo_part'

/** A symbol that charts are known of. */
export interface ChartedSymbol {
  readonly calendar: Calendar
  readonly exchange: string
  readonly currency?: string
  readonly instrumentType?: string
  /** Epoch milliseconds; before it there is nothing. */
  readonly listedAt?: number
  readonly splits?: readonly { readonly at: number; readonly ratio: readonly [number, number] }[]
  readonly dividends?: readonly { readonly at: number; readonly amount: number }[]
}

/** A question as it came, in epoch milliseconds. */
export interface ChartQuestion {
  readonly symbol: string
  readonly interval: string
  readonly from: number
  readonly to: number
}

/** What answers charts, and what was asked. */
export interface ChartAnswers {
  readonly part: YahooPart
  readonly asked: readonly ChartQuestion[]
}

/** What the answers are made of. */
export interface ChartMarket {
  readonly symbols: Readonly<Record<string, ChartedSymbol>>
  /** When it is, for the server. */
  readonly now: () => number
}

const PATH = '/query2.finance.yahoo.com/v8/finance/chart/'
const INTERVALS: Readonly<Record<string, { readonly ms: number; readonly reachMs: number; readonly spanMs: number }>> =
  {
    '1m': { ms: MINUTE_MS, reachMs: 30 * DAY_MS, spanMs: 8 * DAY_MS },
    '5m': { ms: 5 * MINUTE_MS, reachMs: 60 * DAY_MS, spanMs: 60 * DAY_MS },
    '1h': { ms: HOUR_MS, reachMs: 730 * DAY_MS, spanMs: 730 * DAY_MS },
    '1d': { ms: DAY_MS, reachMs: Number.POSITIVE_INFINITY, spanMs: Number.POSITIVE_INFINITY },
  }

/** Answers charts of these symbols. */
export function chartAnswers(market: ChartMarket): ChartAnswers {
  const asked: ChartQuestion[] = []
  const answer = ({ url }: YahooQuestion): Reply => {
    const question = questionOf(url)
    asked.push(question)
    return answerOf(question, market)
  }
  return { part: { endpoint: 'chart', serves: (path) => path.startsWith(PATH), answer }, asked }
}

function questionOf(url: URL): ChartQuestion {
  return {
    symbol: decodeURIComponent(url.pathname.slice(PATH.length)),
    interval: url.searchParams.get('interval') ?? '',
    from: Number(url.searchParams.get('period1')) * 1000,
    to: Number(url.searchParams.get('period2')) * 1000,
  }
}

function answerOf({ symbol, interval, from, to }: ChartQuestion, { symbols, now }: ChartMarket): Reply {
  const charted = symbols[symbol]
  const limits = INTERVALS[interval]
  if (charted === undefined) return failure(404, 'Not Found', 'No data found, symbol may be delisted')
  if (limits === undefined || from >= to) return failure(400, 'Bad Request', 'Invalid input')
  if (from < now() - limits.reachMs || to - from > limits.spanMs) {
    const words = `${interval} data not available for startTime=${from / 1000} and endTime=${to / 1000}.`
    return failure(422, 'Unprocessable Entity', `${words} The requested range must be within the last 30 days.`)
  }
  if (to <= (charted.listedAt ?? 0)) return failure(400, 'Bad Request', "Data doesn't exist for startDate")
  const question = { symbol, from, to: Math.min(to, now()), stepMs: limits.ms }
  const spans = chartedSpans(charted.calendar, from, to)
  const rows = limits.ms === DAY_MS ? dailyRows(spans, question) : intradayRows(spans, question)
  return json(200, {
    chart: { result: [resultOf(charted, { symbol, interval, from, to, rows, spans })], error: null },
  })
}

/** The sessions that a chart has, as far as they have a part in [from, to). */
function chartedSpans(calendar: Calendar, from: number, to: number): readonly MarketSpan[] {
  const spans: MarketSpan[] = []
  for (let at = from; at < to; at = calendar.spanAt(at).end) spans.push(calendar.spanAt(at))
  return spans.filter(({ session }) => session !== 'none' && session !== 'overnight')
}

function failure(status: number, code: string, description: string): Reply {
  return json(status, { chart: { result: null, error: { code, description } } })
}

/** Epoch seconds, then open, high, low, close, volume. */
type WireRow = readonly [number, ...(readonly (number | null)[])]

interface RowsQuestion {
  readonly symbol: string
  readonly from: number
  readonly to: number
  readonly stepMs: number
}

function intradayRows(spans: readonly MarketSpan[], { symbol, from, to, stepMs }: RowsQuestion): WireRow[] {
  const rows = spans.flatMap(({ start, end, session }) => {
    const own: WireRow[] = []
    for (let time: number = start; time < end && time < to; time += stepMs) {
      if (time >= from) own.push(rowOf(symbol, time, session))
    }
    return own
  })
  const isOpen = spans.some(({ start, end }) => start <= to - 1 && to <= end)
  const last = rows.at(-1)
  // The last trade, at its second: of the window that still runs, a double of the row before.
  return isOpen && last !== undefined ? [...rows, [Math.floor(to / 1000) - 1, ...last.slice(1)]] : rows
}

function dailyRows(spans: readonly MarketSpan[], { symbol, from, to }: RowsQuestion): WireRow[] {
  const regular = spans.filter(({ session, start }) => session === 'regular' && start >= from && start < to)
  const firsts = regular.filter(({ tradeDate }, i) => regular[i - 1]?.tradeDate !== tradeDate)
  return firsts.map(({ start }) => rowOf(symbol, start, 'regular'))
}

/** Every eleventh window or so has no trade. */
function rowOf(symbol: string, time: number, session: MarketSpan['session']): WireRow {
  const chance = hashOf(`${symbol} ${time}`)
  const seconds = time / 1000
  if (chance % 11 === 0) return [seconds, null, null, null, null, null]
  const open = 100 + (chance % 5_000) / 100
  const close = open + ((chance % 13) - 6) / 100
  const prices = [open, Math.max(open, close) + 0.02, Math.min(open, close) - 0.02, close].map(Math.fround)
  return [seconds, ...prices, session === 'regular' ? chance % 10_000 : 0]
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

interface ResultParts {
  readonly symbol: string
  readonly interval: string
  readonly from: number
  readonly to: number
  readonly rows: readonly WireRow[]
  readonly spans: readonly MarketSpan[]
}

function resultOf(charted: ChartedSymbol, { symbol, interval, from, to, rows, spans }: ResultParts) {
  const { calendar, exchange, currency = 'USD', instrumentType = 'EQUITY', listedAt = 0 } = charted
  const known = rows.filter(([seconds]) => seconds * 1000 >= listedAt)
  const column = (i: number) => known.map((row) => row[i])
  const meta = { currency, symbol, exchangeName: exchange, exchangeTimezoneName: calendar.zone, instrumentType }
  const tradingPeriods = interval === '1d' ? {} : { tradingPeriods: periodsOf(spans) }
  const events = eventsOf(charted, from, to)
  return {
    meta: { ...meta, dataGranularity: interval, ...tradingPeriods },
    ...(known.length === 0 ? {} : { timestamp: column(0) }),
    ...(events === null ? {} : { events }),
    indicators: {
      quote: [
        known.length === 0
          ? {}
          : { open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) },
      ],
    },
  }
}

function periodsOf(spans: readonly MarketSpan[]) {
  const days = [...Map.groupBy(spans, ({ tradeDate }) => tradeDate).values()]
  const of = (session: string) =>
    days.map((day) =>
      day
        .filter((span) => span.session === session)
        .map(({ start, end }) => ({ timezone: 'EST', start: start / 1000, end: end / 1000, gmtoffset: 0 })),
    )
  return { pre: of('pre'), regular: of('regular'), post: of('post') }
}

function eventsOf({ splits = [], dividends = [] }: ChartedSymbol, from: number, to: number) {
  const isIn = ({ at }: { readonly at: number }) => at >= from && at < to
  const byTime = <T extends { readonly at: number }>(events: readonly T[], of: (event: T) => object) =>
    Object.fromEntries(events.filter(isIn).map((event) => [event.at / 1000, { date: event.at / 1000, ...of(event) }]))
  const told = {
    dividends: byTime(dividends, ({ amount }) => ({ amount })),
    splits: byTime(splits, ({ ratio: [after, before] }) => {
      return { numerator: after, denominator: before, splitRatio: `${after}:${before}` }
    }),
  }
  return Object.values(told).every((each) => Object.keys(each).length === 0) ? null : told
}
