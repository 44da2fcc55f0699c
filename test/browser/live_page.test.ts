// The page's frame, its symbols and its alerts, over real processes and in a real browser.

import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { systemClock } from '#runtime/clock'
import { describeWithBrowser, type OpenPage } from '#support/web/browser'
import { type RunningPage, startPage } from '#support/web/running_page'

const TEST_MAX_MS = 120_000
/** How long what was sent may take to be seen where time is not what is tested. */
const SEEN_MAX_MS = 20_000

const MARKUP = '<img src=x onerror="document.title=1"><b>bold</b>'

const cellOf = (page: Page, symbol: string, cell: string) =>
  page.locator('.symbol-row', { has: page.locator('.cell-symbol', { hasText: symbol }) }).locator(`.cell-${cell}`)
const badge = (page: Page) => page.locator('.badge-label')
const alerts = (page: Page) => page.locator('.alert')

/** Waits until the locator's text is that. */
async function sees(page: Page, selector: ReturnType<typeof cellOf>, text: string): Promise<void> {
  await selector.filter({ hasText: text }).first().waitFor({ timeout: SEEN_MAX_MS })
  expect(page.url()).toContain('http://127.0.0.1')
}

/** Two quotes of which the second one moved enough to alert. */
async function move(page: RunningPage, symbol: string, percent: number): Promise<void> {
  const now = systemClock.now()
  await page.publish({ symbol, price: 100, timestamp: now - 1_000 })
  await page.publish({ symbol, price: 100 + percent, timestamp: now })
}

/** What the browser itself says while the server is away is no fault of the page. */
const faults = ({ problems }: OpenPage) => problems.filter((text) => !/net::ERR_|Failed to load resource/.test(text))

