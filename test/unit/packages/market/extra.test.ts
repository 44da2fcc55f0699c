import { expect, test } from 'vitest'
import { extraJson } from '#market/extra'
import { epochMs } from '#runtime/units'
import { decodeQuote } from '#support/decoder'

const NOW = epochMs(1_790_971_201_000)

function extraOf(members: string): string | null {
  const value = Buffer.from(`{"symbol":"A","price":1,"timestamp":${NOW}${members}}`)
  const result = decodeQuote(value, NOW)
  if (result.kind !== 'quote') throw new Error(result.detail)
  return extraJson(result.quote, value)
}

test('a quote without extra fields has none', () => {
  expect(extraOf('')).toBeNull()
})

test('extra fields are kept as JSON', () => {
  expect(extraOf(',"venue":{"mic":"XNAS"},"flags":[1,true,null]')).toBe(
    '{"venue":{"mic":"XNAS"},"flags":[1,true,null]}',
  )
})

test('digits beyond a double are kept', () => {
  expect(extraOf(',"sequence":9007199254740993,"inner":[1.00000000000000000001]')).toBe(
    '{"sequence":9007199254740993,"inner":[1.00000000000000000001]}',
  )
})

test('a number too large for a double is kept', () => {
  expect(extraOf(',"huge":1e999')).toBe('{"huge":1e999}')
})

test('a field called __proto__ is kept', () => {
  expect(extraOf(',"__proto__":1,"n":9007199254740993')).toBe('{"__proto__":1,"n":9007199254740993}')
})

test('what is nested without end is kept', () => {
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  expect(extraOf(`,"deep":${deep}`)).toContain(deep)
})
