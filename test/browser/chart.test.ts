// The chart in a real browser, before a market by script: what its table says is what it draws.

import { expect, onTestFinished, test, vi } from 'vitest'
import type { BarRow } from '#services/web/api'
import { describeWithBrowser, type ViewOptions } from '#support/web/browser'
import { alertAt, MINUTE, minuteBar, NOON, rollUp } from '#support/web/chart/bars'
import { ChartPage } from '#support/web/chart/chart_page'
import { ScriptedMarket } from '#support/web/chart/scripted_market'

const minutes = (from: number, to: number, isThere: (minute: number) => boolean = () => true) =>
  Array.from({ length: to - from }, (_, index) => from + index)
    .filter(isThere)
    .map((minute) => minuteBar(minute))

/** Columns of the table. */
const [HIGH, CLOSE, QUOTES, STATE, ALERTS] = [2, 4, 7, 10, 11]

async function market(bars: readonly BarRow[]): Promise<ScriptedMarket> {
  const made = await new ScriptedMarket(NOON).start()
  onTestFinished(() => made.stop())
  made.set('AAPL', bars)
  return made
}

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 })

describeWithBrowser('the chart', (browser) => {
  async function openChart(
    made: ScriptedMarket,
    { hash = 'symbol=AAPL&grain=1m', ...view }: ViewOptions & { hash?: string } = {},
  ) {
    const opened = await browser.open(`${made.origin}/#${hash}`, view)
    const chart = new ChartPage(opened.page)
    await chart.openTable()
    return { ...opened, chart }
  }

  test('the forming bar moves, closes, and is redrawn when a late quote revises it', async () => {
    const made = await market(minutes(-200, 0))
    const { chart, problems, page } = await openChart(made)
    await chart.expectNewest(made.barsOf('AAPL'))
    made.form('AAPL', minuteBar(0, { high: 110, close: 105, count: 1, revision: -1 }))
    await chart.expectBar(NOON, { [HIGH]: '110.00', [CLOSE]: '105.00', [STATE]: 'forming' })
    made.form('AAPL', minuteBar(0, { high: 111, close: 111, count: 2, revision: -1 }))
    await chart.expectBar(NOON, { [HIGH]: '111.00', [QUOTES]: '2' })
    made.close('AAPL', minuteBar(0, { high: 112 }))
    made.form('AAPL', minuteBar(1, { revision: -1 }))
    await chart.expectBar(NOON, { [HIGH]: '112.00', [STATE]: 'closed' })
    made.close('AAPL', minuteBar(0, { high: 113, revision: 1 }), minuteBar(-40, { high: 120, revision: 2 }))
    await chart.expectBar(NOON, { [HIGH]: '113.00', [STATE]: 'revised once' })
    await chart.expectBar(NOON - 40 * MINUTE, { [HIGH]: '120.00', [STATE]: 'revised twice' })
    expect(await page.locator('#chart-newest').textContent()).toContain('Sat 28 Nov 2026, 12:01 UTC')
    expect(problems).toEqual([])
  })

  test('missing minutes are there to see, until a late quote makes one of them a bar', async () => {
    const made = await market(minutes(-100, 0, (minute) => minute < -20 || minute > -17))
    const { chart, problems } = await openChart(made)
    await chart.expectNewest(made.barsOf('AAPL'))
    const pause = (await chart.rows()).find(({ cells }) => cells.length === 2)
    expect(pause).toEqual({ start: NOON - 20 * MINUTE, cells: ['Sat 28 Nov 2026, 11:40 UTC', 'No quotes for 4 min'] })
    made.close('AAPL', minuteBar(-19))
    await chart.expectNewest(made.barsOf('AAPL'))
    const pauses = (await chart.rows()).filter(({ cells }) => cells.length === 2)
    expect(pauses.map(({ cells }) => cells[1])).toEqual(['No quotes for 1 min', 'No quotes for 2 min'])
    expect(problems).toEqual([])
  })

  test('an alert has its mark and its text', async () => {
    const made = await market(minutes(-200, 0))
    made.alert(alertAt(-30))
    const { chart, page, problems } = await openChart(made)
    await chart.expectBar(NOON - 30 * MINUTE, { [ALERTS]: alertAt(-30).message })
    const summary = page.locator('.chart-table summary')
    await expect.poll(() => summary.innerText()).toMatch(/^Table: \d+ bars, 1 with an alert$/)
    made.alert(alertAt(-5, { message: '<b>AAPL</b> +9 %' }))
    await chart.expectBar(NOON - 5 * MINUTE, { [ALERTS]: '<b>AAPL</b> +9 %' })
    await expect.poll(() => summary.innerText()).toMatch(/, 2 with an alert$/)
    expect(problems).toEqual([])
  })

  test('one scrolls back to the first bar: no bar is missing or twice, and the beginning is said', async () => {
    const all = minutes(-5_000, 0, (minute) => minute % 97 !== 0 && (minute < -3_000 || minute > -2_400))
    const made = await market(all)
    const { chart, page, problems } = await openChart(made)
    await chart.expectNewest(all)
    await chart.press('-', 7)
    const seen = new Map<number, string>()
    const look = async () => {
      const bars = await chart.bars()
      const starts = bars.map(({ start }) => start)
      const [first, last] = [starts[0] as number, starts.at(-1) as number]
      const wanted = all.filter(({ windowStart }) => windowStart >= first && windowStart <= last)
      expect(starts).toEqual(wanted.map(({ windowStart }) => windowStart))
      for (const { start, cells } of bars) seen.set(start, `${cells[4]}`)
    }
    const isBeginning = async () => (await chart.text('remarks')).includes('The first bar')
    const inView = async () => (await chart.bars()).map(({ start }) => start)
    /** All that was asked for is drawn, and it goes further back than before. */
    const isFurtherBack = async (first: number) => {
      const seenBefore = await inView()
      await page.waitForTimeout(300)
      const isDrawn = !made.isBusy && seenBefore.join() === (await inView()).join()
      return isDrawn && ((seenBefore[0] ?? first) < first || (await isBeginning()))
    }
    for (let press = 0; press < 60 && !(await isBeginning()); press += 1) {
      const first = (await inView())[0] as number
      await chart.press('Shift+ArrowLeft')
      await expect.poll(() => isFurtherBack(first), { timeout: 30_000 }).toBe(true)
      await look()
    }
    expect(await chart.text('remarks')).toContain('The first bar: Wed 25 Nov 2026, 00:40 UTC.')
    await look()
    expect([...seen.keys()].filter((start) => start < NOON - 500 * MINUTE)).toHaveLength(
      all.filter(({ windowStart }) => windowStart < NOON - 500 * MINUTE).length,
    )
    await page.locator('.chart-head .button', { hasText: 'Back to now' }).click()
    await chart.expectNewest(all)
    expect(problems).toEqual([])
  })

  test('zoomed out in the middle of a long history it loads what is there to see, and then no more', async () => {
    const made = await market(minutes(-9_000, 0))
    const hash = `symbol=AAPL&grain=1m&at=${NOON - 4_500 * MINUTE}`
    const { chart, page, problems } = await openChart(made, { hash })
    await chart.expectBar(NOON - 4_500 * MINUTE, { [STATE]: 'closed' })
    await chart.press('-', 16)
    await expect.poll(() => page.locator('.chart-table summary').innerText()).toMatch(/: 9\d\d bars/)
    const askedMeanwhile = async () => {
      const before = made.asked.length
      await page.waitForTimeout(2_000)
      return made.asked.length - before
    }
    await expect.poll(askedMeanwhile, { timeout: 60_000 }).toBe(0)
    expect(problems).toEqual([])
  })

  test('the web process is killed and comes back: no reload, no bar missing or twice', async () => {
    const made = await market(minutes(-200, 0))
    const { chart, page } = await openChart(made)
    await chart.expectNewest(made.barsOf('AAPL'))
    await page.evaluate('window.isSamePage = true')
    for (const forgets of [false, true]) {
      await made.stop()
      await expect.poll(() => chart.text('remarks'), { timeout: 30_000 }).toContain('Not live')
      const last = made.barsOf('AAPL').length - 200
      made.now += 5 * MINUTE
      made.close('AAPL', ...minutes(last, last + 5), minuteBar(-3, { revision: last + 1, high: 140 + last }))
      if (forgets) made.forget()
      await made.start()
      await chart.expectNewest(made.barsOf('AAPL'))
      await expect.poll(() => chart.text('remarks'), { timeout: 30_000 }).not.toContain('Not live')
    }
    made.close('AAPL', minuteBar(10))
    await chart.expectNewest(made.barsOf('AAPL'))
    expect(await page.evaluate('window.isSamePage')).toBe(true)
  })

  test('a coarser grain is drawn from its own bars, and its last one forms from minutes', async () => {
    const made = await market(minutes(-600, 2))
    const { chart, problems } = await openChart(made)
    await chart.grain('5m')
    await chart.expectNewest(rollUp(made.barsOf('AAPL'), '5m'))
    made.form('AAPL', minuteBar(2, { high: 150, count: 1, revision: -1 }))
    await chart.expectBar(NOON, { [HIGH]: '150.00', [QUOTES]: '9', [STATE]: 'forming' })
    made.close('AAPL', minuteBar(2, { high: 151, count: 2 }))
    made.form('AAPL', null)
    await chart.expectBar(NOON, { [HIGH]: '151.00', [QUOTES]: '10', [STATE]: 'forming' })
    await chart.grain('1h')
    await chart.expectNewest(rollUp(made.barsOf('AAPL'), '1h'))
    expect(problems).toEqual([])
  })

  test('"auto" takes the grain that what is in view is best read in', async () => {
    const made = await market(minutes(-5_000, 0))
    const { chart, page, problems } = await openChart(made, { hash: 'symbol=AAPL' })
    await chart.expectNewest(made.barsOf('AAPL'))
    await chart.press('-', 10)
    await chart.expectNewest(rollUp(made.barsOf('AAPL'), '5m'))
    expect(await page.locator('.chart-grains [aria-pressed="true"]').innerText()).toBe('Auto')
    await chart.press('+', 10)
    await chart.expectNewest(made.barsOf('AAPL'))
    expect(problems).toEqual([])
  })

  test('a link to a moment shows it, and one comes back to now', async () => {
    const made = await market(minutes(-5_000, 0))
    made.alert(alertAt(-3_000))
    const { chart, page, problems } = await openChart(made, {
      hash: `symbol=AAPL&grain=1m&at=${NOON - 3_000 * MINUTE}`,
    })
    await chart.expectBar(NOON - 3_000 * MINUTE, { [ALERTS]: alertAt(-3_000).message })
    await expect.poll(() => chart.text('legend')).toContain('Thu 26 Nov 2026, 10:00 UTC')
    await page.locator('.chart-head .button', { hasText: 'Back to now' }).click()
    await chart.expectNewest(made.barsOf('AAPL'))
    await expect.poll(() => page.url()).not.toContain('at=')
    expect(problems).toEqual([])
  })

  test('another symbol is drawn at once when its bars are warm', async () => {
    const made = await market(minutes(-1_400, 0))
    for (const symbol of ['MSFT', 'TSLA']) made.set(symbol, minutes(-1_400, 0))
    const { chart, page, problems } = await openChart(made)
    await chart.expectNewest(made.barsOf('AAPL'))
    const times: number[] = []
    for (const symbol of ['MSFT', 'TSLA', 'AAPL', 'MSFT', 'TSLA']) times.push(await changeTo(symbol))
    // How fast that is, is up to the machine too; that it comes at all is what can fail.
    console.log(`The chart changes its symbol in ${times.map(Math.round).join(', ')} ms.`)
    expect(problems).toEqual([])

    /** Until the newest bar of the symbol is told, which is in the frame that draws it. */
    function changeTo(symbol: string): Promise<number> {
      return page.evaluate(`(async () => {
        const begun = performance.now()
        location.hash = 'symbol=${symbol}&grain=1m'
        const newest = document.getElementById('chart-newest')
        while (!newest.textContent.includes('${symbol},')) await new Promise(requestAnimationFrame)
        return performance.now() - begun
      })()`)
    }
  })

  test('what cannot be loaded is said, and can be tried again', async () => {
    const made = await market(minutes(-100, 0))
    made.failure = 'the tables do not answer'
    const opened = await browser.open(`${made.origin}/#symbol=AAPL&grain=1m`)
    const chart = new ChartPage(opened.page)
    await expect
      .poll(() => chart.text('sentence'))
      .toMatch(/^The bars of AAPL could not be loaded\. .*tables do not answer/i)
    made.failure = null
    await opened.page.locator('.chart-sentence .button').click()
    await chart.openTable()
    await chart.expectNewest(made.barsOf('AAPL'))
  })

  test('a grain of a link that there are no bars of is left by Auto, and by a link without it', async () => {
    const made = await market(minutes(-100, 0))
    for (const leave of ['the button', 'a link']) {
      const { page } = await browser.open(`${made.origin}/#symbol=AAPL&grain=7h`)
      const chart = new ChartPage(page)
      await expect.poll(() => chart.text('sentence')).toContain('There are no bars of 7h')
      if (leave === 'the button') await chart.grain('auto')
      else await page.evaluate("location.hash = 'symbol=AAPL'")
      await chart.openTable()
      await chart.expectNewest(made.barsOf('AAPL'))
    }
  })

  test('a symbol without bars says so, and its first bar is drawn', async () => {
    const made = await market([])
    const opened = await browser.open(`${made.origin}/#symbol=AAPL&grain=1m`)
    const chart = new ChartPage(opened.page)
    await expect.poll(() => chart.text('sentence')).toContain('There are no bars of AAPL yet.')
    made.form('AAPL', minuteBar(0, { revision: -1 }))
    await chart.openTable()
    await chart.expectBar(NOON, { [STATE]: 'forming' })
    expect(opened.problems).toEqual([])
  })

  test('on a phone it has the whole width, and nothing reaches beyond it', async () => {
    const made = await market(minutes(-200, 0))
    const { page, problems } = await browser.open(`${made.origin}/#symbol=AAPL&grain=1m`, { width: 390, height: 844 })
    await page.locator('.phone-view', { hasText: 'Chart' }).click()
    const chart = new ChartPage(page)
    await chart.openTable()
    await chart.expectNewest(made.barsOf('AAPL'))
    await expect.poll(async () => (await chart.bars()).length).toBeGreaterThan(25)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    expect((await page.locator('.chart-canvas').boundingBox())?.width).toBe(390)

    // What one looked at is there again after a look elsewhere.
    await chart.press('Shift+ArrowLeft')
    const lastSeen = async () => (await chart.bars()).at(-1)?.start ?? 0
    await expect.poll(lastSeen).toBeLessThan(NOON - 20 * MINUTE)
    const before = await lastSeen()
    await page.locator('.phone-view', { hasText: 'Alerts' }).click()
    await expect.poll(() => page.locator('.chart-canvas').isVisible()).toBe(false)
    await page.locator('.phone-view', { hasText: 'Chart' }).click()
    const moved = async () => Math.abs((await lastSeen()) - before)
    await expect.poll(moved).toBeLessThanOrEqual(2 * MINUTE)
    await page.waitForTimeout(1_000)
    expect(await moved()).toBeLessThanOrEqual(2 * MINUTE)
    expect(problems).toEqual([])
  })

  test('by exchange time the hour that is there twice is told apart', async () => {
    // The clocks of New York go back on 1 November 2026 at 06:00 UTC.
    const back = Date.UTC(2026, 10, 1, 6)
    const first = (back - NOON) / MINUTE - 30
    const made = await market(minutes(first, first + 60))
    made.now = back + 30 * MINUTE
    const { chart, page, problems } = await openChart(made)
    await page.locator('.clock').click()
    await chart.expectBar(back - MINUTE, { 0: 'Sun 1 Nov 2026, 01:59 EDT' })
    await chart.expectBar(back, { 0: 'Sun 1 Nov 2026, 01:00 EST' })
    expect(await chart.text('remarks')).toContain('one hour is there twice, as EDT and EST')
    expect(problems).toEqual([])
  })
})
