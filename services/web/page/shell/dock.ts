// What stands below the chart: tabs with a place each. It can be folded away; choosing a tab opens it.

import { element } from '../dom.ts'
import { TABS } from '../hash.ts'
import { keepChoice, keptChoice } from '../kept.ts'
import type { PageContext, Tab } from '../page_context.ts'
import { Value } from '../value.ts'
import { icon } from './icons.ts'
import { place } from './place.ts'

export const TAB_NAMES: Readonly<Record<Tab, string>> = { flow: 'Flow', refused: 'Late & refused', sql: 'SQL' }

/** The dock, the places by tab, and whether it is open. */
export interface Dock {
  readonly root: HTMLElement
  readonly places: Readonly<Record<Tab, HTMLElement>>
  readonly state: Value<'open' | 'closed'>
}

/** Builds the dock. */
export function dock({ tab, on }: PageContext): Dock {
  const state = new Value<'open' | 'closed'>(keptChoice('dock', ['open', 'closed']))
  const places = { flow: tabPlace('flow'), refused: tabPlace('refused'), sql: tabPlace('sql') }
  const choose = (chosen: Tab) => {
    tab.set(chosen)
    state.set('open')
  }
  const buttons = TABS.map((name) => tabButton(name, choose))
  const list = element(
    'div',
    { attributes: { role: 'tablist', 'aria-label': 'Below the chart', class: 'tab-list' } },
    ...buttons,
  )
  list.addEventListener('keydown', (event) => moveBetween(event, buttons))
  tab.watch((chosen) => {
    for (const [index, name] of TABS.entries()) {
      const isChosen = name === chosen
      buttons[index]?.setAttribute('aria-selected', `${isChosen}`)
      if (buttons[index] !== undefined) buttons[index].tabIndex = isChosen ? 0 : -1
      places[name].hidden = !isChosen
    }
  })
  on('hello', ({ sql }) => {
    for (const [index, name] of TABS.entries()) if (name === 'sql') buttons[index]?.toggleAttribute('hidden', !sql)
    if (!sql && tab.get() === 'sql') tab.set('flow')
  })
  state.watch((chosen) => keepChoice('dock', chosen))
  const bar = element('div', { attributes: { class: 'tabs' } }, list, foldButton(state))
  return { root: element('section', { attributes: { class: 'dock' } }, bar, ...Object.values(places)), places, state }
}

function tabPlace(name: Tab): HTMLElement {
  const made = place(name, TAB_NAMES[name])
  made.id = `tab-${name}`
  made.setAttribute('role', 'tabpanel')
  return made
}

function tabButton(name: Tab, choose: (tab: Tab) => void): HTMLButtonElement {
  return element(
    'button',
    {
      attributes: { type: 'button', role: 'tab', class: 'tab', 'aria-controls': `tab-${name}` },
      on: { click: () => choose(name) },
    },
    TAB_NAMES[name],
  )
}

/** Arrows go from tab to tab and choose it, as in any list of tabs. */
function moveBetween(event: KeyboardEvent, buttons: readonly HTMLButtonElement[]): void {
  const shown = buttons.filter((button) => !button.hidden)
  const at = shown.indexOf(document.activeElement as HTMLButtonElement)
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: shown.length - 1 }[event.key]
  const button = to === undefined ? undefined : shown.at(to % shown.length)
  if (button === undefined) return
  event.preventDefault()
  button.focus()
  button.click()
}

function foldButton(state: Value<'open' | 'closed'>): HTMLElement {
  const button = element(
    'button',
    {
      attributes: { type: 'button', class: 'button dock-toggle', 'data-kind': 'bare' },
      on: { click: () => state.set(state.get() === 'open' ? 'closed' : 'open') },
    },
    icon('down'),
  )
  state.watch((chosen) => {
    button.setAttribute('aria-expanded', `${chosen === 'open'}`)
    button.title = chosen === 'open' ? 'Fold away' : 'Unfold'
    button.setAttribute('aria-label', button.title)
  })
  return button
}
