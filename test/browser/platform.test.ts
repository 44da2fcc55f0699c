// The panels over a whole platform: what was refused appears, the flow tells who stands still, SQL is asked for real.

import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { systemClock } from '#runtime/clock'
import { describeWithBrowser } from '#support/web/browser'
import { type SentQuote, servedPlatform } from '#support/web/served_platform'

const MARKUP = '<img src=x onerror="document.title=1">'
const WAIT = { timeout: 20_000 }

const quotesNow = (count: number): SentQuote[] =>
  Array.from({ length: count }, (_, i) => ({ symbol: 'AAPL', price: 100 + i / 8, timestamp: systemClock.now() }))

/** A stage of the flow by its name. */
function stageOf(page: Page, name: string): Locator {
  return page.locator('.stage').filter({ has: page.getByRole('heading', { name, exact: true }) })
}

/** The number in a fact of a stage; -1 while it is not known. */
async function numberIn(stage: Locator, fact: string): Promise<number> {
  const text = await stage.locator('.stage-fact').filter({ hasText: fact }).locator('dd').innerText()
  return Number(/^[\d,.]+/.exec(text)?.[0]?.replace(',', '') ?? -1)
}

describeWithBrowser('the panels over a platform', (browser) => {
  test('a dead letter and a late quote appear with reason and example, and markup stays text', async () => {
    const platform = await servedPlatform()
    platform.startStream()
    const { page, problems } = await browser.open(`${platform.url}#tab=refused`)
    const place = page.getByRole('tabpanel', { name: 'Late & refused' })
    await expect.poll(() => place.innerText(), WAIT).toContain('No late quotes and no dead letters today')
    const [now] = quotesNow(1)
    const late = { symbol: 'AAPL', price: 77.25, timestamp: systemClock.now() - 20 * 60_000 }
    await platform.send([now as SentQuote, late, `${MARKUP}{`, { ...late, symbol: MARKUP }])
    await expect.poll(() => place.innerText(), WAIT).toContain('1 late quote and 2 dead letters')
    const text = await place.innerText()
    expect(text).toMatch(/77\.25/)
    expect(text).toContain('not_json')
    expect(text).toContain(`${MARKUP}{`)
    expect(text).toContain('invalid_symbol')
    expect(await place.locator('img').count()).toBe(0)
    expect(await page.title()).not.toBe('1')
    expect(problems).toEqual([])
  })

  test('a writer that stands still falls behind, and says so', async () => {
    const platform = await servedPlatform()
    platform.startStream()
    const stopWriter = platform.startWriter()
    await platform.send(quotesNow(5))
    const { page, problems } = await browser.open(platform.url)
    const writer = stageOf(page, 'Writer')
    await expect.poll(() => numberIn(writer, 'Waiting'), WAIT).toBe(0)
    expect(await writer.innerText()).toContain('Keeps up')
    await stopWriter()
    await platform.send(quotesNow(40))
    await expect.poll(() => numberIn(writer, 'Waiting'), WAIT).toBeGreaterThanOrEqual(40)
    await expect.poll(() => numberIn(writer, 'Oldest'), WAIT).toBeGreaterThanOrEqual(4)
    await expect.poll(() => stageOf(page, 'Stream').innerText(), WAIT).toContain('Keeps up')
    platform.startWriter()
    await expect.poll(() => numberIn(writer, 'Waiting'), WAIT).toBe(0)
    expect(problems).toEqual([])
  })

  test('a log that stops answering is said, and nothing is called fresh', async () => {
    const platform = await servedPlatform()
    await platform.send(quotesNow(3))
    const { page } = await browser.open(platform.url)
    const prices = stageOf(page, 'stock-prices')
    await expect.poll(() => prices.innerText(), WAIT).toContain('Fresh')
    await platform.log.close()
    await expect.poll(() => prices.innerText(), WAIT).toContain('Unavailable')
    expect(await page.locator('.trouble').innerText()).toContain('The log does not answer')
    expect(await stageOf(page, 'Stream').innerText()).toContain('Unavailable')
    await expect.poll(() => page.locator('.badge').innerText(), WAIT).not.toContain('Live')
  })

  test('SQL is typed, its result read and downloaded, and a mistake told', async () => {
    const platform = await servedPlatform()
    const stopWriter = platform.startWriter()
    await platform.send([...quotesNow(7), { symbol: 'TSLA', price: 5, timestamp: systemClock.now(), exchange: MARKUP }])
    const { page, problems } = await browser.open(`${platform.url}#tab=sql`)
    const editor = page.getByLabel('SQL statement')
    const rows = page.getByRole('region', { name: 'Result' }).getByRole('row')
    const run = async (sql: string) => {
      await editor.fill(sql)
      await page.keyboard.press('Control+Enter')
      await expect.poll(() => page.locator('.sql-status').innerText(), WAIT).not.toContain('running')
    }
    await page.getByRole('button', { name: 'latest_quotes' }).click()
    expect(await editor.inputValue()).toBe('SELECT * FROM latest_quotes LIMIT 100')
    const counted = 'SELECT symbol, count(*) AS quotes, max(exchange) AS exchange FROM stocks GROUP BY 1 ORDER BY 1'
    await expect
      .poll(async () => {
        await run(counted)
        return rows.allInnerTexts()
      }, WAIT)
      .toEqual(['#\tsymbol\tquotes\texchange', '1\tAAPL\t7\tNULL', `2\tTSLA\t1\t${MARKUP}`])
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ])
    expect((await readFile(await download.path(), 'utf8')).split(/\r?\n/)[0]).toBe('symbol,quotes,exchange')
    expect(problems).toEqual([])
    await run('SELECT nonsense FROM stocks')
    await expect.poll(() => page.getByRole('alert').innerText(), WAIT).toContain('nonsense')
    await stopWriter()
  })

  test('with WEB_SQL=off there is no SQL, neither on the page nor behind it', async () => {
    const platform = await servedPlatform({ env: { WEB_SQL: 'off' } })
    const { page, problems } = await browser.open(platform.url)
    await expect.poll(() => page.getByRole('tab').allInnerTexts(), WAIT).toEqual(['Flow', 'Late & refused'])
    expect(problems).toEqual([])
    const body = JSON.stringify({ sql: 'SELECT 1' })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${platform.url}api/sql`, { method: 'POST', headers, body })
    expect([answer.status, await answer.json()]).toMatchObject([403, { error: { code: 'SQL_OFF' } }])
  })
})
