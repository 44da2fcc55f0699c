import { expect, test } from 'vitest'
import { exitCodeOf, messageOf, PlatformError } from '#runtime/errors'

test.each([
  ['wrong use', new PlatformError('USAGE', 'x'), 2],
  ['wrong settings', new PlatformError('CONFIG_INVALID', 'x'), 78],
  ['any other failure', new PlatformError('STORE_FAILED', 'x'), 1],
  ['a bug', new TypeError('x'), 1],
])('%s ends with its exit code', (_name, error, code) => {
  expect(exitCodeOf(error)).toBe(code)
})

test('a message is one line, whatever was thrown', () => {
  expect(messageOf(new Error('two\n  lines'))).toBe('two lines')
  expect(messageOf(new TypeError(''))).toBe('TypeError')
  expect(messageOf('text')).toBe('text')
})

test('an error keeps its cause and its facts', () => {
  const cause = new Error('below')
  const error = new PlatformError('LOG_FAILED', 'above', { cause, retryable: true, fields: { topic: 't' } })
  expect(error).toMatchObject({ code: 'LOG_FAILED', cause, retryable: true, fields: { topic: 't' } })
})
