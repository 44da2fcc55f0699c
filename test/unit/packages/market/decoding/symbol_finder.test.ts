// What the symbol finder finds is what JSON.parse makes of the value; what it is not sure of it leaves alone.

import { describe, expect, test } from 'vitest'
import { VALUE_BYTES_MAX } from '#market/decoding/decoder'
import { isSymbol } from '#market/decoding/fields'
import { NOWHERE, SymbolFinder } from '#market/decoding/symbol_finder'
import { fuzzValue } from '#support/quote_fuzz/values'
import { randomOf } from '#support/simulation/world/random'

const VALUES = 100_000

/** Finds in a value that lies between other bytes. */
function found(finder: SymbolFinder, value: Uint8Array) {
  const bytes = Buffer.concat([Buffer.from('{"symbol":"X"'), value, Buffer.from('}"Y')])
  const start = 13
  if (!finder.find(bytes, start, start + value.length)) return null
  const { symbolStart, symbolEnd, timestampStart, timestampEnd } = finder
  return {
    symbol: symbolStart === NOWHERE ? null : bytes.toString('latin1', symbolStart, symbolEnd),
    timestamp:
      timestampStart === NOWHERE ? undefined : JSON.parse(bytes.toString('latin1', timestampStart, timestampEnd)),
  }
}

test(`of ${VALUES} values of every kind it says nothing that JSON.parse does not`, { timeout: 120_000 }, () => {
  const random = randomOf(7, 'symbols')
  const finder = new SymbolFinder()
  let taken = 0
  for (let i = 0; i < VALUES; i++) {
    const value = fuzzValue(random)
    const answer = found(finder, value)
    if (answer === null) continue
    taken++
    const { symbol, timestamp } = JSON.parse(Buffer.from(value).toString()) as Record<string, unknown>
    const expected = { symbol: isSymbol(symbol) ? symbol : null, timestamp }
    expect(answer, Buffer.from(value).toString('latin1')).toEqual(expected)
  }
  expect(taken).toBeGreaterThan(VALUES / 4)
})

describe('the symbol finder', () => {
  test.each([
    ['{"symbol":"AAPL","price":1,"timestamp":5}', { symbol: 'AAPL', timestamp: 5 }],
    [' { "price" : -1e5 , "timestamp" : "2026" , "symbol" : "BRK.B" } ', { symbol: 'BRK.B', timestamp: '2026' }],
    ['{"a":[{"symbol":"B"}],"symbol":"A"}', { symbol: 'A', timestamp: undefined }],
    ['{"price":1}', { symbol: null, timestamp: undefined }],
  ])('finds in %s what is there', (value, expected) => {
    expect(found(new SymbolFinder(), Buffer.from(value))).toEqual(expected)
  })

  test.each([
    ['a symbol twice', '{"symbol":"A","symbol":"B"}'],
    ['a timestamp twice', '{"symbol":"A","timestamp":1,"timestamp":2}'],
    ['no symbol by the rule', '{"symbol":"a b"}'],
    ['a symbol that is no text', '{"symbol":5}'],
    ['escapes', '{"symbol":"\\u0041"}'],
    ['letters beyond ASCII', '{"symbol":"A","name":"ü"}'],
    ['half a value', '{"symbol":"A","price":1'],
    ['two values', '{"symbol":"A"}{"symbol":"B"}'],
    ['no object', '["symbol"]'],
    ['nothing', ''],
    ['a value that is too long', `{"symbol":"A","x":"${'x'.repeat(VALUE_BYTES_MAX)}"}`],
  ])('leaves %s to JSON.parse', (_, value) => {
    expect(found(new SymbolFinder(), Buffer.from(value))).toBeNull()
  })
})
