// What reaches a terminal.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutToWidth, displayText, displayWidth } from '#lake-sql/display_text'

test('control characters are spelled out', () => {
  expect(displayText('a\tb\r\n\u001b[2J\u009b\u202e')).toBe('a\\tb\\r\\n\\x1b[2J\\x9b\\u202e')
})

test('no text drives a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(displayText(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u)
    }),
  )
})

test('wide characters take two columns and marks none', () => {
  expect(displayWidth('abc')).toBe(3)
  expect(displayWidth('株式')).toBe(4)
  expect(displayWidth('e\u0301')).toBe(1)
  expect(displayWidth('🦆')).toBe(2)
})

test('a text is cut to a width, and says so', () => {
  expect(cutToWidth('abcdef', 6)).toBe('abcdef')
  expect(cutToWidth('abcdef', 4)).toBe('abc…')
  expect(cutToWidth('株式会社', 4)).toBe('株…')
})
