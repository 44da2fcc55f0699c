// Keeps the URL's hash and the page's values the same, both ways: a link, the back button, or a choice on the page.
// Another symbol is a step that the back button takes back; the rest is not.

import { hashOf, type PagePlace, placeOf } from './hash.ts'
import type { PageContext } from './page_context.ts'

type Places = Pick<PageContext, 'chosen' | 'grain' | 'tab' | 'moment'>

/** Takes over what the hash says now, and follows it. */
export function followAddress(context: Places): void {
  const go = () => {
    const place = placeOf(location.hash)
    // The moment comes first: the chart, told of another symbol, goes there at once.
    context.moment.set(place.at)
    if (place.symbol !== null) context.chosen.set(place.symbol)
    context.grain.set(place.grain)
    context.tab.set(place.tab)
  }
  go()
  addEventListener('popstate', go)
  let due = false
  const write = () => {
    if (due) return
    due = true
    // What is set in one go becomes one step.
    queueMicrotask(() => {
      due = false
      writeHash(context)
    })
  }
  for (const value of [context.chosen, context.grain, context.tab, context.moment]) value.watch(write)
}

function writeHash({ chosen, grain, tab, moment }: Places): void {
  const place: PagePlace = { symbol: chosen.get(), grain: grain.get(), tab: tab.get(), at: moment.get() }
  const hash = hashOf(place)
  const before = placeOf(location.hash)
  if (hash === hashOf(before)) return
  const isStep = before.symbol !== null && before.symbol !== place.symbol
  if (isStep) history.pushState(null, '', hash)
  else history.replaceState(null, '', hash)
}
