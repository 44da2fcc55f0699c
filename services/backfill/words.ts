// How a backfill speaks of its end.

import type { BackfillEnd } from '#services/backfill/summary'

/** What kept it from doing all. */
export function endText(end: Exclude<BackfillEnd, { kind: 'done' }>): string {
  switch (end.kind) {
    case 'stopped':
      return 'stopped'
    case 'limit':
      return 'its limit of requests or time is reached'
    case 'refused':
      return `Yahoo gives no more history (${end.detail})`
  }
}
