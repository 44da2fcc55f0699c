// Real input: recorded answers of Yahoo, served by a local server to the real client library, come out of SQL.

import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { sqlRows } from '#support/lake/sql_rows'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { startYahooServer, type YahooRow } from '#support/yahoo_server'

const recorded = new URL('../fixtures/yahoo/quote-AAPL.json', import.meta.url)

test('recorded answers come out of SQL, and what has not changed is not repeated', async () => {
  const yahoo = await startYahooServer()
  onTestFinished(() => yahoo.close())
  const [answered] = JSON.parse(readFileSync(recorded, 'utf8')).quoteResponse.result as [YahooRow]
  const row: YahooRow = { ...answered, marketState: 'REGULAR' }
  yahoo.setRows([row])
  const env = {
    DATA_DIR: temporaryFolder(),
    SOURCE: 'yahoo',
    SYMBOLS: 'AAPL',
    YAHOO_BASE_URL: yahoo.url,
    POLL_INTERVAL_MS: '100',
    FLUSH_INTERVAL_MS: '200',
  }
  const running = startTickerlake(['start'], env)
  await running.waitForLine(/^Sent: AAPL - \$277\.06$/)
  yahoo.expireCrumbs()
  yahoo.setRows([{ ...row, regularMarketPrice: 277.51, regularMarketTime: Number(row.regularMarketTime) + 60 }])
  await running.waitForLine(/^Sent: AAPL - \$277\.51$/)
  const query = `SELECT symbol, price, event_time, day_volume, currency, exchange, previous_close, source
                 FROM stocks ORDER BY event_time`
  await expect.poll(() => sqlRows('SELECT count(*) AS n FROM stocks', env), { timeout: 20_000 }).toEqual([{ n: 2 }])
  const same = {
    symbol: 'AAPL',
    day_volume: 31_878_433,
    currency: 'USD',
    exchange: 'NMS',
    previous_close: 274.92,
    source: 'yahoo',
  }
  expect(await sqlRows(query, env)).toEqual([
    { ...same, price: 277.06, event_time: '2026-10-02T20:00:01Z' },
    { ...same, price: 277.51, event_time: '2026-10-02T20:01:01Z' },
  ])
  expect(await running.stop()).toEqual({ code: 0, signal: null })
  expect(yahoo.requests.filter((request) => request === 'crumb').length).toBeGreaterThan(1)
}, 60_000)
