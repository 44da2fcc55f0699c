import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeQuote } from '#market/quote'
import { isMarketClosed, readYahooRow } from '#services/producer/sources/yahoo/polling/yahoo_row'
import { decodeQuote } from '#support/decoder'
import { YAHOO_ROWS } from '#support/yahoo/yahoo_server'

const apple = YAHOO_ROWS.AAPL as Record<string, unknown>
const T_MS = 1_790_951_400_000

function quoteOf(row: unknown) {
  const reading = readYahooRow(row)
  if (reading.kind !== 'quote') throw new Error(reading.detail)
  return reading.quote
}

describe('a row of Yahoo', () => {
  test('becomes a quote that names its exchange’s zone and delay', () => {
    expect(quoteOf(apple)).toEqual({
      symbol: 'AAPL',
      price: 277.06,
      timestamp: T_MS,
      id: '1790951400000:277.06:12345678:',
      size: null,
      dayVolume: 12_345_678,
      bid: 277.02,
      ask: 277.09,
      bidSize: 4,
      askSize: 5,
      currency: 'USD',
      exchange: 'NMS',
      marketState: 'REGULAR',
      previousClose: 274.84,
      source: 'yahoo',
      extra: {
        exchangeTimezoneName: 'America/New_York',
        fullExchangeName: 'NasdaqGS',
        quoteType: 'EQUITY',
        exchangeDataDelayedBy: 0,
        regularMarketOpen: 275.67,
        regularMarketDayHigh: 278.17,
        regularMarketDayLow: 274.57,
      },
    })
    expect(quoteOf(YAHOO_ROWS['VOD.L'])).toMatchObject({
      currency: 'GBp',
      extra: { exchangeTimezoneName: 'Europe/London', exchangeDataDelayedBy: 15 },
    })
  })

  test.each([
    ['a Date', new Date(T_MS)],
    ['epoch seconds', T_MS / 1000],
    ['epoch seconds with a fraction', T_MS / 1000 + 0.0004],
    ['epoch milliseconds', T_MS],
  ])('its time may be %s', (_, regularMarketTime) => {
    expect(quoteOf({ ...apple, regularMarketTime }).timestamp).toBe(T_MS)
  })

  test('the times before and after hours are kept in milliseconds, whatever they came as', () => {
    const extra = quoteOf({
      ...apple,
      preMarketPrice: 276,
      preMarketTime: T_MS / 1000,
      postMarketTime: new Date(T_MS),
    }).extra
    expect(extra).toMatchObject({ preMarketPrice: 276, preMarketTime: T_MS, postMarketTime: T_MS })
  })

  test('out of hours 0 means absent', () => {
    expect(quoteOf({ ...apple, bid: 0, ask: 0, bidSize: 3, askSize: 0, regularMarketVolume: 0 })).toMatchObject({
      bid: null,
      ask: null,
      bidSize: null,
      askSize: null,
      dayVolume: 0,
    })
  })

  test('optional fields of the wrong kind are absent, and do not cost the quote', () => {
    const wrong = { bid: '277', regularMarketVolume: -1, currency: 7, exchange: '', regularMarketPreviousClose: 'n/a' }
    expect(quoteOf({ ...apple, ...wrong })).toMatchObject({
      bid: null,
      dayVolume: null,
      currency: null,
      exchange: null,
      previousClose: null,
    })
  })

  test.each([
    [{ regularMarketPrice: '276 - 278' }, /regularMarketPrice/],
    [{ regularMarketPrice: 0 }, /regularMarketPrice/],
    [{ regularMarketPrice: undefined }, /regularMarketPrice/],
    [{ regularMarketTime: undefined }, /regularMarketTime/],
    [{ regularMarketTime: new Date(Number.NaN) }, /regularMarketTime/],
    [{ regularMarketTime: '2026-10-02' }, /regularMarketTime/],
    [{ regularMarketTime: 0 }, /regularMarketTime/],
    [{ symbol: 'not a symbol' }, /symbol/],
  ])('with %j it is unusable, and says why', (fields, detail) => {
    expect(readYahooRow({ ...apple, ...fields })).toMatchObject({
      kind: 'unusable',
      detail: expect.stringMatching(detail),
    })
  })

  test('whatever it is, it is never thrown at, and what becomes a quote decodes', () => {
    const value = fc.oneof(
      fc.anything(),
      fc.double(),
      fc.date({ noInvalidDate: false }),
      fc.constantFrom('AAPL', 277, T_MS),
    )
    const row = fc.oneof(fc.anything(), fc.record(Object.fromEntries(Object.keys(apple).map((name) => [name, value]))))
    fc.assert(
      fc.property(row, fc.boolean(), (fields, sound) => {
        const reading = readYahooRow(sound ? { ...(fields as object), ...pick(apple) } : fields)
        if (reading.kind === 'unusable') return reading.detail.length > 0
        return decodeQuote(Buffer.from(encodeQuote(reading.quote)), reading.quote.timestamp).kind === 'quote'
      }),
    )
  })

  test.each([
    ['REGULAR', false],
    ['PRE', false],
    ['POST', false],
    ['CLOSED', true],
    ['PREPRE', true],
    ['POSTPOST', true],
    [undefined, false],
  ])('in state %s its market is closed: %s', (marketState, closed) => {
    expect(isMarketClosed(quoteOf({ ...apple, marketState }))).toBe(closed)
  })
})

function pick(row: Record<string, unknown>) {
  const { symbol, regularMarketPrice, regularMarketTime } = row
  return { symbol, regularMarketPrice, regularMarketTime }
}
