// The newest alerts, each once, the newest first. Pure.

import type { AlertRow } from '../../api.ts'

/** More are not kept: a page that is left open for days must not grow. */
export const ALERTS_MAX = 500

/** Alerts by event time. */
export class AlertList {
  readonly #ids = new Set<string>()
  #alerts: AlertRow[] = []

  /** The newest first. */
  get alerts(): readonly AlertRow[] {
    return this.#alerts
  }

  get isFull(): boolean {
    return this.#alerts.length >= ALERTS_MAX
  }

  /** Takes those that are new, and gives them. The oldest make room. */
  take(alerts: readonly AlertRow[]): AlertRow[] {
    const fresh = [...new Map(alerts.map((alert) => [alert.id, alert])).values()].filter(({ id }) => !this.#ids.has(id))
    if (fresh.length === 0) return []
    const all = [...fresh, ...this.#alerts].sort(newestFirst)
    for (const { id } of fresh) this.#ids.add(id)
    for (const { id } of all.slice(ALERTS_MAX)) this.#ids.delete(id)
    this.#alerts = all.slice(0, ALERTS_MAX)
    return fresh.filter(({ id }) => this.#ids.has(id))
  }
}

function newestFirst(a: AlertRow, b: AlertRow): number {
  return b.eventTime - a.eventTime || (a.id < b.id ? -1 : 1)
}
