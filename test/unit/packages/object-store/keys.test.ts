// Which keys are allowed, and their order.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assertPrefix, assertReadableKey, assertWritableKey, compareKeys, KEY_BYTES_MAX } from '#object-store/keys'

describe('keys', () => {
  test.each([
    'a',
    'a/b',
    '_delta_log/00000000000000000000.json',
    'date=2026-01-02/part-0.c000.zstd.parquet',
    '...',
    'a..b',
  ])('%s may be written', (key) => expect(() => assertWritableKey(key)).not.toThrow())

  test('are measured in bytes, not in characters', () => {
    expect(() => assertReadableKey('ä'.repeat(KEY_BYTES_MAX / 2))).not.toThrow()
    expect(() => assertReadableKey('ä'.repeat(KEY_BYTES_MAX / 2 + 1))).toThrow(/longer than 1024 bytes/)
  })

  test('that pass never lead out of the root', () => {
    const nasty = fc.array(fc.constantFrom('..', '.', '', 'a', '%2e%2e', '..\\', '\0', '~', 'C:', '...'), {
      minLength: 1,
    })
    fc.assert(
      fc.property(nasty, (segments) => {
        const key = segments.join('/')
        try {
          assertReadableKey(key)
        } catch {
          return true
        }
        return new URL(`file:///root/${key}`.replaceAll('%', '%25')).pathname.startsWith('/root/')
      }),
    )
  })

  test('are shown in a message in part only, and escaped', () => {
    expect(() => assertReadableKey(`\n${'x'.repeat(5_000)}`)).toThrow(/^not a valid object key: "\\nx{199}": /)
  })
})

describe('prefixes', () => {
  test.each(['', 'a', 'a/', 'a/b', 'a/..', '.'])('%j is one: its last segment may be cut anywhere', (prefix) => {
    expect(() => assertPrefix(prefix)).not.toThrow()
  })
})

describe('the order of keys', () => {
  test('is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
  })

  test('differs from the order of UTF-16 units beyond the basic plane', () => {
    expect('\u{1f600}' < '\uff5e').toBe(true)
    expect(compareKeys('\u{1f600}', '\uff5e')).toBe(1)
  })
})
