// The alerts of the chosen symbol, for the stretches that are loaded, and as they come. Free of the DOM.

import type { AlertRow } from '../../../api.ts'
import { AskError, type PageContext } from '../../page_context.ts'
import { ALERTS_KEPT_MAX } from '../drawing/marks.ts'
import type { Range } from '../series/paging.ts'

/** How many are asked for a stretch. */
const ALERTS_A_RANGE = 500

/** Whether all alerts of the loaded bars are at hand. `cut`: there are more than one asks for. */
export type AlertsKnown = 'all' | 'cut' | 'failed'

export class AlertFeed {
  readonly #context: Pick<PageContext, 'ask' | 'on'>
  readonly #changed: () => void
  #symbol: string | null = null
  #alerts = new Map<string, AlertRow>()
  #known: AlertsKnown = 'all'
  #version = 0

  constructor(context: Pick<PageContext, 'ask' | 'on'>, changed: () => void) {
    this.#context = context
    this.#changed = changed
    context.on('alerts', ({ alerts }) => this.#take(alerts))
  }

  get all(): Iterable<AlertRow> {
    return this.#alerts.values()
  }

  /** Another number whenever there are others. */
  get version(): number {
    return this.#version
  }

  get known(): AlertsKnown {
    return this.#known
  }

  /** Begins with another symbol. */
  begin(symbol: string): void {
    this.#symbol = symbol
    this.#alerts = new Map()
    this.#version += 1
    this.#known = 'all'
  }

  /** All that is loaded is asked for again: what could not be had before counts no more. */
  async loadAgain(range: Range, signal: AbortSignal): Promise<void> {
    this.#known = 'all'
    await this.load(range, signal)
  }

  /** Asks for the alerts of a stretch. Without them the bars are drawn all the same. */
  async load({ from, to }: Range, signal: AbortSignal): Promise<void> {
    const symbol = this.#symbol
    if (symbol === null || from >= to) return
    try {
      const query = { symbol, from, to, limit: ALERTS_A_RANGE }
      const { alerts, more } = await this.#context.ask('/api/alerts', query, signal)
      if (signal.aborted) return
      if (more) this.#known = 'cut'
      this.#take(alerts)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof AskError)) throw error
      this.#known = 'failed'
      this.#changed()
    }
  }

  /** The oldest to have come are forgotten first. */
  #take(alerts: readonly AlertRow[]): void {
    const ours = alerts.filter(({ symbol, id }) => symbol === this.#symbol && !this.#alerts.has(id))
    if (ours.length === 0) return
    for (const alert of ours) this.#alerts.set(alert.id, alert)
    this.#version += 1
    const surplus = this.#alerts.size - ALERTS_KEPT_MAX
    for (const id of [...this.#alerts.keys()].slice(0, Math.max(0, surplus))) this.#alerts.delete(id)
    this.#changed()
  }
}
