// The order in which alerts are given: the newest first, and those of the same time by id. So there is one place to go
// on from, however many came in the same millisecond. The tables' SQL sorts them in the same way.

import type { AlertRow } from '#services/web/api'

/** A place in that order: that of an alert. */
export type AlertPlace = Pick<AlertRow, 'eventTime' | 'id'>

/** For sorting. */
export function newestFirst(a: AlertPlace, b: AlertPlace): number {
  return b.eventTime - a.eventTime || (a.id < b.id ? -1 : Number(a.id > b.id))
}
