import { expect, test } from 'vitest'
import { unicodeJson } from '#market/unicode_json'

test('half a surrogate pair becomes U+FFFD, in names too', () => {
  expect(unicodeJson({ 'a\udc00': ['\ud83dx', '\ud83d\ude00'] })).toBe('{"a\ufffd":["\ufffdx","😀"]}')
})

test('a backslash before ud83d is text like any other', () => {
  const value = ['\\ud83d', '\\\\ud83d', '\n\\ud83d', '\\\ud83d']
  expect(JSON.parse(unicodeJson(value))).toEqual(['\\ud83d', '\\\\ud83d', '\n\\ud83d', '\\\ufffd'])
})
