import { expect, test } from 'vitest'
import { shownValue } from '#runtime/shown_value'

test('a value is shown in quotes, cut short, without the password of a URL', () => {
  expect(shownValue('a\n"b"')).toBe('"a\\n\\"b\\""')
  expect(shownValue('x'.repeat(500)).length).toBeLessThan(100)
  expect(shownValue('ftp://me:hunter2@host/x')).toBe('"ftp://me:...@host/x"')
  expect(shownValue('http://me:p@ss@host,http://you:a,b@host')).toBe('"http://me:...@host,http://you:...@host"')
})
