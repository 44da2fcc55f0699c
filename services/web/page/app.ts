// The page's beginning: what it stands on is made here, then its panels. A panel is one line in `panels`.

import { followAddress } from './address.ts'
import { alertsPanel } from './alerts/alerts_panel.ts'
import { ask } from './ask.ts'
import { chartPanel } from './chart/chart_panel.ts'
import { ServerClock } from './clock.ts'
import { LiveConnection } from './connection.ts'
import { flowPanel } from './flow/panel.ts'
import { keptChoice } from './kept.ts'
import { loginAgain } from './login_again.ts'
import type { ClockChoice, Market, PageContext, Tab, Theme } from './page_context.ts'
import type { Panel } from './panel.ts'
import { refusedPanel } from './refused/panel.ts'
import { type Place, showPage } from './shell/shell.ts'
import { sqlPanel } from './sql/panel.ts'
import { symbolsPanel } from './symbols/symbols_panel.ts'
import { Value } from './value.ts'

const panels: Readonly<Partial<Record<Place, Panel>>> = {
  symbols: symbolsPanel,
  chart: chartPanel,
  alerts: alertsPanel,
  flow: flowPanel,
  refused: refusedPanel,
  sql: sqlPanel,
}

const steady = () => performance.now()
const clock = new ServerClock(steady, performance.timeOrigin)
const live = new LiveConnection({ open: (url) => new EventSource(url), steady })
const theme = new Value<Theme>('light')

const context: PageContext = {
  connection: live.state,
  chosen: new Value<string | null>(null),
  grain: new Value<string | null>(null),
  tab: new Value<Tab>('flow'),
  clockChoice: new Value<ClockChoice>(keptChoice('zone', ['utc', 'exchange'])),
  exchangeZone: new Value('America/New_York'),
  zone: new Value('UTC'),
  market: new Value<Market | null>(null),
  theme,
  moment: new Value<number | null>(null),
  clock,
  on: (event, listener) => live.on(event, listener),
  ask: async (path, query, signal) => {
    await begun
    return ask(path, query, signal)
  },
}

live.on('hello', ({ now }) => clock.begin(now))
live.on('quotes', ({ now }) => clock.hear(now))
live.on('flow', ({ now }) => clock.hear(now))
live.on('beat', ({ now }) => clock.hear(now))

const showZone = () => context.zone.set(context.clockChoice.get() === 'utc' ? 'UTC' : context.exchangeZone.get())
context.clockChoice.watch(showZone)
context.exchangeZone.watch(showZone)

followAddress(context)
const begun = firstWord()
showPage(context, { panels, theme })
context.chosen.watch((symbol) => live.choose(symbol))
loginAgain(context)
live.start()
clock.run()
addEventListener('online', () => live.hurry())
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') live.hurry()
})

/**
 * Resolves when the stream has begun, or could not be: what is asked for after that and what the stream brings have no
 * gap between them.
 */
function firstWord(): Promise<void> {
  return new Promise((resolve) => {
    live.state.watch((state) => {
      if (state !== 'connecting') resolve()
    })
  })
}
