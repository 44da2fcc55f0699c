// The real yahoo-finance2 against a local server that plays Yahoo's hosts: the rules that the library does not keep
// by itself.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import type { NewRecord } from '#log/event_log'
import { epochMs } from '#runtime/units'
import { YAHOO_SYMBOLS_PER_REQUEST, YAHOO_TIMEOUT_MS } from '#services/producer/limits'
import { runProducer } from '#services/producer/producer'
import { yahooSource } from '#services/producer/sources/yahoo/yahoo_source'
import { decodeQuote } from '#support/decoder'
import { startYahooServer, YAHOO_ROWS, type YahooServer } from '#support/yahoo/yahoo_server'
import { recordedLogger } from '../unit/services/producer/recorded_logger.ts'
import { watchedClock } from '../unit/services/producer/watched_clock.ts'

const START = 1_790_951_460_000
/** Not a timeout's length: the test's clock must tell the two apart. */
const POLL_MS = 10_000
const SYMBOLS = ['AAPL', 'GOOGL', 'MSFT', 'VOD.L', 'BTC-USD']

let server: YahooServer
beforeEach(async () => {
  server = await startYahooServer()
})
afterEach(() => server.close())

/** A producer on the server; `poll` lets time pass until the next round of asking is over. */
function start(symbols: readonly string[] = SYMBOLS) {
  const clock = watchedClock(START, [YAHOO_TIMEOUT_MS])
  const stop = new AbortController()
  const published: NewRecord[] = []
  const printed: string[] = []
  const recorded = recordedLogger()
  const source = yahooSource({
    mode: 'poll',
    calendars: openCalendars({}),
    symbols,
    pollIntervalMs: POLL_MS,
    baseUrl: server.url,
    fetch,
    clock,
    random: () => 0.5,
    logger: recorded.logger,
  })
  const done = runProducer({
    source,
    log: {
      publish: async (records) => void published.push(...records),
      openPositioned: () => Promise.reject(new Error('Yahoo has no position')),
    },
    clock,
    random: () => 0.5,
    logger: recorded.logger,
    print: (line) => void printed.push(line),
    signal: stop.signal,
  })
  let pauseMs = 0
  return {
    ...recorded,
    source,
    published,
    printed,
    /** Ends the pause, waits for the round, and returns how long the pause after it is. */
    async poll() {
      const pause = clock.nextSleep()
      await clock.advance(pauseMs)
      pauseMs = await pause
      return pauseMs
    },
    async end() {
      stop.abort()
      return done
    },
  }
}

const keysOf = (records: readonly NewRecord[]) => records.map((record) => record.key)

