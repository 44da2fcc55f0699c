// What a new user sees who starts on Yahoo, which a server of the test plays: a page with a day of history and ticks.

import { expect, onTestFinished, test, vi } from 'vitest'
import type { Calendar } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { systemClock } from '#runtime/clock'
import { describeWithBrowser, type OpenPage } from '#support/web/browser'
import { ChartPage } from '#support/web/chart/chart_page'
import { startPage } from '#support/web/page_server'
import { chartAnswers } from '#support/yahoo/chart_answers'
import { startYahooServer, YAHOO_ROWS, type YahooServer } from '#support/yahoo/yahoo_server'

/** The markets of both are open whenever the test runs. */
const SYMBOLS = ['BTC-USD', 'ETH-USD']
const ALWAYS = openCalendars({}).named('24/7') as Calendar
/** In the columns of the chart's table. */
const STATE = 10

async function playedYahoo(): Promise<YahooServer> {
  const yahoo = await startYahooServer()
  onTestFinished(() => yahoo.close())
  const symbols = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, { calendar: ALWAYS, exchange: 'CCC' }]))
  yahoo.serve(chartAnswers({ symbols, now: () => systemClock.now() }).part)
  yahoo.setRows(SYMBOLS.map((symbol) => ({ ...YAHOO_ROWS.AAPL, symbol, exchange: 'CCC', marketState: 'REGULAR' })))
  const ticking = setInterval(() => {
    for (const id of SYMBOLS) tick(yahoo, id)
  }, 250)
  onTestFinished(() => clearInterval(ticking))
  return yahoo
}

function tick(yahoo: YahooServer, id: string): void {
  const time = systemClock.now()
  const price = 90 + Math.round(100 * Math.sin(time / 9_000)) / 100
  yahoo.streamer.send({
    id,
    price,
    time,
    exchange: 'CCC',
    quoteType: 41,
    marketHours: 1,
    currency: 'USD',
    priceHint: 2,
  })
}

vi.setConfig({ testTimeout: 120_000 })

/** Bars of history and of ticks in view, as soon as both are there. */
async function seesBoth({ page }: OpenPage): Promise<void> {
  const chart = new ChartPage(page)
  await chart.openTable()
  const seen = async () => {
    const states = (await chart.bars()).map(({ cells }) => cells[STATE] ?? '')
    return ['from history', 'forming'].map((begin) => states.some((state) => state.startsWith(begin)))
  }
  await expect.poll(seen, { timeout: 60_000 }).toEqual([true, true])
}

describeWithBrowser('the first start on Yahoo', (browser) => {
  test('shows a day of history and ticks, and says how long that took', async () => {
    const yahoo = await playedYahoo()
    const startedAt = performance.now()
    const { origin } = await startPage('start', {
      ...{ SOURCE: 'yahoo', SYMBOLS: SYMBOLS.join(','), YAHOO_BASE_URL: yahoo.url, BACKFILL_AT_START: 'true' },
      FLUSH_INTERVAL_MS: '5000',
    })
    const opened = await browser.open(`${origin}/#symbol=BTC-USD&grain=1m`)
    await seesBoth(opened)
    const tookMs = Math.round(performance.now() - startedAt)
    // Ten seconds at most on a machine that does nothing else; how fast this one is, is nothing to be tested.
    console.log(`The first page with history and ticks was there after ${tookMs} ms.`)
    const { page, problems, screenshot } = opened
    const answer = await page.request.get(`${origin}/api/bars?symbol=BTC-USD`)
    const { bars } = (await answer.json()) as { bars: readonly { readonly origin: string }[] }
    const minutesOfDay = (systemClock.now() % 86_400_000) / 60_000
    expect(bars.filter((bar) => bar.origin === 'history').length).toBeGreaterThan(Math.min(1_000, minutesOfDay + 600))
    await page.locator('.chart-table summary').click()
    await screenshot('first_start')
    expect(problems).toEqual([])
  })
})
