// A market with hours, in a real browser: sessions, days, the exchange's own time, a closed market, and history that
// lands while one looks.

import { expect, onTestFinished, test, vi } from 'vitest'
import type { Calendar } from '#calendar/calendar'
import { openCalendars } from '#calendar/calendars'
import { tradeDateText } from '#market/session'
import { type EpochMs, epochMs } from '#runtime/units'
import type { BarRow } from '#services/web/api'
import { describeWithBrowser, type ViewOptions } from '#support/web/browser'
import { MINUTE } from '#support/web/chart/bars'
import { ChartPage } from '#support/web/chart/chart_page'
import { ScriptedMarket } from '#support/web/chart/scripted_market'

const XNYS = openCalendars({}).named('XNYS') as Calendar
/** Monday in New York, half an hour after the close. */
const NOW = Date.parse('2026-11-23T16:30:00-05:00')
const [CLOSE, QUOTES, STATE] = [4, 7, 10]
/** What a change may take on a busy machine. */
const WAIT = { timeout: 30_000 }

/** A minute of a market by its calendar; a price that wanders calmly. */
function minuteAt(time: number, fields: Partial<BarRow> = {}): BarRow {
  const { session, tradeDate } = XNYS.spanAt(time)
  const minute = time / MINUTE
  const [open, close] = [priceAt(minute), priceAt(minute + 1)]
  return {
    ...{ windowStart: epochMs(time), windowEnd: epochMs(time + MINUTE), open, close },
    ...{ high: Math.max(open, close) + 0.1, low: Math.min(open, close) - 0.1 },
    ...{ average: (open + close) / 2, vwap: null, volume: session === 'regular' ? 1_000 + (minute % 700) : null },
    ...{ count: 12, revision: 0, complete: true, origin: 'live', session, tradeDate: tradeDateText(tradeDate) },
    ...fields,
  }
}

function priceAt(minute: number): number {
  return (
    Math.round((180 + 4 * Math.sin(minute / 140) + Math.sin(minute / 17) + 0.4 * Math.sin(minute * 1.7)) * 100) / 100
  )
}

/** The minutes in which something trades: outside regular hours every third one. */
function minutesFrom(from: number, to: number, fields: Partial<BarRow> = {}): BarRow[] {
  const times = Array.from({ length: (to - from) / MINUTE }, (_, i) => from + i * MINUTE)
  return times
    .map((time) => minuteAt(time, fields))
    .filter(
      ({ session, windowStart }) => session === 'regular' || (session !== 'none' && (windowStart / MINUTE) % 3 === 0),
    )
}

const LAST_START = minutesFrom(NOW - 10 * MINUTE, NOW).at(-1)?.windowStart as EpochMs
/** Where it is told what the market does: there is room for one of them. */
const MARKET = ':is(.chart-market, .chart-legend-market):visible'
const HISTORY: Partial<BarRow> = { origin: 'history', average: null, count: null }

vi.setConfig({ testTimeout: 120_000 })

