// The chart over real processes: bars of one second, so that a test lives through many of them.

import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '#runtime/clock'
import { sqlRows } from '#support/lake/sql_rows'
import { startTickerlake } from '#support/start_tickerlake'
import { describeWithBrowser } from '#support/web/browser'
import { ChartPage } from '#support/web/chart/chart_page'
import { type RunningPage, startPage } from '#support/web/running_page'

const TEST_MAX_MS = 240_000
/** No window closes by silence: the last one has to stay open for as long as its bars are looked for. */
const QUICK = {
  BAR_INTERVAL_MS: '1000',
  WATERMARK_DELAY_MS: '300',
  REVISION_DELAY_MS: '300',
  FLUSH_INTERVAL_MS: '500',
  IDLE_CLOSE_MS: '3600000',
}
/** Columns of the table. */
const HIGH = 2

describeWithBrowser('the chart over a platform', (browser) => {
  test(
    'a late quote redraws its bar, and a killed web process leaves no bar out and none twice',
    async () => {
      const running = await startPage(QUICK)
      const writer = startTickerlake(['write'], running.env)
      const web = await running.startWeb()
      const market = quoting(running)
      await pause(3_000)
      const { page } = await browser.open(`${running.origin}/#symbol=AAPL&grain=1s`)
      const chart = new ChartPage(page)
      await chart.openTable()
      await expect.poll(async () => (await chart.bars()).length, { timeout: 30_000 }).toBeGreaterThan(5)
      await page.evaluate('window.isSamePage = true')
      // Room for all bars of the test.
      await chart.press('-', 8)

      const late = systemClock.now() - 4_000
      await running.publish({ symbol: 'AAPL', price: 150, timestamp: late })
      await chart.expectBar(late - (late % 1_000), { [HIGH]: '150.00' })

      await web.stop('SIGKILL')
      await pause(5_000)
      const lateAway = systemClock.now() - 2_000
      await running.publish({ symbol: 'AAPL', price: 160, timestamp: lateAway })
      await running.startWeb()
      await chart.expectBar(lateAway - (lateAway % 1_000), { [HIGH]: '160.00' })
      await pause(3_000)
      await market.stop()
      const wanted = () => barsInTable(running)
      await expect
        .poll(async () => (await wanted()).at(-1)?.split(' ')[0], { timeout: 60_000 })
        .toBe(market.lastWindow())
      await expect.poll(() => drawnBars(chart), { timeout: 30_000 }).toEqual(await wanted())
      expect(await page.evaluate('window.isSamePage')).toBe(true)
      await writer.stop()
    },
    TEST_MAX_MS,
  )
})

/** Quotes of AAPL, four a second, until it is stopped. */
function quoting({ publish }: RunningPage) {
  let isOver = false
  let last = 0
  const running = (async () => {
    for (let index = 0; !isOver; index += 1) {
      last = systemClock.now()
      await publish({ symbol: 'AAPL', price: 100 + (index % 9) / 4, timestamp: last, size: 10 })
      await pause(250)
    }
    // The last window closes by this one's time; its own stays open.
    await publish({ symbol: 'AAPL', price: 101, timestamp: last + 5_000 })
  })()
  const stop = async () => {
    isOver = true
    await running
  }
  onTestFinished(stop)
  return {
    lastWindow: () => `${last - (last % 1_000)}`,
    stop,
  }
}

/** What the table of the lake holds, of each window the highest revision. */
async function barsInTable({ env }: RunningPage): Promise<readonly string[]> {
  const sql = `SELECT epoch_ms(window_start)::VARCHAR AS start, open, high, low, close
    FROM bars WHERE symbol = 'AAPL' ORDER BY window_start`
  return (await sqlRows(sql, env)).map(({ start, ...prices }) => rowText(`${start}`, Object.values(prices)))
}

/** What is drawn, but for the bar that still forms. */
async function drawnBars(chart: ChartPage): Promise<readonly string[]> {
  const closed = (await chart.bars()).filter(({ cells }) => !cells[10]?.startsWith('forming'))
  return closed.map(({ start, cells }) => rowText(`${start}`, cells.slice(1, 5)))
}

function rowText(start: string, prices: readonly unknown[]): string {
  return [start, ...prices.map((price) => Number(price).toFixed(2))].join(' ')
}
