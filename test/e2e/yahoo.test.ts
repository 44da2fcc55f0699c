// Real input: recorded answers of Yahoo, served by a local server to the real client library, come out of SQL.

import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { sqlRows } from '#support/lake/sql_rows'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { startYahooServer, type YahooRow } from '#support/yahoo/yahoo_server'

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
    YAHOO_MODE: 'poll',
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
}, 120_000)

test('ticks come out of SQL as they came, each once, and polled rows while the streamer is out', async () => {
  const yahoo = await startYahooServer()
  onTestFinished(() => yahoo.close())
  const [answered] = JSON.parse(readFileSync(recorded, 'utf8')).quoteResponse.result as [YahooRow]
  const rowTime = Number(answered.regularMarketTime)
  const row = (price: number, seconds: number): YahooRow => {
    const time = {
      regularMarketPrice: price,
      regularMarketTime: rowTime + seconds,
      regularMarketVolume: 1_000 + seconds,
    }
    return { ...answered, marketState: 'REGULAR', ...time }
  }
  const tick = (price: number, seconds: number, more = {}) => {
    const same = { id: 'AAPL', exchange: 'NMS', quoteType: 8, marketHours: 1, priceHint: 2, dayVolume: 1_000 + seconds }
    yahoo.streamer.send({ ...same, price, time: (rowTime + seconds) * 1_000, ...more })
  }
  yahoo.setRows([row(277.06, 0)])
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
  await expect.poll(() => yahoo.streamer.followed.size, { timeout: 20_000 }).toBe(1)
  for (let time = 0; time < 3; time++) tick(277.11, 1)
  tick(277.12, 4, { lastSize: 3 })
  await running.waitForLine(/^Sent: AAPL - \$277\.12$/)
  yahoo.setRows([row(277.12, 4)])
  yahoo.streamer.setHandshakeFault({ kind: 'status', status: 429 })
  yahoo.streamer.cut()
  yahoo.setRows([row(277.2, 10)])
  await running.waitForLine(/^Sent: AAPL - \$277\.20$/)
  yahoo.streamer.setHandshakeFault(null)
  await expect.poll(() => yahoo.streamer.followed.size, { timeout: 30_000 }).toBe(1)
  tick(277.2, 10, { lastSize: 6 })
  tick(277.25, 15, { lastSize: 5 })
  await running.waitForLine(/^Sent: AAPL - \$277\.25$/)
  const query = 'SELECT price, id, size, day_volume, currency, market_state FROM stocks ORDER BY event_time'
  await expect.poll(() => sqlRows('SELECT count(*) AS n FROM stocks', env), { timeout: 20_000 }).toEqual([{ n: 5 }])
  const same = { currency: 'USD', market_state: 'REGULAR' }
  const idOf = (seconds: number, rest: string) => `${(rowTime + seconds) * 1_000}:${rest}`
  expect(await sqlRows(query, env)).toEqual([
    { ...same, price: 277.06, id: idOf(0, '277.06:1000:'), size: null, day_volume: 1_000 },
    { ...same, price: 277.11, id: idOf(1, '277.11:1001:'), size: null, day_volume: 1_001 },
    { ...same, price: 277.12, id: idOf(4, '277.12:1004:3'), size: 3, day_volume: 1_004 },
    { ...same, price: 277.2, id: idOf(10, '277.2:1010:'), size: null, day_volume: 1_010 },
    { ...same, price: 277.25, id: idOf(15, '277.25:1015:5'), size: 5, day_volume: 1_015 },
  ])
  expect(await running.stop()).toEqual({ code: 0, signal: null })
}, 120_000)