describeWithBrowser('the live page', (browser) => {
  test(
    'shows a quote within a second, an alert, and markup as text; it asks nobody else and logs no error',
    async () => {
      const running = await startPage()
      await running.startWeb()
      await running.publish(
        { symbol: 'AAPL', price: 100, previousClose: 80, exchange: MARKUP, currency: MARKUP, marketState: MARKUP },
        { symbol: 'MSFT', price: 50, source: MARKUP },
      )
      const opened = await browser.open(running.origin)
      const { page } = opened
      await sees(page, cellOf(page, 'AAPL', 'price'), '100.00')
      expect(await cellOf(page, 'AAPL', 'percent').textContent()).toBe('+25.00%')
      expect(await cellOf(page, 'MSFT', 'percent').textContent()).toBe('–')
      await sees(page, badge(page), 'Live')

      let price = 101
      const waitOfQuote = async () => {
        price += 0.11
        const sent = performance.now()
        await running.publish({ symbol: 'AAPL', price })
        await sees(page, cellOf(page, 'AAPL', 'price'), price.toFixed(2))
        return performance.now() - sent
      }
      // As often as it takes: now and then a machine has other things to do for a second.
      await expect.poll(waitOfQuote, { timeout: TEST_MAX_MS / 2 }).toBeLessThan(1_000)

      await move(running, 'TSLA', 7)
      await alerts(page).filter({ hasText: 'TSLA' }).first().waitFor({ timeout: SEEN_MAX_MS })
      expect(await alerts(page).first().textContent()).toMatch(/▲TSLA\+7.00%L3.*in 1 s · 100.00 → 107.00/)
      await sees(page, cellOf(page, 'TSLA', 'alerts'), '1')

      expect(await page.locator('img, b').count()).toBe(0)
      await expect.poll(() => page.title()).toContain(`AAPL ${price.toFixed(2)}`)
      expect(opened.problems).toEqual([])
    },
    TEST_MAX_MS,
  )

  test(
    'goes on by itself when the web process was killed, with what came meanwhile, each once',
    async () => {
      const running = await startPage()
      const web = await running.startWeb()
      await running.publish({ symbol: 'AAPL', price: 100 })
      const opened = await browser.open(running.origin)
      const { page } = opened
      await sees(page, cellOf(page, 'AAPL', 'price'), '100.00')
      await move(running, 'TSLA', 3)
      await alerts(page).filter({ hasText: 'TSLA' }).first().waitFor({ timeout: SEEN_MAX_MS })
      await page.evaluate('window.sameDocument = true')

      await web.stop('SIGKILL')
      await sees(page, badge(page), 'Connection lost')
      await move(running, 'NVDA', -4)
      await running.publish({ symbol: 'AAPL', price: 100.11 })
      await running.startWeb()
      // What came meanwhile may be half a minute old by now, which is stale.
      await running.publish({ symbol: 'MSFT', price: 50 })
      await sees(page, badge(page), 'Live')
      await sees(page, cellOf(page, 'AAPL', 'price'), '100.11')
      await alerts(page).filter({ hasText: 'NVDA' }).first().waitFor({ timeout: SEEN_MAX_MS })
      await running.publish({ symbol: 'AAPL', price: 100.22 })
      await sees(page, cellOf(page, 'AAPL', 'price'), '100.22')

      const symbols = await page.locator('.alert-symbol').allTextContents()
      expect(symbols.toSorted()).toEqual([...new Set(symbols)].toSorted())
      expect(await page.evaluate('window.sameDocument')).toBe(true)
      expect(faults(opened)).toEqual([])
    },
    TEST_MAX_MS,
  )

  test(
    'is used by the keyboard alone',
    async () => {
      const running = await startPage()
      await running.startWeb()
      const symbols = ['AAPL', 'AMZN', 'GOOGL', 'MSFT', 'TSLA']
      await running.publish(...symbols.map((symbol, index) => ({ symbol, price: 100 + index })))
      await move(running, 'NVDA', 3)
      const { page, problems } = await browser.open(running.origin)
      await sees(page, cellOf(page, 'TSLA', 'price'), '104.00')
      const chosen = () => page.locator('.symbol-row[aria-selected="true"] .cell-symbol').textContent()
      await expect.poll(chosen).toBe('AAPL')

      await page.keyboard.press('/')
      await page.keyboard.type('ms')
      await sees(page, page.locator('.panel-count'), '1 of 6')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Enter')
      await expect.poll(chosen).toBe('MSFT')
      await expect.poll(() => page.url()).toContain('#symbol=MSFT')

      await page.keyboard.press('/')
      await page.keyboard.press('Escape')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('End')
      const active = async () => {
        const id = await page.locator('.symbol-table').getAttribute('aria-activedescendant')
        return page.locator(`#${id} .cell-symbol`).textContent()
      }
      await expect.poll(active).toBe('TSLA')
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('Enter')
      await expect.poll(chosen).toBe('NVDA')
      await page.goBack()
      await expect.poll(chosen).toBe('MSFT')

      await page.locator('.alert').first().focus()
      await page.keyboard.press('Enter')
      await expect.poll(() => page.url()).toMatch(/#symbol=NVDA.*&at=\d+/)

      await page.locator('[role="tab"][aria-selected="true"]').focus()
      await page.keyboard.press('ArrowRight')
      const tab = page.locator('[role="tab"][aria-selected="true"]')
      await expect.poll(() => tab.textContent()).toBe('Late & refused')
      await expect.poll(() => page.url()).toContain('tab=refused')
      expect(problems).toEqual([])
    },
    TEST_MAX_MS,
  )

  test(
    'sorts by a column, tells a screen reader how, and keeps the order under a pointer',
    async () => {
      const running = await startPage()
      await running.startWeb()
      await running.publish({ symbol: 'A', price: 30 }, { symbol: 'B', price: 20 }, { symbol: 'C', price: 10 })
      const { page } = await browser.open(running.origin)
      await sees(page, cellOf(page, 'C', 'price'), '10.00')
      const order = async () => {
        const rows = page.locator('.symbol-row:visible')
        const placed = await rows.evaluateAll((made) =>
          made.map(
            (row) =>
              [Number(row.getAttribute('aria-rowindex')), row.querySelector('.cell-symbol')?.textContent] as const,
          ),
        )
        return placed
          .sort(([a], [b]) => a - b)
          .map(([, symbol]) => symbol)
          .join('')
      }
      await page.locator('.symbol-head .cell-price button').click()
      const head = page.locator('.symbol-head .cell-price')
      await expect.poll(() => head.getAttribute('aria-sort')).toBe('descending')
      await expect.poll(order).toBe('ABC')

      await cellOf(page, 'B', 'price').hover()
      await running.publish({ symbol: 'C', price: 99 })
      await sees(page, cellOf(page, 'C', 'price'), '99.00')
      await pause(2_500)
      expect(await order()).toBe('ABC')
      await page.locator('.header').hover()
      await expect.poll(order, { timeout: SEEN_MAX_MS }).toBe('CAB')
      expect(await page.locator('.symbol-table').getAttribute('aria-rowcount')).toBe('4')
    },
    TEST_MAX_MS,
  )

  test(
    'fits a phone: one view at a time, nothing to scroll sideways, and a choice leads to the chart',
    async () => {
      const running = await startPage()
      const web = await running.startWeb()
      await running.publish({ symbol: 'AAPL', price: 123_456.78, previousClose: 1 }, { symbol: 'MSFT', price: 2 })
      await move(running, 'NVDA', 3)
      const opened = await browser.open(running.origin, { width: 390, height: 844, scheme: 'dark' })
      const { page } = opened
      await sees(page, cellOf(page, 'AAPL', 'price'), '123,456.78')
      const views = page.locator('.phone-view')
      for (const view of ['Alerts', 'Flow', 'Late', 'SQL', 'Chart', 'Symbols']) {
        await views.filter({ hasText: view }).click()
        await expect.poll(() => views.filter({ hasText: view }).getAttribute('aria-current')).toBe('page')
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), view).toBe(0)
      }
      await running.publish({ symbol: 'MSFT', price: 2, source: 'simulator' })
      await page.getByText('Simulated').first().waitFor()
      for (const width of [360, 320]) {
        await page.setViewportSize({ width, height: 844 })
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), `${width} px`).toBe(0)
      }
      await cellOf(page, 'MSFT', 'symbol').click()
      const seen = () => page.locator('[aria-current="page"]').textContent()
      await expect.poll(seen).toBe('Chart')
      for (const [tab, view] of [
        ['sql', 'SQL'],
        ['flow', 'Flow'],
      ]) {
        // Another document, as when a link is opened.
        await page.goto('about:blank')
        await page.goto(`${running.origin}/#tab=${tab}`)
        await expect.poll(seen).toBe(view)
      }
      await page.evaluate("location.hash = '#tab=refused'")
      await expect.poll(seen).toBe('Late')

      await page.setViewportSize({ width: 390, height: 844 })
      await page.getByText('Simulated').first().waitFor()
      await web.stop('SIGKILL')
      await sees(page, badge(page), 'Connection lost')
      const rightOf = (selector: string) => page.locator(selector).evaluate((it) => it.getBoundingClientRect().right)
      const left = await page.locator('.source').evaluate((it) => it.getBoundingClientRect().left)
      expect(await rightOf('.badge-label')).toBeLessThanOrEqual(left)
      expect(await rightOf('.header-end')).toBeLessThanOrEqual(390)
      expect(faults(opened)).toEqual([])
    },
    TEST_MAX_MS,
  )
})
