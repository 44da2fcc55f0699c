// History as a user meets it: a first start that fills the last days by itself, a backfill beside it, and SQL.

import { expect, onTestFinished, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { tradeDateText } from '#market/session'
import { systemClock } from '#runtime/clock'
import { DAY_MS } from '#runtime/units'
import { AT_START_WAIT_MAX_MS } from '#services/backfill/limits'
import { sqlRows } from '#support/lake/sql_rows'
import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { chartAnswers } from '#support/yahoo/chart_answers'
import { startYahooServer, YAHOO_ROWS } from '#support/yahoo/yahoo_server'

const SYMBOLS = ['AAPL', 'BTC-USD']

/** A start that waits for quotes in vain has begun to a moment before they are sent, and goes on later than this. */
const SOONER_THAN_IN_VAIN_MS = AT_START_WAIT_MAX_MS - 5_000

async function served() {
  const calendars = openCalendars({})
  const of = (symbol: string) => calendars.of({ symbol, exchange: null, zone: null })
  const symbols = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, { calendar: of(symbol), exchange: 'X' }]))
  const charts = chartAnswers({ symbols, now: () => systemClock.now() })
  const yahoo = await startYahooServer()
  onTestFinished(() => yahoo.close())
  yahoo.serve(charts.part)
  yahoo.setRows([{ ...YAHOO_ROWS.AAPL, marketState: 'REGULAR' }])
  const env = {
    DATA_DIR: temporaryFolder(),
    SOURCE: 'yahoo',
    YAHOO_MODE: 'poll',
    SYMBOLS: SYMBOLS.join(','),
    YAHOO_BASE_URL: yahoo.url,
    POLL_INTERVAL_MS: '100',
    BACKFILL_INTERVAL_MS: '50',
    FLUSH_INTERVAL_MS: '200',
  }
  return { charts, env }
}

const DAYS = `SELECT symbol, count(*) AS days, min(trade_date) < max(trade_date) AS differ
              FROM history_days GROUP BY symbol ORDER BY symbol`

test('a first start has the last two trading days of each symbol, and a backfill runs beside it', async () => {
  const { charts, env } = await served()
  const running = startTickerlake(['start'], { ...env, BACKFILL_AT_START: 'true' })
  await running.waitForLine(/^Sent: AAPL/)
  // How soon exactly: test/unit/services/backfill/at_start.test.ts, on a clock of its own.
  await running.waitForLine(/filling the last trading days of 2 symbols/, SOONER_THAN_IN_VAIN_MS)
  const line = await running.waitForLine(/the last trading days: [\d,]+ bars of history in 2 requests/)
  expect(line).not.toMatch(/without a usable answer/)
  const twoDays = SYMBOLS.map((symbol) => ({ symbol, days: 2, differ: true }))
  await expect.poll(() => sqlRows(DAYS, env), { timeout: 20_000 }).toEqual(twoDays)

  const from = tradeDateText(Math.floor(systemClock.now() / DAY_MS) - 12)
  const backfill = startTickerlake(['backfill', '--from', from, '--symbols', 'BTC-USD', '--json'], env)
  expect(await backfill.ended, backfill.stderr.join('\n')).toEqual({ code: 0, signal: null })
  const { bars, doneBefore, days } = JSON.parse(backfill.stdout.join('\n'))
  expect(doneBefore + days.complete + days.partial).toBeGreaterThanOrEqual(12)
  // What is not final yet may be fetched by both.
  const ofTable = `SELECT count(*) >= ${bars} AS landed,
                     count(*) FILTER (is_final) = count(DISTINCT window_start) FILTER (is_final) AS once
                   FROM history_bars WHERE symbol = 'BTC-USD'`
  await expect.poll(() => sqlRows(ofTable, env), { timeout: 20_000 }).toEqual([{ landed: true, once: true }])
  expect(await running.stop()).toEqual({ code: 0, signal: null })
  expect(charts.asked.filter(({ symbol }) => symbol === 'AAPL')).toHaveLength(1)
}, 120_000)

test('a symbol without a chart is named, and fails nothing', async () => {
  const { env } = await served()
  const running = startTickerlake(['start'], { ...env, SYMBOLS: 'AAPL,GONE', BACKFILL_AT_START: 'true' })
  await running.waitForLine(/no history of GONE 1m .*: 404 .*No data found, symbol may be delisted/)
  await running.waitForLine(/the last trading days: .* in 2 requests, 1 request without a usable answer/)
  expect(await running.stop()).toEqual({ code: 0, signal: null })
}, 120_000)
