import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matching, nextSort, type SortKey, sorted } from '../../../../../../services/web/page/symbols/order.ts'
import { SymbolRecord } from '../../../../../../services/web/page/symbols/symbol_book.ts'

function record(symbol: string, fields: Partial<SymbolRecord> = {}): SymbolRecord {
  return Object.assign(new SymbolRecord(symbol), fields)
}

const names = (records: readonly SymbolRecord[]) => records.map(({ symbol }) => symbol)

describe('the order of the symbols', () => {
  const rows = [
    record('C', { price: 3, previousClose: 2, eventTime: 10 }),
    record('A', { price: 1, previousClose: null, eventTime: 30 }),
    record('B', { price: 3, previousClose: 4, eventTime: 20 }),
  ]

  test('equals stand by name, whichever way', () => {
    expect(names(sorted(rows, { key: 'price', descending: true }))).toEqual(['B', 'C', 'A'])
    expect(names(sorted(rows, { key: 'price', descending: false }))).toEqual(['A', 'B', 'C'])
  })

  test('what is not known stands last, whichever way', () => {
    expect(names(sorted(rows, { key: 'percent', descending: true }))).toEqual(['C', 'B', 'A'])
    expect(names(sorted(rows, { key: 'percent', descending: false }))).toEqual(['B', 'C', 'A'])
  })

  test('the youngest quote comes first by age', () => {
    expect(names(sorted(rows, { key: 'age', descending: false }))).toEqual(['A', 'B', 'C'])
  })

  test('is the same whatever the rows came in', () => {
    const keys: SortKey[] = ['symbol', 'price', 'change', 'percent', 'age', 'rate', 'alerts']
    const made = fc.record({
      symbol: fc.string({ minLength: 1, maxLength: 3 }),
      price: fc.constantFrom(1, 2, 3),
      previousClose: fc.constantFrom(null, 0, 2),
    })
    const run = fc.property(
      fc.uniqueArray(made, { selector: ({ symbol }) => symbol }),
      fc.constantFrom(...keys),
      fc.boolean(),
      (fields, key, descending) => {
        const all = fields.map(({ symbol, ...rest }) => record(symbol, rest))
        const order = names(sorted(all, { key, descending }))
        expect(names(sorted(all.toReversed(), { key, descending }))).toEqual(order)
        expect(order.toSorted()).toEqual(names(all).toSorted())
      },
    )
    fc.assert(run)
  })

  test('a click turns a column round, or begins with what is wanted first', () => {
    const bySymbol = { key: 'symbol', descending: false } as const
    expect(nextSort(bySymbol, 'symbol')).toEqual({ key: 'symbol', descending: true })
    expect(nextSort(bySymbol, 'percent')).toEqual({ key: 'percent', descending: true })
    expect(nextSort(bySymbol, 'age')).toEqual({ key: 'age', descending: false })
  })
})

describe('the filter', () => {
  const rows = [record('AAPL', { exchange: 'NMS' }), record('VOD.L', { exchange: 'LSE' }), record('A+B')]

  test.each([
    ['', ['AAPL', 'VOD.L', 'A+B']],
    ['  ', ['AAPL', 'VOD.L', 'A+B']],
    ['a', ['AAPL', 'A+B']],
    ['lse', ['VOD.L']],
    ['vo lse', ['VOD.L']],
    ['vo nms', []],
    ['+', ['A+B']],
    ['.*', []],
  ])('%j lets through %j', (filter, expected) => {
    expect(names(matching(rows, filter))).toEqual(expected)
  })
})
