// On a phone one view is seen at a time; this is the bar at the bottom that chooses it.

import { element } from '../dom.ts'
import type { PageContext, Tab } from '../page_context.ts'
import type { Value } from '../value.ts'
import { icon } from './icons.ts'

/** What a phone shows: a place of the frame, or the dock with its chosen tab. */
export type PhoneView = 'symbols' | 'chart' | 'alerts' | 'tab'

/** What is chosen: a place, or a tab of the dock. */
type Choice = Exclude<PhoneView, 'tab'> | Tab

const VIEWS: readonly (readonly [name: Choice, label: string])[] = [
  ['symbols', 'Symbols'],
  ['chart', 'Chart'],
  ['alerts', 'Alerts'],
  ['flow', 'Flow'],
  ['refused', 'Late'],
  ['sql', 'SQL'],
]

/** The bar. It sets the view, and the tab that goes with it. */
export function phoneViews({ tab, on }: PageContext, view: Value<PhoneView>): HTMLElement {
  const buttons = new Map(VIEWS.map(([name, label]) => [name, viewButton(name, label, () => choose(name))]))
  const choose = (name: Choice) => {
    if (isTab(name)) tab.set(name)
    view.set(isTab(name) ? 'tab' : name)
  }
  const show = () => {
    const seen = view.get() === 'tab' ? tab.get() : view.get()
    for (const [name, button] of buttons) {
      if (name === seen) button.setAttribute('aria-current', 'page')
      else button.removeAttribute('aria-current')
    }
  }
  view.watch(show)
  tab.watch(show)
  on('hello', ({ sql }) => buttons.get('sql')?.toggleAttribute('hidden', !sql))
  return element('nav', { attributes: { class: 'phone-views', 'aria-label': 'Views' } }, ...buttons.values())
}

function isTab(name: Choice): name is Tab {
  return name === 'flow' || name === 'refused' || name === 'sql'
}

function viewButton(name: Choice, label: string, choose: () => void): HTMLElement {
  const attributes = { type: 'button', class: 'phone-view' }
  return element('button', { attributes, on: { click: choose } }, icon(name), element('span', {}, label))
}
