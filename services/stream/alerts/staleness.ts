// Whether a quote came in too late to alert. Its age is the time that its market was open meanwhile, in regular hours:
// the last price of Friday is not old on Monday morning.

import { openTimeExceeds } from '#calendar/session_time'
import type { PlacedQuote } from '#services/stream/windows/placement'

/** Whether a quote came in after its market was open for longer than this. Replayed history has no age. */
export function isStale({ quote, ingestTime, replayed, calendar }: PlacedQuote, staleAfterMs: number): boolean {
  return !replayed && openTimeExceeds(calendar, { from: quote.timestamp, to: ingestTime, limitMs: staleAfterMs })
}
