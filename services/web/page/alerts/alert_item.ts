// One alert of the list: a link to its moment in the chart.

import type { AlertRow } from '../../api.ts'
import { element } from '../dom.ts'
import { isolatedText } from '../format/foreign.ts'
import { percentText } from '../format/number.ts'
import { dayTimeText, shortTimeText, zoneText } from '../format/time.ts'
import { hashOf } from '../hash.ts'
import type { PageContext } from '../page_context.ts'
import { pricesText, withinText } from './alert_text.ts'

/** The item, and what writes its time by another clock. */
export interface AlertItem {
  readonly root: HTMLElement
  tellTime(zone: string, now: number): void
}

/** Builds the item. `isFresh`: it has just come, and is marked for a moment. */
export function alertItem(
  alert: AlertRow,
  { context, isFresh }: { context: PageContext; isFresh: boolean },
): AlertItem {
  const { symbol, direction, percent, level, rule, eventTime } = alert
  const time = element('time', { attributes: { class: 'alert-time' } })
  const link = element(
    'a',
    {
      attributes: { class: 'alert', href: hashOf({ symbol, grain: null, tab: 'flow', at: eventTime }) },
      on: { click: (event) => goTo(event as MouseEvent, { alert, context }) },
    },
    span(`alert-mark ${direction}`, direction === 'up' ? '▲' : '▼'),
    span('alert-symbol', symbol),
    span(`alert-percent ${direction}`, percentText(percent)),
    span('alert-level', `L${level}`),
    time,
    span('alert-how', `${withinText(alert)} · ${pricesText(alert)}`),
  )
  const words = `Rule ${isolatedText(rule)}, level ${level}: at least ${level} times the rule’s percent`
  return {
    root: element('li', { attributes: { class: isFresh ? 'is-fresh' : '' } }, link),
    tellTime(zone, now) {
      time.textContent = shortTimeText(eventTime, now, zone)
      link.title = `${dayTimeText(eventTime, zone)} ${zoneText(eventTime, zone)}. ${words}`
    },
  }
}

function span(name: string, text: string): HTMLElement {
  return element('span', { attributes: { class: name } }, text)
}

/** A plain click stays on the page; with a key or another button the link is a link. */
function goTo(event: MouseEvent, { alert, context }: { alert: AlertRow; context: PageContext }): void {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  // A second click on the same alert goes there again.
  context.moment.set(null)
  context.moment.set(alert.eventTime)
  context.chosen.set(alert.symbol)
}
