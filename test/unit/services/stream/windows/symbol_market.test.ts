// The market of a quote: trade date and session of bars and alerts are its, whatever clocks do.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { DEFAULT_DECODER_SETTINGS } from '#market/decoding/decoder'
import { createDecoder } from '#market/decoding/scanning_decoder'
import type { EpochMs, Offset } from '#runtime/units'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { arrivalOf } from '#services/stream/topology/arrival'
import { createTopologyDriver, type GivenQuote } from '#services/stream/topology_driver'
import { calendarOf, type SymbolMarket } from '#services/stream/windows/symbol_market'

const NOON = Date.UTC(2026, 0, 6, 17)

/** What the only bar of quotes says of its market. */
function barOf(...quotes: readonly (Partial<GivenQuote> & { readonly timestamp: number })[]) {
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [] })
  const ingestTime = Math.max(...quotes.map(({ timestamp }) => timestamp))
  for (const quote of quotes) driver.quote({ symbol: 'A', price: 1, ingestTime, ...quote })
  const [bar] = driver.drain().bars
  return [bar?.tradeDate, bar?.session]
}

const inZone = (exchangeTimezoneName: unknown) => ({ extra: { exchangeTimezoneName } })

describe('a bar has the trade date', () => {
  test.each([
    ['America/Detroit', '2026-01-06T04:59:00.000Z', '2026-01-05'],
    ['America/Detroit', '2026-01-06T05:00:00.000Z', '2026-01-06'],
    ['America/Detroit', '2026-03-08T04:59:00.000Z', '2026-03-07'],
    ['America/Detroit', '2026-03-09T03:59:00.000Z', '2026-03-08'],
    ['America/Detroit', '2026-03-09T04:00:00.000Z', '2026-03-09'],
    ['America/Detroit', '2026-11-02T04:59:00.000Z', '2026-11-01'],
    ['America/Detroit', '2026-11-02T05:00:00.000Z', '2026-11-02'],
    ['Asia/Colombo', '2026-01-05T18:29:00.000Z', '2026-01-05'],
    ['Asia/Colombo', '2026-01-05T18:30:00.000Z', '2026-01-06'],
    ['Asia/Kathmandu', '2026-01-05T18:15:00.000Z', '2026-01-06'],
    ['Pacific/Kiritimati', '2025-12-31T10:00:00.000Z', '2026-01-01'],
  ])('of its quotes’ zone: %s at %s', (zone, instant, date) => {
    expect(barOf({ timestamp: Date.parse(instant), ...inZone(zone) })[0]).toBe(date)
  })

  test.each([{}, inZone('Nowhere/Land'), inZone(7), { exchange: 'NOBODY' }, { extra: { note: 'x' } }])(
    'of New York when its quotes say nothing of their market: %j',
    (fields) => {
      const timestamp = Date.parse('2026-01-06T04:00:00Z')
      expect(barOf({ timestamp, ...fields })).toEqual(['2026-01-06', 'overnight'])
      expect(barOf({ timestamp: timestamp - 4 * 3_600_000, ...fields })).toEqual(['2026-01-05', 'post'])
    },
  )

  test('of the exchange, of the symbol’s form, of the zone: in this order', () => {
    const timestamp = Date.UTC(2026, 10, 29, 23, 30)
    expect(barOf({ timestamp, symbol: 'ES=F' })).toEqual(['2026-11-30', 'regular'])
    expect(barOf({ timestamp, symbol: 'ES=F', ...inZone('Asia/Tokyo') })).toEqual(['2026-11-30', 'regular'])
    expect(barOf({ timestamp, symbol: 'ES=F', exchange: 'CCC' })).toEqual(['2026-11-29', 'regular'])
    expect(barOf({ timestamp, symbol: 'BTC-USD' })).toEqual(['2026-11-29', 'regular'])
  })

  test('of the quote that is its close, in whatever order quotes come', () => {
    const noon = Date.UTC(2026, 10, 26, 17) // Thanksgiving: nothing trades in New York.
    const coin = { timestamp: noon, exchange: 'CCC' }
    const share = { timestamp: noon + 1, exchange: 'NMS' }
    expect(barOf(coin, share)).toEqual(['2026-11-25', 'none'])
    expect(barOf(share, coin)).toEqual(['2026-11-25', 'none'])
    expect(barOf(share, { ...coin, timestamp: noon + 1 })).toEqual(['2026-11-26', 'regular'])
    expect(barOf(share, { ...coin, timestamp: noon + 2 })).toEqual(['2026-11-26', 'regular'])
  })
})

test('an alert has trade date and session of its quote', () => {
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG })
  const give = (timestamp: number, price: number, exchange: string) =>
    driver.quote({ symbol: 'A', price, timestamp, exchange, previousClose: 100 }).alerts
  const [before] = give(Date.UTC(2026, 10, 27, 17, 59, 59), 110, 'NMS')
  const [after] = give(Date.UTC(2026, 10, 27, 18), 120, 'NMS')
  expect(before).toMatchObject({ tradeDate: '2026-11-27', session: 'regular' })
  expect(after).toMatchObject({ tradeDate: '2026-11-27', session: 'post' })
  const [coin] = give(Date.UTC(2026, 10, 28, 12), 150, 'CCC')
  expect(coin).toMatchObject({ tradeDate: '2026-11-28', session: 'regular' })
})

test('a symbol that was looked up before has the market that its quote has by itself', () => {
  const calendars = openCalendars({})
  const said = fc.record({
    exchange: fc.constantFrom(undefined, null, '', 'NMS', 'CCC', 'LSE', 'NOBODY'),
    exchangeTimezoneName: fc.constantFrom(undefined, null, 7, 'Asia/Tokyo', 'Nowhere/Land', 'America/Detroit', 'é'),
    note: fc.constantFrom(undefined, 'x', 'é'),
  })
  const symbols = fc.constantFrom('A', 'ES=F', 'BTC-USD', 'VOD.L', 'A.XX')
  fc.assert(
    fc.property(symbols, fc.array(said, { maxLength: 12 }), (symbol, quotes) => {
      const market: SymbolMarket = { symbol, exchange: null, zone: null, zoneDecides: false, calendar: null }
      const decoder = createDecoder(DEFAULT_DECODER_SETTINGS)
      for (const fields of quotes) {
        const value = Buffer.from(JSON.stringify({ symbol, price: 1, timestamp: NOON, ...fields }))
        const place = { offset: 0 as Offset, timestamp: NOON as EpochMs, key: null, headers: null }
        const arrival = arrivalOf({ ...place, value }, decoder.view)
        expect(decoder.read(arrival.columns, arrival.row)).toBeNull()
        const zone = typeof fields.exchangeTimezoneName === 'string' ? fields.exchangeTimezoneName : null
        expect(arrival.quote.exchangeZone).toBe(zone)
        const expected = calendars.of({ symbol, exchange: fields.exchange ?? null, zone })
        expect(calendarOf(calendars, market, arrival.quote)).toBe(expected)
      }
    }),
    { numRuns: 500 },
  )
})

test('stays right when more zones are named than are remembered', () => {
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [] })
  for (let n = 0; n < 2_000; n++) {
    driver.quote({ symbol: 'A', price: 1, timestamp: n * 60_000 + NOON, ...inZone(`Nowhere/Land${n}`) })
  }
  expect(barOf({ timestamp: Date.UTC(2026, 0, 6, 0), ...inZone('UTC') })[0]).toBe('2026-01-06')
  expect(barOf({ timestamp: Date.UTC(2026, 0, 5, 23, 59), ...inZone('UTC') })[0]).toBe('2026-01-05')
})
