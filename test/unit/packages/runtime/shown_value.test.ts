import { expect, test } from 'vitest'
import { shownValue } from '#runtime/shown_value'

test('a value is shown in quotes, cut short, without the secrets that URLs carry', () => {
  expect(shownValue('a\n"b"')).toBe('"a\\n\\"b\\""')
  expect(shownValue('x'.repeat(500)).length).toBeLessThan(100)
  expect(shownValue('ftp://me:hunter2@host/x')).toBe('"ftp://me:...@host/x"')
  expect(shownValue('http://me:p@ss@host,http://you:a,b@host')).toBe('"http://me:...@host,http://you:...@host"')
  const signed = 'https://account/container?sv=1&sig=hunter%2F2&se=3 and sig=hunter2'
  expect(shownValue(signed)).toBe('"https://account/container?sv=1&sig=...&se=3 and sig=..."')
})
