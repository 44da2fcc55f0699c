// The newest alerts, each once, the newest first. Pure.

import type { AlertRow, AlertsAnswer } from '../../api.ts'

/** More are not kept: a page that is left open for days must not grow. */
export const ALERTS_MAX = 500

/** Alerts by event time. */
export class AlertList {
  readonly #ids = new Set<string>()
  #alerts: AlertRow[] = []
  #reachesBackTo: AlertRow | null = null

  /** The newest first. */
  get alerts(): readonly AlertRow[] {
    return this.#alerts
  }

  get isFull(): boolean {
    return this.#alerts.length >= ALERTS_MAX
  }

  /** The last alert of all answers; null before the first. Late ones may have come live. */
  get reachesBackTo(): AlertRow | null {
    return this.#reachesBackTo
  }

  /** Takes an answer with the newest. When there are more, what is here and older lies beyond a hole. */
  takeNewest({ alerts, more }: AlertsAnswer): void {
    const last = alerts.at(-1)
    if (more && last !== undefined) {
      const isBeyond = (alert: AlertRow) => newestFirst(alert, last) > 0
      for (const { id } of this.#alerts.filter(isBeyond)) this.#ids.delete(id)
      this.#alerts = this.#alerts.filter((alert) => !isBeyond(alert))
      this.#reachesBackTo = null
    }
    this.takeOlder(alerts)
  }

  /** Takes an answer that goes further back, and gives those that are new. */
  takeOlder(alerts: readonly AlertRow[]): AlertRow[] {
    const last = alerts.at(-1)
    const known = this.#reachesBackTo
    if (last !== undefined && (known === null || newestFirst(last, known) > 0)) this.#reachesBackTo = last
    return this.take(alerts)
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

/** As the server orders them. */
function newestFirst(a: AlertRow, b: AlertRow): number {
  return b.eventTime - a.eventTime || (a.id < b.id ? -1 : Number(a.id > b.id))
}
