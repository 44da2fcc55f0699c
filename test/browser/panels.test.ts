// The panels below the chart in a real browser: the flow, what was refused, and SQL.

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { EpochMs } from '#runtime/units'
import type { FlowState } from '#services/web/api'
import { jsonRoute } from '#services/web/http/route'
import { describeWithBrowser } from '#support/web/browser'
import { flowState } from '#support/web/flow_states'
import { scriptedPage } from '#support/web/scripted_page'

const NOW = Date.UTC(2026, 10, 23, 15, 30)

const MARKUP = '<img src=x onerror="document.title=1"><b>&amp;'

function withRefused(): FlowState {
  return flowState(NOW, {
    lateQuotes: {
      count: 3,
      example: { symbol: 'TSLA', price: 444.45, eventTime: (NOW - 900_000) as EpochMs, lateByMs: 61_000 },
    },
    deadLetters: {
      count: 2,
      reasons: [
        {
          reason: 'timestamp_unit',
          count: 2,
          example: {
            detail: `symbol is ${MARKUP}`,
            value: `{"symbol":"${MARKUP}","price":1}`,
            ingestTime: NOW as EpochMs,
            topic: 'stock-prices',
            partition: 3,
            offset: 77,
          },
        },
      ],
    },
  })
}

describeWithBrowser('the panels below the chart', (browser) => {
  test('the flow is a list of stages, from the source to the tables', async () => {
    const server = await scriptedPage({ flow: () => flowState(NOW) })
    const { page, problems, screenshot } = await browser.open(server.url)
    const stages = page.getByRole('list', { name: 'From the source to the tables' }).locator('> li')
    await expect
      .poll(() => stages.locator('h3').allTextContents())
      .toEqual(['Simulated market', 'stock-prices', 'Stream', 'Results', 'Writer', 'Tables'])
    expect(await stages.nth(4).innerText()).toMatch(/Waiting\s+212/)
    expect(await page.getByRole('row', { name: /stocks/ }).innerText()).toContain('52,133')
    await screenshot('panels-flow')
    expect(problems).toEqual([])
  })

  test('the page is as high as the window, however much its panels hold', async () => {
    const server = await scriptedPage({ flow: () => flowState(NOW) })
    const { page } = await browser.open(server.url)
    await page.setViewportSize({ width: 1_024, height: 600 })
    await page.getByRole('row', { name: /dead_letters/ }).waitFor({ state: 'attached' })
    expect(await page.evaluate('document.documentElement.scrollHeight')).toBe(600)
  })

  test('what was refused is told by reason, with an example that stays text', async () => {
    const server = await scriptedPage({ flow: withRefused })
    const { page, problems, screenshot } = await browser.open(`${server.url}#tab=refused`)
    const place = page.getByRole('tabpanel', { name: 'Late & refused' })
    await expect.poll(() => place.innerText()).toContain('3 late quotes and 2 dead letters')
    const text = await place.innerText()
    expect(text).toContain('TSLA')
    expect(text).toContain(MARKUP)
    expect(text).toContain('npx tickerlake redrive --reason timestamp_unit --publish')
    expect(await place.locator('img, b').count()).toBe(0)
    await screenshot('panels-refused')
    expect(problems).toEqual([])
  })

  test('a statement is run by keyboard, and its result is a table', async () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => [`S${i}`, i / 8, i % 2 === 0 ? null : '', MARKUP])
    const columns = ['symbol', 'price', 'note', 'text'].map((name) => ({
      name,
      type: name === 'price' ? 'DOUBLE' : 'VARCHAR',
    }))
    const asked: string[] = []
    const post = async (request: Request) => {
      asked.push(((await request.json()) as { sql: string }).sql)
      return Response.json({ columns, rows, more: true, durationMs: 1234 })
    }
    const server = await scriptedPage({
      flow: () => flowState(NOW),
      routes: { '/api/sql': { post }, '/api/tables': { get: tables } },
    })
    const { page, problems, screenshot } = await browser.open(`${server.url}#tab=sql`)
    await page.getByText('Examples').click()
    await page.getByRole('button', { name: 'Top movers' }).click()
    expect(await page.getByLabel('SQL statement').inputValue()).toBe('SELECT 1')
    await page.getByLabel('SQL statement').fill('SELECT *')
    await page.keyboard.press('Tab')
    await page.keyboard.type('FROM t')
    await page.keyboard.press('Control+Enter')
    const result = page.getByRole('region', { name: 'Result' })
    await expect.poll(() => result.getByRole('row').count()).toBeGreaterThan(10)
    expect(asked).toEqual(['SELECT *  FROM t'])
    expect(await page.locator('.sql-status').innerText()).toBe(
      'The first 5,000 rows, in 1.2 s. There are more: a download has all.',
    )
    expect(await result.getByRole('row').nth(1).getByRole('cell').allInnerTexts()).toEqual([
      '1',
      'S0',
      '0',
      'NULL',
      MARKUP,
    ])
    expect(await result.getByRole('row').nth(2).getByRole('cell').nth(3).innerText()).toBe('empty')
    expect(await result.getByRole('row').count()).toBeLessThan(120)
    await screenshot('panels-sql')
    await result.evaluate((place) => place.scrollTo(0, place.scrollHeight))
    await expect.poll(() => result.getByRole('row').last().innerText()).toContain('S4999')
    expect(problems).toEqual([])
  })

  test('a statement that fails says why, and a long one can be cancelled', async () => {
    const asked = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const post = async (request: Request) => {
      const { sql } = (await request.json()) as { sql: string }
      if (sql === 'wrong')
        return Response.json(
          { error: { code: 'SQL_FAILED', message: 'syntax error at "wrong"\nLINE 1' } },
          { status: 400 },
        )
      request.signal.addEventListener('abort', () => ended.resolve())
      asked.resolve()
      await ended.promise
      return Response.json({})
    }
    const server = await scriptedPage({
      flow: () => flowState(NOW),
      routes: { '/api/sql': { post }, '/api/tables': { get: tables } },
    })
    const { page } = await browser.open(`${server.url}#tab=sql`)
    await page.getByLabel('SQL statement').fill('wrong')
    await page.getByRole('button', { name: 'Run' }).click()
    await expect.poll(() => page.getByRole('alert').innerText()).toBe('syntax error at "wrong"\nLINE 1')
    await page.getByLabel('SQL statement').fill('SELECT long')
    await page.getByRole('button', { name: 'Run' }).click()
    // Before that nobody would hear of it there.
    await asked.promise
    await page.getByRole('button', { name: 'Cancel' }).click()
    await ended.promise
    await expect.poll(() => page.locator('.sql-status').innerText()).toBe('Cancelled.')
  })

  test('a result is downloaded as a file', async () => {
    const post = (request: Request) => new Response(`as ${new URL(request.url).searchParams.get('format')}`)
    const server = await scriptedPage({
      flow: () => flowState(NOW),
      routes: { '/api/sql': { post }, '/api/tables': { get: tables } },
    })
    const { page, problems } = await browser.open(`${server.url}#tab=sql`)
    await page.getByLabel('SQL statement').fill('SELECT 1')
    for (const [name, file] of [
      ['CSV', 'result.csv'],
      ['Parquet', 'result.parquet'],
    ] as const) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()])
      expect(download.suggestedFilename()).toBe(file)
      expect(await readFile(await download.path(), 'utf8')).toBe(`as ${file.split('.')[1]}`)
    }
    expect(problems).toEqual([])
  })

  test('without SQL there is no such tab', async () => {
    const server = await scriptedPage({ flow: () => flowState(NOW), sql: false })
    const { page, problems } = await browser.open(`${server.url}#tab=sql`)
    await expect.poll(() => page.getByRole('tab').allInnerTexts()).toEqual(['Flow', 'Late & refused'])
    expect(await page.getByLabel('SQL statement').isVisible()).toBe(false)
    expect(problems).toEqual([])
  })
})

const tables = jsonRoute(() => ({
  tables: [],
  relations: ['stocks', 'bars', 'latest_quotes'].map((name) => ({ name, description: `What ${name} is.` })),
  examples: [{ title: 'Top movers', sql: 'SELECT 1' }],
}))
