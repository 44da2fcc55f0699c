// The page's frame: the header, a place for each panel, and what a phone chooses views with.

import { element } from '../dom.ts'
import { namesTab } from '../hash.ts'
import type { PageContext, Tab, Theme } from '../page_context.ts'
import type { Panel } from '../panel.ts'
import { Value } from '../value.ts'
import { dock } from './dock.ts'
import { dockEdge } from './dock_height.ts'
import { header } from './header.ts'
import { type PhoneView, phoneViews } from './phone_views.ts'
import { place } from './place.ts'

export type Place = 'symbols' | 'chart' | 'alerts' | Tab

/** Builds the frame with its panels into the page, in place of what stood there while it was loading. */
export function showPage(
  context: PageContext,
  { panels, theme }: { readonly panels: Readonly<Partial<Record<Place, Panel>>>; readonly theme: Value<Theme> },
): void {
  const below = dock(context)
  const places: Readonly<Record<Place, HTMLElement>> = {
    symbols: place('symbols', 'Symbols'),
    chart: place('chart', 'Chart'),
    alerts: place('alerts', 'Alerts'),
    ...below.places,
  }
  const view = new Value<PhoneView>(namesTab(location.hash) ? 'tab' : 'symbols')
  const attributes = { class: 'frame' }
  const frame = element('main', { attributes }, places.symbols, places.chart, places.alerts, below.root)
  view.watch((seen) => {
    frame.dataset.view = seen
  })
  below.root.prepend(dockEdge(frame))
  below.state.watch((state) => {
    frame.dataset.dock = state
  })
  context.connection.watch((state) => {
    frame.dataset.connection = state
  })
  document.body.replaceChildren(header(context, theme), frame, phoneViews(context, view))
  for (const [name, panel] of Object.entries(panels)) mount(places[name as Place], () => panel(context))
  goToTab(context, view)
  goToChart(context, view)
}

/** One panel that cannot be made leaves the others as they are. */
function mount(into: HTMLElement, make: () => HTMLElement): void {
  try {
    into.append(make())
  } catch (error) {
    const text = 'This part of the page does not work in this browser. The browser’s console says why.'
    into.append(element('p', { attributes: { class: 'note', 'data-kind': 'failed' } }, text))
    reportError(error)
  }
}

/** A phone shows the tab that another address names. That there is no SQL is no reason to leave what is seen. */
function goToTab({ tab }: PageContext, view: Value<PhoneView>): void {
  let before = tab.get()
  tab.watch((chosen) => {
    if (chosen !== before && chosen !== 'flow') view.set('tab')
    before = chosen
  })
}

/** Who chooses a symbol or an alert on a phone wants to see the chart, but not when the page has just begun. */
function goToChart({ chosen, moment }: PageContext, view: Value<PhoneView>): void {
  let before = chosen.get()
  chosen.watch((symbol) => {
    if (before !== null && symbol !== before) view.set('chart')
    before = symbol
  })
  moment.watch((time) => {
    if (time !== null) view.set('chart')
  })
}
