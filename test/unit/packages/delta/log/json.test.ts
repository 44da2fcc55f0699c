import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseLogJson, rawNumber, stringifyLogJson } from '#delta/log/json'

describe('JSON of the log', () => {
  test('keeps integers beyond 2^53 to the last digit', () => {
    const text = '{"txn":{"appId":"a","version":9223372036854775807,"lastUpdated":1763740800000}}'
    expect(parseLogJson(text)).toEqual({
      txn: { appId: 'a', version: 9223372036854775807n, lastUpdated: 1763740800000 },
    })
    expect(stringifyLogJson(parseLogJson(text))).toBe(text)
  })

  test('leaves fractions and long digits in strings as they are', () => {
    const text = '{"a":277.05999755859375,"b":"12345678901234567890","c":-9007199254740993,"d":1e300}'
    expect(parseLogJson(text)).toEqual({
      a: 277.05999755859375,
      b: '12345678901234567890',
      c: -9007199254740993n,
      d: 1e300,
    })
  })

  test('takes a long integer wherever it stands', () => {
    expect(parseLogJson('9007199254740993')).toBe(9007199254740993n)
    expect(parseLogJson('[ 9007199254740993,\n-9007199254740993]')).toEqual([9007199254740993n, -9007199254740993n])
  })

  test('reads back every integer that it writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const read = parseLogJson(stringifyLogJson({ value })) as { value: number | bigint }
        expect(BigInt(read.value)).toBe(value)
        expect(typeof read.value).toBe(Number.isSafeInteger(Number(value)) ? 'number' : 'bigint')
      }),
    )
  })

  test('writes raw digits, and refuses what is no JSON', () => {
    expect(stringifyLogJson({ price: rawNumber('12.3400') })).toBe('{"price":12.3400}')
    expect(() => rawNumber('1,"x":2')).toThrow(SyntaxError)
  })
})
