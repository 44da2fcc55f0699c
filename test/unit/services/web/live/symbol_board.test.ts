// Every symbol as it stands now.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { encodeQuote, quoteOf } from '#market/quote'
import { DAY_MS, type EpochMs, MINUTE_MS } from '#runtime/units'
import { SymbolBoard } from '#services/web/live/symbol_board'
import { defaultDecoder } from '#support/decoder'
import { quoteView } from '#support/web/given_quotes'
import { UTC_DAYS } from '#support/web/live_driver'

const DAY = (20_000 * DAY_MS) as EpochMs
const at = (ms: number) => (DAY + ms) as EpochMs

function board(symbolsMax = 10): SymbolBoard {
  const made = new SymbolBoard({ symbolsMax, barIntervalMs: MINUTE_MS, calendars: UTC_DAYS })
  made.moveTo(DAY)
  return made
}

const seed = (symbol: string, time: number, price: number) => ({
  ...{ symbol, price, eventTime: at(time), previousClose: 90, currency: 'USD', exchange: null, marketState: 'REGULAR' },
  ...{ source: 'yahoo', line: [[at(0), 80]] as const },
})

describe('a row', () => {
  test('has the newest quote by event time, and what is known besides', () => {
    const symbols = board()
    const details = { currency: 'USD', exchange: 'NMS', marketState: 'REGULAR', source: 'yahoo', previousClose: 99 }
    symbols.quote(quoteView({ symbol: 'AAPL', price: 100, timestamp: at(5_000), ...details }), at(5_000))
    symbols.quote(quoteView({ symbol: 'AAPL', price: 1, timestamp: at(1_000) }), at(6_000))
    symbols.quote(quoteView({ symbol: 'AAPL', price: 101, timestamp: at(5_000) }), at(6_000))
    expect(symbols.row(0, at(6_000))).toEqual({
      ...{ symbol: 'AAPL', price: 101, eventTime: at(5_000), ...details },
      ...{ quotesPerMinute: 3, alertsToday: 0, spark: [101] },
      ...{ zone: 'America/New_York', session: 'overnight', opensAt: Date.UTC(2024, 9, 4, 13, 30) },
    })
    expect(symbols.newestQuote()).toEqual({ eventTime: at(5_000), source: 'yahoo', marketState: 'REGULAR' })
  })

  test('has the alerts of today, and none of another day', () => {
    const symbols = board()
    symbols.quote(quoteView({ symbol: 'AAPL', price: 100, timestamp: at(0) }), at(0))
    symbols.countAlerts('AAPL', { eventTime: at(1) })
    symbols.countAlerts('AAPL', { eventTime: at(-1) })
    symbols.countAlerts('AAPL', { eventTime: at(2), count: 2 })
    expect(symbols.row(0, at(2)).alertsToday).toBe(3)
    symbols.tick = 7
    symbols.moveTo(at(DAY_MS))
    expect(symbols.row(0, at(DAY_MS))).toMatchObject({ alertsToday: 0, spark: [] })
    expect(symbols.rowsAfter(6)).toEqual([0])
  })

  test('has the alerts of a day that began while nobody looked', () => {
    const symbols = board()
    symbols.quote(quoteView({ symbol: 'AAPL', price: 100, timestamp: at(0) }), at(0))
    symbols.countAlerts('AAPL', { eventTime: at(1) })
    symbols.countAlerts('AAPL', { eventTime: at(DAY_MS + 1) })
    symbols.moveTo(at(DAY_MS + 5))
    expect(symbols.row(0, at(DAY_MS + 5)).alertsToday).toBe(1)
  })

  test('is not there for a symbol without a price', () => {
    const symbols = board()
    symbols.countAlerts('AAPL', { eventTime: at(1) })
    expect(symbols.rowsAfter(0)).toEqual([])
  })
})

