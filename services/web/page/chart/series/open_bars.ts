// The platform's own bars that the loaded bars do not hold yet: those that form, and, at a coarser grain, those that
// have closed since the server was asked. A bar that forms stays until it closes, though the next one forms already.

import type { BarRow } from '../../../api.ts'

/** More than two windows are never open at once for long; what is older has lost its end. */
const FORMING_MAX = 3

export class OpenBars {
  readonly #bars = new Map<number, { readonly bar: BarRow; readonly closedAs: number | null }>()

  /** The bar that is still open now; null when none is. */
  forming(bar: BarRow | null): void {
    const forming = [...this.#bars].filter(([, { closedAs }]) => closedAs === null)
    const kept = bar === null ? [] : forming.filter(([start]) => start !== bar.windowStart).slice(1 - FORMING_MAX)
    for (const [start] of forming) if (!kept.some(([other]) => other === start)) this.#bars.delete(start)
    if (bar !== null && this.#bars.get(bar.windowStart)?.closedAs == null) {
      this.#bars.set(bar.windowStart, { bar, closedAs: null })
    }
  }

  /** A bar that formed has closed, as the event of that number. Others are not taken: an answer may hold them. */
  closed(bar: BarRow, event: number): void {
    if (this.#bars.has(bar.windowStart)) this.#bars.set(bar.windowStart, { bar, closedAs: event })
  }

  /** Forgets a bar, since the loaded ones hold it. */
  forget(windowStart: number): void {
    this.#bars.delete(windowStart)
  }

  /** Forgets the bars that had closed by the event of that number, with from <= windowStart < to. */
  forgetClosed(event: number, { from, to }: { readonly from: number; readonly to: number }): void {
    for (const [start, { closedAs }] of this.#bars) {
      if (closedAs !== null && closedAs <= event && start >= from && start < to) this.#bars.delete(start)
    }
  }

  /** By time. */
  all(): readonly BarRow[] {
    return [...this.#bars.values()].map(({ bar }) => bar).sort((a, b) => a.windowStart - b.windowStart)
  }
}
