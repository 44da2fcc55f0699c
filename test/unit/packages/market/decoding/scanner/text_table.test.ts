import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SymbolTable } from '#market/decoding/scanner/symbol_table'
import { NO_NUMBER, TextTable } from '#market/decoding/scanner/text_table'

function numberIn(table: TextTable, text: string): number {
  const bytes = Buffer.from(`"${text}"`)
  const number = table.find(bytes, 1, bytes.length - 1)
  return number === NO_NUMBER ? table.add(bytes, 1, bytes.length - 1) : number
}

function symbolIn(table: SymbolTable, text: string): number {
  const bytes = Buffer.from(text)
  return table.numberOf(bytes, 0, bytes.length)
}

test('every text has one number, and comes back by it', () => {
  const texts = fc.array(fc.stringMatching(/^[ -~]{0,32}$/), { maxLength: 200 })
  fc.assert(
    fc.property(texts, (given) => {
      const table = new TextTable(1_000)
      const numbers = given.map((text) => numberIn(table, text))
      expect(numbers.map((number) => table.text(number))).toEqual(given)
      expect(new Set(numbers).size).toBe(new Set(given).size)
    }),
  )
})

test('numbers stay while the table grows', () => {
  const table = new TextTable(100_000)
  const texts = Array.from({ length: 20_000 }, (_, n) => `S${n}`)
  for (const text of texts) numberIn(table, text)
  expect(texts.map((text) => numberIn(table, text))).toEqual(texts.map((_, n) => n))
})

test('a full table, or a text of 33 bytes, gives no number; those given stay', () => {
  const table = new TextTable(2)
  expect(['A'.repeat(33), 'A', 'B', 'C', 'B'].map((text) => numberIn(table, text))).toEqual([
    NO_NUMBER,
    0,
    1,
    NO_NUMBER,
    1,
  ])
})

test('only symbols have numbers in a symbol table', () => {
  const symbols = new SymbolTable(3)
  const given = ['AAPL', 'aapl', '', 'A..B', 'BRK.B', 'AAPL', 'A'.repeat(32), 'A'.repeat(33), 'FULL']
  expect(given.map((text) => symbolIn(symbols, text))).toEqual([0, -1, -1, -1, 1, 0, 2, -1, -1])
  expect(symbols.symbol(1)).toBe('BRK.B')
})