describe('today is the trading day of the market', () => {
  const [friday, sunday] = [Date.parse('2026-11-27T15:00:00Z'), Date.parse('2026-11-29T15:00:00Z')]
  const shown = () => new SymbolBoard({ symbolsMax: 10, barIntervalMs: MINUTE_MS, calendars: openCalendars({}) })
  const quote = (symbols: SymbolBoard, symbol: string, timestamp: number, price = 100) =>
    symbols.quote(quoteView({ symbol, price, timestamp: timestamp as EpochMs }), timestamp as EpochMs)

  test('so a weekend shows the line and the alerts of Friday, and that the market is closed', () => {
    const symbols = shown()
    symbols.moveTo(friday as EpochMs)
    quote(symbols, 'AAPL', friday)
    quote(symbols, 'AAPL', friday + 3_600_000, 101)
    symbols.countAlerts('AAPL', { eventTime: friday })
    symbols.tick = 2
    symbols.moveTo(sunday as EpochMs)
    const row = symbols.row(0, sunday as EpochMs)
    expect(row).toMatchObject({ alertsToday: 1, session: 'none', zone: 'America/New_York' })
    expect(row.opensAt).toBe(Date.parse('2026-11-30T09:30:00-05:00'))
    expect(row.spark[0]).toBe(100)
    expect(row.spark.filter((price) => price !== null)).toEqual([100, 101])
    expect(symbols.rowsAfter(1)).toEqual([0])
  })

  test('and begins anew with the next one, though it is the same day of UTC', () => {
    const symbols = shown()
    const [before, after] = [Date.parse('2026-11-25T00:30:00Z'), Date.parse('2026-11-25T14:31:00Z')]
    quote(symbols, 'AAPL', before)
    symbols.countAlerts('AAPL', { eventTime: before })
    quote(symbols, 'AAPL', after, 102)
    symbols.countAlerts('AAPL', { eventTime: after })
    symbols.moveTo(after as EpochMs)
    expect(symbols.row(0, after as EpochMs)).toMatchObject({ alertsToday: 1, spark: [102] })
  })

  test('each symbol by its own: by exchange, else by what a first quote or its name tells', () => {
    const symbols = shown()
    quote(symbols, 'BTC-USD', friday)
    quote(symbols, '7203.T', friday)
    const zone = { exchangeTimezoneName: 'Europe/Prague' }
    const unknown = { symbol: 'ODD', price: 1, timestamp: friday as EpochMs, exchange: 'NOBODY', extra: zone }
    const bytes = Buffer.from(encodeQuote(quoteOf(unknown)))
    const columns = { bytes, timestamps: Float64Array.of(friday), valueStarts: Int32Array.of(0) }
    defaultDecoder.read({ ...columns, valueEnds: Int32Array.of(bytes.length) }, 0)
    symbols.quote(defaultDecoder.view, friday as EpochMs)
    const zones = [0, 1, 2].map((each) => symbols.row(each, friday as EpochMs).zone)
    expect(zones).toEqual(['UTC', 'Asia/Tokyo', 'Europe/Prague'])
    expect(symbols.calendarOf('NEVER.T').zone).toBe('Asia/Tokyo')
    // That of a symbol's name alone counts no more.
    expect(symbols.calendars().map(({ name }) => name)).toEqual(['24/7', 'XTKS', 'Europe/Prague'])
  })

  test('a market is followed no more once others were heard for a week and it was not', () => {
    const symbols = shown()
    const names = () => symbols.calendars().map(({ name }) => name)
    quote(symbols, 'BTC-USD', friday)
    expect(names()).toEqual(['24/7'])
    quote(symbols, 'AAPL', friday + 7 * DAY_MS)
    expect(names()).toEqual(['24/7', 'XNYS'])
    quote(symbols, 'AAPL', friday + 7 * DAY_MS + 1)
    expect(names()).toEqual(['XNYS'])
    quote(symbols, 'ETH-USD', friday + 6 * DAY_MS)
    expect(names()).toEqual(['XNYS', '24/7'])
  })

  test('the forming bar has its session and its trade date', () => {
    const symbols = shown()
    quote(symbols, 'AAPL', Date.parse('2026-11-27T09:15:00-05:00'))
    expect(symbols.forming('AAPL')).toMatchObject({ session: 'pre', tradeDate: '2026-11-27', origin: 'live' })
  })
})

describe('a seed', () => {
  test('is the quote where there is none yet, and gives way to a newer one', () => {
    const symbols = board()
    symbols.seed(seed('AAPL', 1_000, 100))
    expect(symbols.row(0, at(2_000))).toMatchObject({ price: 100, currency: 'USD', previousClose: 90, spark: [100] })
    symbols.quote(quoteView({ symbol: 'AAPL', price: 101, timestamp: at(8_000) }), at(8_000))
    expect(symbols.row(0, at(8_000))).toMatchObject({ price: 101, source: 'yahoo', spark: [100, 101] })
  })

  test('that comes late adds what is missing and takes nothing back', () => {
    const symbols = board()
    const timestamp = at(10_000)
    symbols.quote(quoteView({ symbol: 'AAPL', price: 101, timestamp, source: 'simulator' }), timestamp)
    symbols.seed(seed('AAPL', 1_000, 100))
    expect(symbols.row(0, timestamp)).toMatchObject({
      ...{ price: 101, eventTime: timestamp, source: 'simulator', currency: 'USD', previousClose: 90 },
      spark: [80, null, 101],
    })
  })
})

