// GET /api/bars.

import type { Clock } from '#runtime/clock'
import type { Bars } from '#services/web/history/bars/bars'
import { barsQuestion } from '#services/web/history/bars/bars_question'
import { jsonRoute, type Route } from '#services/web/http/route'

/** Answers with the bars that the address asks for; without an end, up to now. */
export function barsRoute(bars: Bars, parts: { readonly barIntervalMs: number; readonly clock: Clock }): Route {
  const { barIntervalMs, clock } = parts
  return jsonRoute(({ query, signal }) => bars.answer(barsQuestion(query, { barIntervalMs, now: clock.now() }), signal))
}
