// What reaches a terminal.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayJson, displayLines, displayText } from '#runtime/console/display_text'

/** What may not reach a terminal: controls, line separators, marks that turn text around, and hidden characters. */
const DANGEROUS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u00ad\u180e\u200b\u2060-\u206f\ufeff\ufff9-\ufffb]/u

test('control characters are spelled out', () => {
  expect(displayText('a\tb\r\n\u001b[2J\u009b\u202e')).toBe('a\\tb\\r\\n\\x1b[2J\\x9b\\u202e')
})

test('characters that hide, and halves of characters, are spelled out', () => {
  expect(displayText('a\u200bb\u2066c\u00add\ud83d')).toBe('a\\u200bb\\u2066c\\xadd\\ud83d')
})

test('what joins the letters of a script or the parts of an emoji stays', () => {
  const families = '👨‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 می‌خواهم'
  expect(displayText(families)).toBe(families)
})

test('tags that spell no flag are hidden text', () => {
  expect(displayText('a\u{e0041}\u{e0042}')).toBe('a\\udb40\\udc41\\udb40\\udc42')
})

test('no text drives a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(displayText(text)).not.toMatch(DANGEROUS)
      expect(displayLines(text).replaceAll('\n', '')).not.toMatch(DANGEROUS)
    }),
  )
})

test('JSON stays the same value, and drives no terminal', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom('\u202e', '\u2066', '\ud83d', '\u009b'),
  )
  fc.assert(
    fc.property(fc.array(unit), (values) => {
      const json = displayJson(JSON.stringify(values, undefined, 2))
      expect(JSON.parse(json)).toEqual(values)
      expect(json.replaceAll('\n', '')).not.toMatch(DANGEROUS)
    }),
  )
})
