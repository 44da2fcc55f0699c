// Tells a screen reader of alerts that have come: politely, and not more often than one can listen to.

import type { AlertRow } from '../../api.ts'
import { element } from '../dom.ts'
import type { PageContext } from '../page_context.ts'
import { spokenText } from './alert_text.ts'

/** One sentence in this time, however many alerts there are. */
const TELL_EVERY_MS = 10_000

/** Beyond these no more wait to be told. */
const WAITING_MAX = 1_000

/** The live region, and who tells it. */
export interface Announcer {
  readonly root: HTMLElement
  readonly tell: (alerts: readonly AlertRow[]) => void
}

/** An announcer that has nothing to tell yet. */
export function announcer({ clock }: Pick<PageContext, 'clock'>): Announcer {
  const root = element('p', { attributes: { class: 'unseen', 'aria-live': 'polite' } })
  let waiting: AlertRow[] = []
  let toldAt = Number.NEGATIVE_INFINITY
  const tellIfDue = (now: number) => {
    if (waiting.length === 0 || now - toldAt < TELL_EVERY_MS) return
    root.textContent = spokenText(waiting)
    waiting = []
    toldAt = now
  }
  clock.second.watch(tellIfDue)
  return {
    root,
    tell(alerts) {
      if (waiting.length < WAITING_MAX) waiting.push(...alerts)
      tellIfDue(clock.now())
    },
  }
}
