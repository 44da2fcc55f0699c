// The page's header: its name, how old the data is, whether the market is a simulated one, the time, and the theme.

import type { FlowState } from '../../api.ts'
import { element } from '../dom.ts'
import { openingText } from '../format/market.ts'
import { cityText, timeText, zoneText } from '../format/time.ts'
import { keepChoice } from '../kept.ts'
import type { ClockChoice, Market, PageContext, Theme } from '../page_context.ts'
import type { Value } from '../value.ts'
import { badgeOf } from './badge_state.ts'
import { icon } from './icons.ts'
import { themeButton } from './theme.ts'

/** Builds the header, which keeps itself up to date. */
export function header(context: PageContext, theme: Value<Theme>): HTMLElement {
  return element(
    'header',
    { attributes: { class: 'header' } },
    element('h1', { attributes: { class: 'brand' } }, icon('brand'), named('brand-name', 'tickerlake')),
    marketBadge(context),
    sourceChip(context),
    element('div', { attributes: { class: 'header-end' } }, buildNote(context), zoneClock(context), themeButton(theme)),
  )
}

function named(name: string, text = ''): HTMLElement {
  return element('span', { attributes: { class: name } }, text)
}

/** A screen reader is told of another state, but not of each second. */
function marketBadge({ connection, clock, market, ask, on }: PageContext): HTMLElement {
  const label = element('span', { attributes: { class: 'badge-label chip', role: 'status' } })
  const [words, age] = [named('badge-detail-words'), named('badge-detail-age')]
  let flow: FlowState | undefined
  let newestEventTime: number | null = null
  const show = () => {
    const known = { connection: connection.get(), freshness: flow?.freshness, saidAt: flow?.now ?? 0 }
    const now = clock.now()
    const opening = market.get() === null ? '' : openingText(market.get() as Market, now)
    const badge = badgeOf({ ...known, newestEventTime, opening, now })
    setText(label, badge.label)
    label.dataset.tone = badge.tone
    setText(words, badge.words)
    setText(age, badge.age)
  }
  const take = (eventTime: number | null) => {
    if (eventTime !== null && (newestEventTime === null || eventTime > newestEventTime)) newestEventTime = eventTime
  }
  const takeFlow = (state: FlowState) => {
    flow = state
    take(state.newestEventTime)
    show()
  }
  on('flow', takeFlow)
  // The event may be a while away.
  ask('/api/health').then(takeFlow, () => {})
  on('quotes', ({ rows }) => {
    for (const [, , eventTime] of rows) take(eventTime)
  })
  connection.watch(show)
  clock.second.watch(show)
  const detail = element('span', { attributes: { class: 'badge-detail' } }, words, age)
  return element('div', { attributes: { class: 'badge' } }, label, detail)
}

const SOURCES: Readonly<Record<string, string>> = { simulator: 'Simulated', replay: 'Replayed' }

/** Nobody may take a made-up market for a real one. */
function sourceChip({ on }: PageContext): HTMLElement {
  const word = named('source-word')
  const attributes = { class: 'chip source', 'data-tone': 'waiting', hidden: true }
  const chip = element('span', { attributes }, word, named('source-rest', 'market'))
  on('flow', ({ source }) => {
    const words = SOURCES[source ?? '']
    chip.hidden = words === undefined
    setText(word, words ?? '')
  })
  return chip
}

/** The server has other files than this page was made of. It goes on, but may not know what is new. */
function buildNote({ on }: PageContext): HTMLElement {
  const note = element(
    'button',
    {
      attributes: { type: 'button', class: 'button', hidden: true },
      on: { click: () => location.reload() },
    },
    'Update the page',
  )
  note.title = 'The server has a newer version of this page'
  let first: string | undefined
  on('hello', ({ build }) => {
    first ??= build
    note.hidden = build === first
  })
  return note
}

/** The time, and a switch for whose it is. */
function zoneClock({ clock, clockChoice, exchangeZone, zone }: PageContext): HTMLElement {
  const [time, name] = [named('clock-time'), named('clock-zone')]
  // A focused button whose name changes each second would be read out each second.
  time.setAttribute('aria-hidden', 'true')
  const button = element(
    'button',
    {
      attributes: { type: 'button', class: 'button clock', 'data-kind': 'bare' },
      on: { click: () => clockChoice.set(OTHER[clockChoice.get()]) },
    },
    time,
    name,
  )
  const show = () => {
    const now = clock.now()
    setText(time, timeText(now, zone.get()))
    setText(name, zoneText(now, zone.get()))
  }
  const tell = () => {
    const words = { utc: 'UTC', exchange: `exchange time (${cityText(exchangeZone.get())})` }
    button.title = `Times are ${words[clockChoice.get()]}; click for ${words[OTHER[clockChoice.get()]]}`
    show()
  }
  clockChoice.watch((chosen) => keepChoice('zone', chosen))
  zone.watch(tell)
  exchangeZone.watch(tell)
  clock.second.watch(show)
  return button
}

const OTHER: Readonly<Record<ClockChoice, ClockChoice>> = { utc: 'exchange', exchange: 'utc' }

/** A text that stays is not written again. */
function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