describeWithBrowser('a market with hours', (browser) => {
  async function open(market: ScriptedMarket, hash = 'symbol=AAPL&grain=1m', view: ViewOptions = {}) {
    await market.start()
    onTestFinished(() => market.stop())
    const opened = await browser.open(`${market.origin}/#${hash}`, view)
    const chart = new ChartPage(opened.page)
    return { ...opened, chart }
  }

  function newYork(): ScriptedMarket {
    const market = new ScriptedMarket(NOW)
    market.market = { ...market.market, session: 'post', opensAt: Date.parse('2026-11-24T09:30:00-05:00') as EpochMs }
    market.set('AAPL', minutesFrom(NOW - 9 * 60 * MINUTE, NOW))
    return market
  }

  test.each([
    ['wide', {}],
    ['dark', { scheme: 'dark' }],
    ['phone', { width: 390, height: 844 }],
  ] as const)('%s: pre-market and after hours stand apart, and regular hours can stand alone', async (name, view) => {
    const { chart, page, problems, screenshot } = await open(newYork(), undefined, view)
    if (name === 'phone') await page.locator('.phone-view', { hasText: 'Chart' }).click()
    await expect.poll(() => page.locator(MARKET).innerText(), WAIT).toBe('After hours, opens Tue 09:30 New York')
    await page.waitForTimeout(500)
    await screenshot(`market_hours_${name}`)
    await chart.openTable()
    await chart.expectBar(LAST_START, { [STATE]: 'closed, after hours' })
    await page.locator('[data-hours="regular"]').click()
    const shown = async () => {
      const bars = await chart.bars()
      const hasOthers = bars.some(({ cells }) => cells[STATE] === 'closed, after hours')
      return { hasOthers, last: bars.at(-1)?.start }
    }
    const lastMinute = Date.parse('2026-11-23T15:59:00-05:00')
    await expect.poll(shown, WAIT).toEqual({ hasOthers: false, last: lastMinute })
    expect(problems).toEqual([])
  })

  test('on a phone, too, the header has room for a closed market, and the list for its word', async () => {
    const market = newYork()
    market.freshness = 'closed'
    market.market = { ...market.market, session: 'none' }
    const { page, problems, screenshot } = await open(market)
    const detail = page.locator('.badge-detail')
    await expect.poll(() => detail.innerText(), WAIT).toBe('opens Tue 09:30 New York')
    const age = page.locator('.symbol-row .cell-age')
    await expect.poll(() => age.innerText(), WAIT).toBe('closed')
    expect(await age.evaluate((cell) => cell.scrollWidth > cell.clientWidth)).toBe(false)
    await page.setViewportSize({ width: 390, height: 844 })
    await expect.poll(() => page.locator('.badge-label').innerText(), WAIT).toBe('Market closed')
    const end = await page.locator('.header-end').boundingBox()
    expect((end?.x ?? 0) + (end?.width ?? 999)).toBeLessThanOrEqual(390)
    await screenshot('market_closed_phone')
    expect(problems).toEqual([])
  })

  test('times are those of the exchange, wherever that is', async () => {
    const market = new ScriptedMarket(NOW)
    market.market = { zone: 'Asia/Tokyo', session: 'none', opensAt: Date.parse('2026-11-24T09:00:00+09:00') as EpochMs }
    market.set('7203.T', minutesFrom(NOW - 3 * 60 * MINUTE, NOW - 60 * MINUTE))
    const { chart, page, problems, screenshot } = await open(market, 'symbol=7203.T&grain=1m')
    await expect.poll(() => page.locator(MARKET).innerText(), WAIT).toBe('Market closed, opens 09:00 Tokyo')
    await page.locator('.clock').click()
    await expect.poll(() => chart.text('legend'), WAIT).toContain('Tue 24 Nov 2026, 05:29 GMT+9')
    await expect.poll(() => page.locator('.symbol-row .cell-age').innerText(), WAIT).toBe('closed')
    await screenshot('market_hours_tokyo')
    expect(problems).toEqual([])
  })

  test('history that lands is there without a reload, and where it begins is where one can go', async () => {
    const market = newYork()
    const { chart, page, problems, screenshot } = await open(market)
    await chart.openTable()
    const missed = Date.parse('2026-11-23T10:00:00-05:00')
    market.set(
      'AAPL',
      market.barsOf('AAPL').filter(({ windowStart }) => windowStart < missed || windowStart > missed + 30 * MINUTE),
    )
    await page.reload()
    await chart.openTable()
    await chart.expectBar(LAST_START, { [STATE]: 'closed, after hours' })
    await page.evaluate('window.isSamePage = true')
    market.land('AAPL', ...minutesFrom(NOW - 3 * 24 * 60 * MINUTE, NOW - 60 * MINUTE, HISTORY))
    await page.evaluate(`location.hash = 'symbol=AAPL&grain=1m&at=${missed + 5 * MINUTE}'`)
    await chart.expectBar(missed + 5 * MINUTE, { [STATE]: 'from history', [QUOTES]: '\u2013' })
    await chart.press('Home')
    const first = market.barsOf('AAPL')[0] as BarRow
    await chart.expectBar(first.windowStart, { [CLOSE]: first.close.toFixed(2) })
    expect(await page.evaluate('window.isSamePage')).toBe(true)
    await screenshot('market_hours_history')
    expect(problems).toEqual([])
  })

  test('a year of days stands by its dates, weekends and holidays left out', async () => {
    const market = newYork()
    const dates = Array.from({ length: 365 }, (_, i) => NOW / 86_400_000 - 365 + i).map(Math.floor)
    const days = dates.flatMap((date) => {
      const spans = XNYS.spansOf(date)
      const [windowStart, windowEnd] = [spans[0]?.start, spans.at(-1)?.end]
      if (windowStart === undefined || windowEnd === undefined) return []
      const fields = { windowStart, windowEnd, session: null, tradeDate: tradeDateText(date), volume: 5e7 }
      return [minuteAt(date * 86_400_000, { ...HISTORY, ...fields })]
    })
    market.set('AAPL', days)
    market.rollsUp = false
    const { chart, page, problems, screenshot } = await open(market, 'symbol=AAPL&grain=1d')
    await chart.openTable()
    await expect.poll(async () => (await chart.bars()).length, WAIT).toBeGreaterThan(60)
    const rows = await chart.bars()
    expect(rows.map(({ cells }) => cells[0])).toContain('Fri 20 Nov 2026')
    expect(rows.every(({ cells }) => /^(Mon|Tue|Wed|Thu|Fri) /.test(cells[0] ?? ''))).toBe(true)
    await page.locator('.chart-table summary').click()
    await screenshot('market_hours_days')
    expect(problems).toEqual([])
  })
})
