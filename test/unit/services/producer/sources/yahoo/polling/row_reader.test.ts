import { describe, expect, test } from 'vitest'
import { openRowReader } from '#services/producer/sources/yahoo/polling/row_reader'
import { YAHOO_ROWS } from '#support/yahoo/yahoo_server'
import { recordedLogger } from '../../../recorded_logger.ts'

function open() {
  const skips = { unchanged: 0, unusable: 0 }
  const recorded = recordedLogger()
  return { skips, ...recorded, reader: openRowReader(recorded.logger, skips) }
}

describe('the reader of Yahoo’s rows', () => {
  test('one bad row costs only itself, and is named once', () => {
    const { reader, skips, texts } = open()
    const rows = [YAHOO_ROWS.AAPL, { ...YAHOO_ROWS.MSFT, regularMarketPrice: '480 - 490' }, null, YAHOO_ROWS.GOOGL]
    for (let poll = 0; poll < 3; poll++) {
      const quotes = reader.read(rows, ['AAPL', 'MSFT', 'GOOGL'])
      expect(quotes.map((quote) => quote.symbol)).toEqual(['AAPL', 'GOOGL'])
    }
    expect(skips.unusable).toBe(6)
    expect(texts()).toEqual([
      "a row of Yahoo's answer (MSFT) is left out: it has no regularMarketPrice above 0",
      "a row of Yahoo's answer (no symbol) is left out: it is not an object",
    ])
  })

  test('symbols without a row are named in one warning, once', () => {
    const { reader, texts } = open()
    for (let poll = 0; poll < 3; poll++) reader.read([YAHOO_ROWS.AAPL], ['AAPL', 'NOSUCH', 'NEITHER'])
    expect(texts()).toEqual(['Yahoo does not know NOSUCH, NEITHER; check SYMBOLS'])
  })

  test('a warning names only so many symbols', () => {
    const { reader, texts } = open()
    reader.read(
      [],
      Array.from({ length: 25 }, (_, i) => `S${i}`),
    )
    expect(texts()[0]).toMatch(/S19 and 5 more; check SYMBOLS$/)
  })

  test('only quotes that say something new are news; the others are counted', () => {
    const { reader, skips } = open()
    const poll = (row: unknown) => reader.news(reader.read([row], ['AAPL'])).length
    const apple = YAHOO_ROWS.AAPL
    const polls = [apple, apple, { ...apple, bid: 1 }, { ...apple, regularMarketVolume: 12_345_679 }]
    expect(polls.map(poll)).toEqual([1, 0, 0, 1])
    expect(skips.unchanged).toBe(2)
  })
})