describe('changes', () => {
  test('are marked with the tick in which they came, rows apart from quotes', () => {
    const symbols = board()
    symbols.quote(quoteView({ symbol: 'AAPL', price: 100, timestamp: at(0) }), at(0))
    symbols.quote(quoteView({ symbol: 'TSLA', price: 200, timestamp: at(0) }), at(0))
    expect([symbols.rowsAfter(0), symbols.quotesAfter(0)]).toEqual([[0, 1], []])
    symbols.tick = 2
    symbols.quote(quoteView({ symbol: 'TSLA', price: 201, timestamp: at(1) }), at(1))
    expect([symbols.rowsAfter(1), symbols.quotesAfter(1)]).toEqual([[], [1]])
    expect(symbols.quoteRow(1, at(1))).toEqual(['TSLA', 201, at(1), 2])
    symbols.tick = 3
    symbols.quote(quoteView({ symbol: 'AAPL', price: 101, timestamp: at(2), marketState: 'CLOSED' }), at(2))
    expect([symbols.rowsAfter(2), symbols.quotesAfter(2)]).toEqual([[0], []])
    expect(symbols.quotesAfter(1)).toEqual([1])
  })

  test('are the falling rates of symbols that are silent', () => {
    const symbols = board()
    symbols.quote(quoteView({ symbol: 'AAPL', price: 100, timestamp: at(0) }), at(0))
    symbols.moveTo(at(5_000))
    symbols.tick = 2
    symbols.moveTo(at(30_000))
    expect(symbols.quotesAfter(1)).toEqual([])
    symbols.moveTo(at(70_000))
    expect(symbols.quotesAfter(1)).toEqual([0])
    symbols.tick = 3
    symbols.moveTo(at(90_000))
    expect(symbols.quotesAfter(2)).toEqual([])
  })

  test('of thousands of symbols whose market opens are marked a part at a time', () => {
    const opens = Date.parse('2026-11-27T14:30:00Z')
    const calendars = openCalendars({})
    const symbols = new SymbolBoard({ symbolsMax: 5_000, barIntervalMs: MINUTE_MS, calendars })
    const [before, after] = [(opens - 1) as EpochMs, opens as EpochMs]
    for (let n = 0; n < 2_500; n++) symbols.quote(quoteView({ symbol: `S${n}`, price: 1, timestamp: before }), before)
    symbols.moveTo(before)
    const told = new Set<number>()
    const sizes = [1, 2, 3, 4].map(() => {
      const { tick } = symbols
      symbols.tick++
      symbols.moveTo(after)
      const numbers = symbols.rowsAfter(tick)
      for (const number of numbers) told.add(number)
      return numbers.length
    })
    expect(sizes).toEqual([1_000, 1_000, 500, 0])
    expect(told.size).toBe(2_500)
    expect(symbols.row(2_499, after).session).toBe('regular')
  })

  test('are those of the forming bar, and its end', () => {
    const symbols = board()
    symbols.quote(quoteView({ symbol: 'AAPL', price: 100, timestamp: at(0) }), at(0))
    expect(symbols.formingAfter('AAPL', 0)).toBe(true)
    expect(symbols.forming('AAPL')).toMatchObject({ close: 100 })
    symbols.tick = 2
    expect(symbols.formingAfter('AAPL', 1)).toBe(false)
    symbols.closedBar('AAPL', at(MINUTE_MS))
    expect(symbols.formingAfter('AAPL', 1)).toBe(true)
    expect(symbols.forming('AAPL')).toBeNull()
    expect(symbols.forming('TSLA')).toBeNull()
  })

  test('are none of a bar that is closed, when its quotes are read after it', () => {
    const symbols = board()
    symbols.closedBar('AAPL', at(MINUTE_MS))
    expect(symbols.rowsAfter(0)).toEqual([])
    symbols.quote(quoteView({ symbol: 'AAPL', price: 100, timestamp: at(0) }), at(0))
    expect(symbols.forming('AAPL')).toBeNull()
    symbols.quote(quoteView({ symbol: 'AAPL', price: 101, timestamp: at(MINUTE_MS) }), at(MINUTE_MS))
    expect(symbols.forming('AAPL')).toMatchObject({ close: 101, count: 1 })
  })
})

test('symbols beyond the limit are counted and not shown', () => {
  const symbols = board(2)
  for (const symbol of ['A', 'B', 'C', 'C']) symbols.quote(quoteView({ symbol, price: 1, timestamp: at(0) }), at(0))
  symbols.seed(seed('D', 0, 1))
  symbols.countAlerts('D', { eventTime: at(0) })
  expect(symbols.count).toBe(2)
  expect(symbols.quotesWithoutRoom).toBe(2)
})

test('quotes that are read in place come to what objects come to', () => {
  const quotes = fc.array(
    fc.record({
      symbol: fc.constantFrom('AAPL', 'TSLA', 'BTC/USD'),
      price: fc.integer({ min: 1, max: 1_000 }),
      timestamp: fc.nat(600_000).map(at),
      source: fc.constantFrom(null, 'yahoo', 'süd'),
      previousClose: fc.constantFrom(null, 5),
    }),
  )
  fc.assert(
    fc.property(quotes, (given) => {
      const [inPlace, objects] = [board(), board()]
      for (const fields of given) {
        const bytes = Buffer.from(encodeQuote(quoteOf(fields)))
        const columns = { bytes, timestamps: Float64Array.of(at(600_000)), valueStarts: Int32Array.of(0) }
        expect(defaultDecoder.read({ ...columns, valueEnds: Int32Array.of(bytes.length) }, 0)).toBeNull()
        inPlace.quote(defaultDecoder.view, at(600_000))
        objects.quote(quoteView(fields), at(600_000))
      }
      const rows = (symbols: SymbolBoard) => symbols.rowsAfter(0).map((each) => symbols.row(each, at(600_000)))
      expect(rows(inPlace)).toEqual(rows(objects))
    }),
    { numRuns: 50 },
  )
})
