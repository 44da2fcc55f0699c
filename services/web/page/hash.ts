// Where the page stands, as the URL's hash says it: `#symbol=AAPL&grain=5m&tab=flow&at=1763739080000`.
// Whatever the hash cannot say is left at what the page begins with. Pure.

import type { Tab } from './page_context.ts'

/** What of the page can be linked to. */
export interface PagePlace {
  readonly symbol: string | null
  readonly grain: string | null
  readonly tab: Tab
  /** The event time that the chart shows; null: now. */
  readonly at: number | null
}

export const TABS: readonly Tab[] = ['flow', 'refused', 'sql']

/** docs/semantics.md, Quotes. The server refuses another, and with it the whole stream of events. */
const SYMBOL = /^(?!.*\.\.|\.$|\/|.*\/$)[A-Z0-9.^=&:/_+-]{1,32}$/

/** The latest time that a date can hold. */
const TIME_MAX_MS = 8_640_000_000_000_000

/** Reads a hash, with or without its `#`. */
export function placeOf(hash: string): PagePlace {
  const words = new URLSearchParams(hash.replace(/^#/, ''))
  const symbol = words.get('symbol')?.toUpperCase() ?? ''
  const grain = words.get('grain')
  const tab = TABS.find((known) => known === words.get('tab'))
  const at = Number(words.get('at') ?? Number.NaN)
  return {
    symbol: SYMBOL.test(symbol) ? symbol : null,
    grain: grain !== null && /^\d{1,5}(ms|s|m|h|d)$/.test(grain) ? grain : null,
    tab: tab ?? 'flow',
    at: Number.isSafeInteger(at) && at >= 0 && at <= TIME_MAX_MS ? at : null,
  }
}

/** Whether the hash says which tab; without that it is the first one. */
export function namesTab(hash: string): boolean {
  const name = new URLSearchParams(hash.replace(/^#/, '')).get('tab')
  return TABS.some((known) => known === name)
}

/** The hash of a place, with its `#`; what the page begins with anyway is left out. */
export function hashOf({ symbol, grain, tab, at }: PagePlace): string {
  const words = new URLSearchParams()
  if (symbol !== null) words.set('symbol', symbol)
  if (grain !== null) words.set('grain', grain)
  if (tab !== 'flow') words.set('tab', tab)
  if (at !== null) words.set('at', `${at}`)
  const text = words.toString()
  return text === '' ? '#' : `#${text}`
}
