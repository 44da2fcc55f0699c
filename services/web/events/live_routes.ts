// What the live part answers: GET /api/symbols, /api/alerts and /api/stream.

import { isSymbol } from '#market/decoding/fields'
import type { Clock } from '#runtime/clock'
import type { EpochMs } from '#runtime/units'
import { newestFirst } from '#services/web/alert_order'
import type { AlertRow, AlertsAnswer } from '#services/web/api'
import type { EventHub } from '#services/web/events/event_hub'
import { ALERTS_ANSWER_DEFAULT, ALERTS_ANSWER_MAX } from '#services/web/events/limits'
import { SharedSymbols } from '#services/web/events/shared_symbols'
import { tableBehind } from '#services/web/history/table_behind'
import { jsonRoute, type Route, type Routes } from '#services/web/http/route'
import type { LiveRecords } from '#services/web/live/live_records'
import type { AlertsQuestion, LiveHistory } from '#services/web/live/seam'
import { wrongRequest } from '#services/web/request_error'
import { rangeIn } from '#services/web/time_range'

/** What the routes stand on. */
export interface LiveRoutesParts {
  readonly live: LiveRecords
  readonly hub: EventHub
  readonly history: Pick<LiveHistory, 'alerts'>
  readonly clock: Clock
}

/** The routes. */
export function liveRoutes(parts: LiveRoutesParts): Routes {
  return {
    '/api/symbols': { get: symbolsRoute(parts) },
    '/api/alerts': {
      get: jsonRoute(({ query, signal }) => alertsAnswer(parts, alertsQuestion(query), signal)),
    },
    '/api/stream': { get: streamRoute(parts.hub) },
  }
}

function symbolsRoute(parts: LiveRoutesParts): Route {
  const shared = new SharedSymbols(parts)
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return async () => new Response(await shared.text(), { headers })
}

/**
 * Those that are kept here and those of the table: what is in both has one id. Those that are kept are the newest:
 * where they fill the answer, nothing that is missing would belong in it. Throws TABLE_BEHIND.
 */
async function alertsAnswer(
  { live, history }: LiveRoutesParts,
  question: AlertsQuestion,
  signal: AbortSignal,
): Promise<AlertsAnswer> {
  const { symbol, from, to, after, limit } = question
  // Taken before the table is read: an alert that leaves here meanwhile is not lost between the two.
  const kept = live.alerts.all().flatMap(({ row }) => (symbol === null || row.symbol === symbol ? [row] : []))
  const isAsked = (row: AlertRow) =>
    row.eventTime >= from && row.eventTime < to && (after === null || newestFirst(row, after) > 0)
  const inRange = kept.filter(isAsked)
  const byId = new Map<string, AlertRow>()
  const past = await history.alerts(question, signal)
  const { missing } = live.alerts.since(past.taken)
  if (missing > 0 && inRange.length < limit) throw tableBehind('alerts', missing)
  for (const alert of [...inRange, ...past.alerts]) byId.set(alert.id, alert)
  const alerts = [...byId.values()].sort(newestFirst)
  return { alerts: alerts.slice(0, limit), more: alerts.length > limit }
}

function streamRoute(hub: EventHub): Route {
  return async ({ url, headers, signal }) => {
    const query = new URL(url).searchParams
    const [symbol, after] = [symbolIn(query), headers.get('last-event-id') ?? query.get('after')]
    await hub.topicsKnown(signal)
    // Nobody is left to read it.
    if (signal.aborted) return new Response(null, { status: 503 })
    const stream = hub.open({ symbol, after })
    return new Response(stream, {
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        // A proxy that collects answers would hold every event up.
        'x-accel-buffering': 'no',
        // Said, so that the server does not wait for the end of a short answer.
        'transfer-encoding': 'chunked',
      },
    })
  }
}

function alertsQuestion(query: URLSearchParams): AlertsQuestion {
  const { from, to } = rangeIn(query, { max: TIME_MAX, to: TIME_MAX, from: () => 0 })
  const asked = { symbol: symbolIn(query), from, limit: limitIn(query) }
  const id = query.get('afterId')
  if (id === null) return { ...asked, to, after: null }
  if (!query.has('to'))
    throw wrongRequest('afterId needs to: the id and the event time of the last alert that you have')
  return { ...asked, to: (to + 1) as EpochMs, after: { eventTime: to, id } }
}

/** The last instant that a Date can be. */
const TIME_MAX = 8_640_000_000_000_000

function symbolIn(query: URLSearchParams): string | null {
  const symbol = query.get('symbol')
  if (symbol === null || isSymbol(symbol)) return symbol
  throw wrongRequest('symbol is none that a quote can have, such as AAPL or BTC/USD; /api/symbols has those there are')
}

function limitIn(query: URLSearchParams): number {
  const text = query.get('limit')
  if (text === null) return ALERTS_ANSWER_DEFAULT
  if (/^\d+$/.test(text) && Number(text) <= ALERTS_ANSWER_MAX) return Number(text)
  throw wrongRequest(`limit must be a whole number, at most ${ALERTS_ANSWER_MAX}`)
}
