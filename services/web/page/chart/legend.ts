// The legend: the bar that the pointer is at, or the newest one, as text above the chart.

import type { AlertRow } from '../../api.ts'
import { element } from '../dom.ts'
import { isolatedText } from '../format/foreign.ts'
import type { BarTexts } from './bar_text.ts'

/** Names as they are short on the page, and in full for a pointer and a screen reader. */
const FIELDS: readonly (readonly [field: keyof BarTexts, short: string, name: string])[] = [
  ['open', 'O', 'Open'],
  ['high', 'H', 'High'],
  ['low', 'L', 'Low'],
  ['close', 'C', 'Close'],
  ['change', '', 'Change since the bar before'],
  ['volume', 'Vol', 'Volume'],
  ['quotes', 'Quotes', 'Quotes in the bar'],
  ['average', 'Avg', 'Average price of its quotes'],
  ['vwap', 'VWAP', 'Volume-weighted average price'],
]

/** The alerts of one bar that the legend has room for. */
const ALERTS_MAX = 2

export class Legend {
  readonly root = element('div', { attributes: { class: 'chart-legend' } })
  readonly #time = element('span', { attributes: { class: 'chart-legend-time' } })
  readonly #state = element('span', { attributes: { class: 'chip' } })
  readonly #values = new Map<keyof BarTexts, HTMLElement>()
  readonly #alerts = element('span', { attributes: { class: 'chart-legend-alerts' } })
  readonly #market = element('span', { attributes: { class: 'chart-legend-market' } })

  constructor() {
    const fields = FIELDS.map(([field, short, name]) => {
      const value = element('dd')
      this.#values.set(field, value)
      const attributes = { 'data-field': field, title: name }
      const term = element('dt', {}, element('span', { attributes: { 'aria-hidden': 'true' } }, short))
      term.append(element('span', { attributes: { class: 'unseen' } }, name))
      return element('div', { attributes }, term, value)
    })
    const bar = element('dl', {}, ...fields)
    this.root.append(
      element('p', { attributes: { class: 'chart-legend-head' } }, this.#time, this.#state, this.#alerts, this.#market),
      bar,
    )
  }

  /** Tells what the market does; empty in regular hours. */
  showMarket(text: string): void {
    setText(this.#market, text)
  }

  /** Tells a bar; null: there is none. */
  show(texts: BarTexts | null, alerts: readonly AlertRow[]): void {
    this.root.hidden = texts === null
    if (texts === null) return
    setText(this.#time, texts.time)
    setText(this.#state, texts.state)
    this.#state.dataset.tone = texts.state.startsWith('forming') ? 'waiting' : ''
    for (const [field, value] of this.#values) setText(value, texts[field])
    for (const field of ['close', 'change'] as const) (this.#values.get(field) as HTMLElement).className = texts.tone
    const others = alerts.length > ALERTS_MAX ? ` (and ${alerts.length - ALERTS_MAX} more)` : ''
    const messages = alerts.slice(0, ALERTS_MAX).map(({ message }) => isolatedText(message))
    setText(this.#alerts, alerts.length === 0 ? '' : `Alert: ${messages.join(' \u00b7 ')}${others}`)
  }
}

function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
