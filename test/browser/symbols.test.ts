// The table of symbols in a real browser: at each width its words and numbers can be read whole.

import { expect, test } from 'vitest'
import { epochMs } from '#runtime/units'
import type { SymbolRow } from '#services/web/api'
import { jsonRoute } from '#services/web/http/route'
import { describeWithBrowser } from '#support/web/browser'
import { flowState } from '#support/web/flow_states'
import { scriptedPage } from '#support/web/scripted_page'

const NOW = Date.UTC(2026, 10, 27, 16, 26)

/** What needs most room: long names, prices of five digits, changes of 10 % and more, and a loss of all. */
const ROWS = [
  rowOf('AAPL', { price: 99.48, previousClose: 274.84 }),
  rowOf('BTC-USD', { price: 91_030.12, previousClose: 103_375.79, quotesPerMinute: 1_240, alertsToday: 12 }),
  rowOf('GONE', { price: 0.01, previousClose: 2_345.67 }),
  rowOf('RELIANCE.NS', {
    price: 1_545.6,
    previousClose: 1_402.35,
    session: 'none',
    eventTime: epochMs(NOW - 7_200_000),
  }),
  rowOf('TWICE', { price: 24_690.24, previousClose: 12_345.12 }),
]

const symbols = jsonRoute(() => ({ now: NOW, position: 'p', symbols: ROWS }))
const noBars = jsonRoute(() => ({
  ...{ symbol: 'AAPL', grain: '1m', grains: ['1m'], bars: [], earliest: null },
  ...{ zone: 'UTC', position: 'p', historyVersion: null },
}))

function rowOf(symbol: string, fields: Partial<SymbolRow>): SymbolRow {
  return {
    ...{ symbol, price: 1, eventTime: epochMs(NOW), previousClose: null, currency: 'USD', exchange: 'SIM' },
    ...{ marketState: 'REGULAR', source: 'simulator', quotesPerMinute: 233, alertsToday: 6 },
    ...{ spark: Array.from({ length: 60 }, (_, i) => 100 + (i % 7)), zone: 'UTC', session: 'regular', opensAt: null },
    ...fields,
  }
}

describeWithBrowser('the table of symbols', (browser) => {
  test.each([
    [1_920, 'light'],
    [1_440, 'dark'],
    [1_400, 'light'],
    [1_280, 'dark'],
    [1_024, 'light'],
    [390, 'dark'],
  ] as const)('cuts no word and no number at %i pixels', async (width, scheme) => {
    const routes = { '/api/symbols': { get: symbols }, '/api/bars': { get: noBars } }
    const server = await scriptedPage({ flow: () => flowState(NOW), routes })
    const { page, problems, screenshot } = await browser.open(server.url, { width, scheme })
    const texts = page.locator('.symbol-row .cell:not(.cell-spark)')
    await expect.poll(() => texts.filter({ visible: true }).count()).toBe(7 * ROWS.length)
    await screenshot(`symbols-${width}`)
    expect(await page.locator('.symbol-row .cell-percent').allTextContents()).toContain('−100.00%')
    const cut = await texts.evaluateAll((cells) =>
      cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => `${cell.textContent}`),
    )
    expect(cut).toEqual([])
    expect(problems).toEqual([])
  })
})