describe('the producer on Yahoo', () => {
  test('knows what the markets do once it has asked for all symbols', async () => {
    const producer = start()
    expect(producer.source.markets?.()).toBeNull()
    await producer.poll()
    expect(producer.source.markets?.()).toEqual({ open: 5, closed: 0, unknown: 0, delayMs: 0 })
    const rows = { ...YAHOO_ROWS, AAPL: { ...YAHOO_ROWS.AAPL, marketState: 'POST' } }
    server.setRows(Object.values(rows))
    await producer.poll()
    expect(producer.source.markets?.()).toMatchObject({ open: 4, closed: 1 })
    server.failNext('quote', { kind: 'server_error' })
    await producer.poll()
    expect(producer.source.markets?.()).toMatchObject({ open: 4, closed: 1 })
    await producer.end()
  })

  test('publishes quotes that decode, keyed by symbol, and says each', async () => {
    const producer = start()
    expect(await producer.poll()).toBe(POLL_MS)
    await producer.end()
    expect(keysOf(producer.published)).toEqual(SYMBOLS)
    for (const { value } of producer.published) {
      expect(decodeQuote(Buffer.from(value as string), epochMs(START)).kind).toBe('quote')
    }
    expect(JSON.parse(producer.published[3]?.value as string)).toMatchObject({
      symbol: 'VOD.L',
      price: 89.42,
      timestamp: 1_790_950_500_000,
      currency: 'GBp',
      exchangeTimezoneName: 'Europe/London',
      exchangeDataDelayedBy: 15,
      source: 'yahoo',
    })
    expect(producer.printed).toEqual([
      'Sent: AAPL - $277.06',
      'Sent: GOOGL - $320.18',
      'Sent: MSFT - $486.74',
      'Sent: VOD.L - GBp 89.42',
      'Sent: BTC-USD - $121034.55',
    ])
    expect(server.requests).toEqual(['cookie', 'crumb', 'quote'])
  })

  test('says once that the service is unofficial and for personal use', async () => {
    const producer = start()
    for (let round = 0; round < 3; round++) await producer.poll()
    await producer.end()
    expect(producer.texts().filter((text) => /no official quote service.*personal use/.test(text)).length).toBe(1)
  })

  test('publishes only what has changed', async () => {
    const producer = start()
    await producer.poll()
    await producer.poll()
    server.setRows(
      Object.values(YAHOO_ROWS).map((row) => (row.symbol === 'MSFT' ? { ...row, regularMarketPrice: 487 } : row)),
    )
    await producer.poll()
    const summary = await producer.end()
    expect(keysOf(producer.published)).toEqual([...SYMBOLS, 'MSFT'])
    expect(summary).toMatchObject({ sent: 6, unresolved: 0, skipped: { unchanged: 9 } })
  })

  test('an expired crumb is replaced at once, and no quote of that round is lost', async () => {
    const producer = start()
    await producer.poll()
    server.expireCrumbs()
    server.setRows([{ ...YAHOO_ROWS.AAPL, regularMarketPrice: 278 }])
    expect(await producer.poll()).toBe(POLL_MS)
    await producer.end()
    expect(server.requests).toEqual(['cookie', 'crumb', 'quote', 'quote', 'cookie', 'crumb', 'quote'])
    expect(keysOf(producer.published)).toEqual([...SYMBOLS, 'AAPL'])
  })

  test('an invalid crumb told with status 200 is the same', async () => {
    server.failNext('quote', { kind: 'error_with_200', description: 'Invalid Crumb' })
    const producer = start()
    expect(await producer.poll()).toBe(POLL_MS)
    await producer.end()
    expect(server.requests).toEqual(['cookie', 'crumb', 'quote', 'cookie', 'crumb', 'quote'])
  })

  test('a login refused again and again is not asked for in a loop', async () => {
    for (let round = 0; round < 2; round++)
      server.failNext('quote', { kind: 'error_with_200', description: 'Invalid Crumb' })
    const producer = start()
    expect(await producer.poll()).toBeGreaterThanOrEqual(30_000)
    expect(await producer.poll()).toBe(POLL_MS)
    await producer.end()
    expect(keysOf(producer.published)).toEqual(SYMBOLS)
  })

  test.each([
    ['a 429 without Retry-After', 'quote', { kind: 'rate_limited' }, 45_000],
    ['a 429 with a longer Retry-After', 'quote', { kind: 'rate_limited', retryAfter: '600' }, 600_000],
    ['a 429 for the crumb', 'crumb', { kind: 'rate_limited', retryAfter: '120' }, 120_000],
    ['a 429 for the cookie', 'cookie', { kind: 'rate_limited' }, 45_000],
    ['a 503', 'quote', { kind: 'server_error' }, 45_000],
    ['a page with status 200', 'quote', { kind: 'html' }, 45_000],
    ['a page instead of the crumb', 'crumb', { kind: 'html' }, 45_000],
    ['a connection that is cut', 'quote', { kind: 'cut' }, 45_000],
    ['an answer without end', 'quote', { kind: 'huge' }, 45_000],
    ['some other error', 'quote', { kind: 'error_with_200', description: 'no_idea' }, 45_000],
  ] as const)('%s is a warning and a longer pause, then quotes come again', async (_, endpoint, fault, pauseMs) => {
    server.failNext(endpoint, fault)
    const producer = start()
    expect(await producer.poll()).toBe(pauseMs)
    expect(producer.published).toEqual([])
    expect(producer.lines.filter((line) => line.level === 40).map((line) => line.msg)).toEqual([
      expect.stringContaining('no official'),
      expect.stringMatching(/^Yahoo gave no quotes: .*trying again in \d+ s$/),
    ])
    expect(await producer.poll()).toBe(POLL_MS)
    await producer.end()
    expect(keysOf(producer.published)).toEqual(SYMBOLS)
  })

  test('a limit on quotes keeps the login, so that it costs one request', async () => {
    server.failNext('quote', { kind: 'rate_limited' })
    const producer = start()
    await producer.poll()
    await producer.poll()
    await producer.end()
    expect(server.requests).toEqual(['cookie', 'crumb', 'quote', 'quote'])
  })

  test('one bad row costs only itself; unknown symbols are named', async () => {
    server.setRows(
      Object.values(YAHOO_ROWS).map((row) =>
        row.symbol === 'MSFT' ? { ...row, regularMarketPrice: null, regularMarketDayRange: 7 } : row,
      ),
    )
    const producer = start([...SYMBOLS, 'NOSUCH'])
    await producer.poll()
    const summary = await producer.end()
    expect(keysOf(producer.published)).toEqual(['AAPL', 'GOOGL', 'VOD.L', 'BTC-USD'])
    expect(producer.texts().filter((text) => /MSFT.*left out|know NOSUCH;/.test(text)).length).toBe(2)
    expect(summary.skipped.unusable).toBe(1)
  })

  test('rows that break the library’s schema elsewhere are read all the same', async () => {
    server.setRows([{ ...YAHOO_ROWS.AAPL, fiftyTwoWeekRange: 5, quoteType: 'NEWKIND', bid: '277' }])
    const producer = start(['AAPL'])
    await producer.poll()
    await producer.end()
    expect(JSON.parse(producer.published[0]?.value as string)).toMatchObject({
      price: 277.06,
      timestamp: 1_790_951_400_000,
      quoteType: 'NEWKIND',
    })
  })

  test('a symbol reaches Yahoo as it is, whatever a URL makes of its characters', async () => {
    const symbols = ['M&M.NS', 'A+B', 'BTC/USD', 'NYSE:A', '^GSPC', 'EURUSD=X']
    server.setRows(symbols.map((symbol) => ({ ...YAHOO_ROWS.AAPL, symbol })))
    const producer = start(symbols)
    await producer.poll()
    await producer.end()
    expect(server.asked).toEqual([symbols])
    expect(keysOf(producer.published)).toEqual(symbols)
  })

  test('asks more slowly while all markets are closed', async () => {
    server.setRows(Object.values(YAHOO_ROWS).map((row) => ({ ...row, marketState: 'CLOSED' })))
    const producer = start()
    expect(await producer.poll()).toBe(60_000)
    server.setRows(Object.values(YAHOO_ROWS))
    expect(await producer.poll()).toBe(POLL_MS)
    await producer.end()
  })

  test('many symbols are asked for in several requests', async () => {
    const symbols = Array.from({ length: 2 * YAHOO_SYMBOLS_PER_REQUEST + 1 }, (_, i) => `S${i}`)
    server.setRows(symbols.map((symbol) => ({ ...YAHOO_ROWS.AAPL, symbol })))
    const producer = start(symbols)
    await producer.poll()
    await producer.end()
    expect(server.asked.map((asked) => asked.length)).toEqual([100, 100, 1])
    expect(keysOf(producer.published)).toEqual(symbols)
  })

  test('the crumb is never shown, whatever goes wrong', async () => {
    const shown: string[] = []
    const spies = (['log', 'warn', 'error', 'info', 'dir'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...words: unknown[]) => void shown.push(words.join(' '))),
    )
    const producer = start()
    const faults = [{ kind: 'server_error' }, { kind: 'html' }, { kind: 'rate_limited' }, { kind: 'cut' }] as const
    for (const fault of faults) {
      server.failNext('quote', fault)
      await producer.poll()
    }
    server.expireCrumbs()
    await producer.poll()
    await producer.end()
    for (const spy of spies) spy.mockRestore()
    expect(shown).toEqual([])
    expect(producer.published.length).toBe(SYMBOLS.length)
    expect(JSON.stringify(producer.lines)).not.toContain('s3cretCrumb')
  })

  test('an abort ends it in the middle of a request', async () => {
    server.failNext('quote', { kind: 'silent' })
    const producer = start()
    while (!server.requests.includes('quote')) await new Promise((resolve) => setImmediate(resolve))
    expect(await producer.end()).toMatchObject({ sent: 0, unresolved: 0 })
  })
})
