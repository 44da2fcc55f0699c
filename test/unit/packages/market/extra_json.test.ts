// The column `extra`: whatever arrives, every reader of JSON takes what is written, and no digit is lost.

import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { extraJson } from '#market/extra_json'
import { epochMs } from '#runtime/units'
import { decodeQuote } from '#support/decoder'

const NOW = epochMs(1_790_971_201_000)

function extraOf(members: string): string | null {
  const value = Buffer.from(`{"symbol":"A","price":1,"timestamp":${NOW}${members}}`)
  const result = decodeQuote(value, NOW)
  if (result.kind !== 'quote') throw new Error(result.detail)
  return result.quote.extra === null ? null : extraJson(result.quote.extra, value)
}

test('a quote without extra fields has none', () => {
  expect(extraOf('')).toBeNull()
})

test('extra fields are kept as JSON', () => {
  expect(extraOf(',"venue":{"mic":"XNAS"},"flags":[1,true,null]')).toBe(
    '{"venue":{"mic":"XNAS"},"flags":[1,true,null]}',
  )
})

test('a field called __proto__ is kept', () => {
  expect(extraOf(',"__proto__":1,"n":9007199254740993')).toBe('{"__proto__":1,"n":9007199254740993}')
})

test('what is nested without end is kept', () => {
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  expect(extraOf(`,"deep":${deep}`)).toContain(deep)
})

describe('digits', () => {
  test.each([
    '{"sequence":9007199254740993,"inner":[1.00000000000000000001]}',
    '{"nav":12345678.123456789}',
    '{"nav":1234567812345678.9}',
    '{"huge":1e999}',
  ])('beyond a double are kept: %s', (json) => {
    expect(extraOf(`,${json.slice(1, -1)}`)).toBe(json)
  })

  test('of any number are those that arrived', () => {
    const whole = fc.stringMatching(/^(0|[1-9]\d{0,20})$/)
    const number = fc
      .tuple(whole, fc.stringMatching(/^(\.\d{1,20})?([eE][+-]?\d{1,3})?$/))
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(number, number, (n, other) => {
        const written = /^\{"n":([^,]+),"in":\[(.+)\]\}$/.exec(extraOf(`,"n":${n},"in":[${other}]`) ?? '') ?? []
        expect([written[1], written[2]].map((text) => canonical(text ?? ''))).toEqual([canonical(n), canonical(other)])
      }),
      { numRuns: 1_000 },
    )
  })

  /** Significant digits, and the power of ten that they are to be multiplied by. */
  function canonical(number: string): string {
    const [mantissa = '', exponent = '0'] = number.toLowerCase().split('e')
    const [whole = '', fraction = ''] = mantissa.split('.')
    const significant = (whole + fraction).replace(/^0+/, '').replace(/0+$/, '')
    const zeros = (whole + fraction).length - (whole + fraction).replace(/0+$/, '').length
    return significant === '' ? '0' : `${significant}e${Number(exponent) - fraction.length + zeros}`
  }
})

describe('text that is no Unicode', () => {
  test.each([
    [',"note":"cut \\ud83d"', '{"note":"cut \ufffd"}'],
    [',"note":"\\udc00\\ud83d\\ud83d\\ude00"', '{"note":"\ufffd\ufffd😀"}'],
    [',"a":[{"\\ud83d":1}]', '{"a":[{"\ufffd":1}]}'],
    [',"\\ud83d":1,"n":9007199254740993', '{"\ufffd":1,"n":9007199254740993}'],
    [',"path":"C:\\\\ud83d\\\\\\\\ud83d"', '{"path":"C:\\\\ud83d\\\\\\\\ud83d"}'],
  ])('%s is %s', (members, json) => {
    expect(extraOf(members)).toBe(json)
  })

  test('or is anything else is JSON to DuckDB, and the same as before but for U+FFFD', async () => {
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
    const ask = "SELECT json_valid($1), (json_extract($1, '$') IS NOT NULL)"
    const unit = fc.oneof(fc.integer({ min: 0xd800, max: 0xdfff }), fc.integer({ min: 0, max: 0xffff }))
    const text = fc.string({ unit: unit.map((code) => String.fromCharCode(code)), maxLength: 6 })
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger(), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(text, tie('value'), { maxKeys: 3 }),
      ),
    }))
    await fc.assert(
      fc.asyncProperty(text, value, async (name, given) => {
        const written = extraOf(`,"x${JSON.stringify(name).slice(1)}:${JSON.stringify(given)}`) ?? ''
        expect((await connection.runAndReadAll(ask, [written])).getRows()).toEqual([[true, true]])
        const original = JSON.parse(`{"x${JSON.stringify(name).slice(1)}:${JSON.stringify(given)}}`)
        expect(JSON.parse(written)).toEqual(wellFormed(original))
      }),
      { numRuns: 500 },
    )
    connection.closeSync()
  })

  function wellFormed(value: unknown): unknown {
    if (typeof value === 'string') return value.toWellFormed()
    if (Array.isArray(value)) return value.map(wellFormed)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name.toWellFormed(), wellFormed(each)]))
  }
})
