// Columns of a terminal. The widths of the list are those that the terminals' own tables (wcwidth) give.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutToWidth, displayWidth } from '#lake-sql/format/display_width'

describe('the width of a text', () => {
  test.each([
    ['abc', 3],
    ['株式', 4],
    ['𠮷野', 4],
    ['ｱＡ', 3],
    ['e\u0301', 1],
    ['\u1112\u1161\u11ab', 2],
    ['한', 2],
    ['〿', 1],
    ['䷀', 2],
    ['🦆', 2],
    ['👨‍👩‍👧‍👦', 2],
    ['👁️‍🗨️', 2],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['🇩🇪🇫🇷', 4],
    ['🏴󠁧󠁢󠁳󠁣󠁴󠁿', 2],
    ['❤️', 2],
    ['❤', 1],
    ['☺︎', 1],
    ['1️⃣', 2],
    ['™', 1],
    ['→…', 2],
    ['สวัสดี', 4],
    ['क्षि', 2],
  ])('of %s is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })
})

test('a text is cut to a width, and says so', () => {
  expect(cutToWidth('abcdef', 6)).toBe('abcdef')
  expect(cutToWidth('abcdef', 4)).toBe('abc…')
  expect(cutToWidth('株式会社', 4)).toBe('株…')
})

test('a family is never cut in two', () => {
  expect(cutToWidth('👨‍👩‍👧‍👦👨‍👩‍👧‍👦', 3)).toBe('👨‍👩‍👧‍👦…')
  expect(cutToWidth('🇩🇪🇫🇷', 3)).toBe('🇩🇪…')
})

test('what was cut is never wider than asked for, and what fits is not cut', () => {
  const part = fc.constantFrom('a', 'é', 'e\u0301', '株', '🦆', '👨‍👩‍👧‍👦', '🇩🇪', '❤️', '1️⃣', 'क्षि')
  fc.assert(
    fc.property(fc.array(part), fc.integer({ min: 1, max: 20 }), (parts, width) => {
      const text = parts.join('')
      const cut = cutToWidth(text, width)
      expect(displayWidth(cut)).toBeLessThanOrEqual(width)
      expect(cut === text).toBe(displayWidth(text) <= width)
    }),
  )
})
