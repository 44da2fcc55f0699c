// Digits as they stand in JSON text, wherever and however often their member stands.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { integerText, scalarText } from '#market/decoding/number_text'

test.each([
  ['{"id":9007199254740993}', '9007199254740993'],
  ['{ "a" : [1, {"id": 2}], "id" : -90071992547409931 }', '-90071992547409931'],
  ['{"a":{"id":1},"b":"\\"id\\":3","id":7}', '7'],
  ['{"\\u0069d":8}', '8'],
  ['{"id":1,"id":2}', '2'],
  ['{"id":1e3}', undefined],
  ['{"id":1.0}', undefined],
  ['{"id":"5"}', undefined],
  ['{"id":5,"id":[5]}', undefined],
  ['{"id":true}', undefined],
  ['{"a":{"id":1}}', undefined],
  ['{}', undefined],
])('of %s it is %s', (json, digits) => {
  expect(integerText(json, 'id')).toBe(digits)
})

test('a number is found in any object, as it is written there', () => {
  const key = fc.oneof(fc.constantFrom('id', '', '"', '\\', '{', 'i d'), fc.string())
  const object = fc.dictionary(key, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 5 })
  fc.assert(
    fc.property(object, fc.constantFrom(0, 2), (value, spaces) => {
      const wanted = Object.hasOwn(value, 'id') ? value.id : undefined
      const found = scalarText(JSON.stringify(value, null, spaces), 'id')
      const isScalar = wanted !== undefined && typeof wanted !== 'string' && !(wanted instanceof Object)
      expect(found).toBe(isScalar ? JSON.stringify(wanted) : undefined)
    }),
  )
})

test('nesting is no limit, and long texts take no long time', () => {
  const deep = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)},"id":12345678901234567890}`
  expect(integerText(deep, 'id')).toBe('12345678901234567890')
  const text = `{"a":"${'\\"'.repeat(30_000)}","id":1}`
  expect(integerText(text, 'id')).toBe('1')
})
