import { describe, expect, test } from 'vitest'
import { epochMs } from '#runtime/units'
import type { SymbolRow } from '#services/web/api'
import { SymbolBook } from '../../../../../../services/web/page/symbols/symbol_book.ts'

const T = 1_763_739_080_000

function row(symbol: string, fields: Partial<SymbolRow> = {}): SymbolRow {
  return {
    symbol,
    price: 100,
    eventTime: epochMs(T),
    previousClose: 80,
    currency: 'USD',
    exchange: 'NMS',
    marketState: 'REGULAR',
    source: 'simulator',
    quotesPerMinute: 12,
    alertsToday: 0,
    spark: [98, null, 100],
    ...{ zone: 'America/New_York', session: 'regular', opensAt: null },
    ...fields,
  }
}

function bookOf(...rows: readonly SymbolRow[]): SymbolBook {
  const book = new SymbolBook()
  book.take(rows)
  return book
}

describe('the symbols that the page knows', () => {
  test('a quote moves the price, the change and the end of the small line', () => {
    const book = bookOf(row('A'))
    book.quote([['A', 90, epochMs(T + 1), 13]])
    expect(book.get('A')).toMatchObject({ price: 90, change: 10, percent: 12.5, spark: [98, null, 90], wentUp: false })
    expect(book.get('A')?.quotesPerMinute).toBe(13)
  })

  test('an older quote, or a row that is behind the quotes, moves no price back', () => {
    const book = bookOf(row('A'))
    book.quote([['A', 101, epochMs(T + 5), 13]])
    book.quote([['A', 90, epochMs(T + 1), 14]])
    book.take([row('A', { alertsToday: 3 })])
    expect(book.get('A')).toMatchObject({ price: 101, eventTime: T + 5, alertsToday: 3, spark: [98, null, 101] })
  })

  test('a symbol that came while all were asked for stays, though the answer does not have it yet', () => {
    const book = bookOf(row('A'), row('B'))
    book.asking()
    book.take([row('C')])
    book.take([row('A')], true)
    expect([...book.all()].map(({ symbol }) => symbol)).toEqual(['A', 'C'])
    book.asking()
    book.take([row('A')], true)
    expect([...book.all()].map(({ symbol }) => symbol)).toEqual(['A'])
  })

  test('moves counts changes of the price alone', () => {
    const book = bookOf(row('A'))
    const moves = () => book.get('A')?.moves
    const before = moves() ?? 0
    book.quote([['A', 100, epochMs(T + 1), 13]])
    expect(moves()).toBe(before)
    book.quote([['A', 100.5, epochMs(T + 2), 13]])
    expect(moves()).toBe(before + 1)
    expect(book.get('A')?.wentUp).toBe(true)
  })

  test('without a previous close there is no change', () => {
    expect(bookOf(row('A', { previousClose: null })).get('A')).toMatchObject({ change: null, percent: null })
    expect(bookOf(row('A', { previousClose: 0 })).get('A')?.percent).toBeNull()
  })

  test('the digits of a symbol stand still', () => {
    const book = bookOf(row('A', { price: 1.0845 }))
    book.quote([['A', 1.08, epochMs(T + 1), 1]])
    expect(book.get('A')?.decimals).toBe(4)
  })

  test('a whole answer forgets those that are gone, single rows do not', () => {
    const book = bookOf(row('A'), row('B'))
    const { names } = book
    book.take([row('C')])
    expect([...book.all()].map(({ symbol }) => symbol)).toEqual(['A', 'B', 'C'])
    book.take([row('B')], true)
    expect([...book.all()].map(({ symbol }) => symbol)).toEqual(['B'])
    expect(book.names).toBeGreaterThan(names)
  })

  test('a quote of a symbol that is not known waits for its row', () => {
    const book = bookOf(row('A'))
    book.quote([['B', 1, epochMs(T), 1]])
    expect(book.size).toBe(1)
  })
})
