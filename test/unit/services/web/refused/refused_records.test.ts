import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VALUE_CHARS_MAX } from '#services/web/flow/limits'
import { valueText } from '#services/web/refused/refused_records'

const textOf = (value: string | Uint8Array) => valueText(Buffer.from(value))

test('text stays as it is, markup included', () => {
  expect(textOf('{"symbol":"<img src=x>"}')).toBe('{"symbol":"<img src=x>"}')
  expect(textOf('préis 5 €')).toBe('préis 5 €')
  expect(textOf('')).toBe('')
})

test('what would hide or turn text around is spelled out', () => {
  expect(textOf('a\u0000b\u202ec\n')).toBe('a\\x00b\\u202ec\\n')
})

test('bytes that are not UTF-8 are spelled out', () => {
  expect(textOf(Uint8Array.of(0x41, 0xff, 0x00, 0x42))).toBe('A\\xff\\x00B')
})

test('a long value is cut short, between characters', () => {
  expect(textOf('x'.repeat(VALUE_CHARS_MAX))).toBe('x'.repeat(VALUE_CHARS_MAX))
  expect(textOf('x'.repeat(VALUE_CHARS_MAX + 1))).toBe(`${'x'.repeat(VALUE_CHARS_MAX)}...`)
  expect(textOf('é'.repeat(100_000))).toBe(`${'é'.repeat(VALUE_CHARS_MAX)}...`)
})

test('any bytes become short text without controls', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
      const text = valueText(bytes)
      expect(text.length).toBeLessThanOrEqual(4 * VALUE_CHARS_MAX + 3)
      expect(text).not.toMatch(/\p{Cc}/u)
    }),
  )
})
