import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseIsoInstant } from '#market/decoding/instant'
import { usualInstant } from '#market/decoding/scanner/iso_instant'

const instantOf = (text: string) => {
  const bytes = Buffer.from(`"${text}"`)
  return usualInstant(bytes, 1, bytes.length - 1)
}

test('each day of the century is the one that Date has', () => {
  const days = Array.from({ length: 36_525 }, (_, day) => Date.UTC(2000, 0, 1 + day))
  expect(days.filter((ms) => instantOf(new Date(ms).toISOString()) !== ms)).toEqual([])
})

test.each([
  ['2026-10-02T16:00:00Z', Date.UTC(2026, 9, 2, 16)],
  ['2026-10-02 16:00:00.1Z', Date.UTC(2026, 9, 2, 16, 0, 0, 100)],
  ['2026-10-02T16:00:00.123999999-04:00', Date.UTC(2026, 9, 2, 20, 0, 0, 123)],
  ['2026-10-02T16:00:00+05:30', Date.UTC(2026, 9, 2, 10, 30)],
])('%s is %d', (text, ms) => {
  expect(instantOf(text)).toBe(ms)
})

test.each([
  '',
  '2026-10-02',
  '2026-10-02T16:00Z',
  '2026-10-02T16:00:00',
  '2026-10-02T16:00:60Z',
  '2100-01-01T00:00:00Z',
])('of the unusual or wrong %s nothing is said', (text) => {
  expect(instantOf(text)).toBeNaN()
})

test('whatever it takes, the definition takes for the same instant', () => {
  const digits = fc.stringMatching(
    /^20\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-6]\d:[0-6]\d(\.\d{0,10})?(Z|[+-][0-2]\d:[0-6]\d|)$/,
  )
  fc.assert(
    fc.property(digits, (text) => {
      const ms = instantOf(text)
      if (!Number.isNaN(ms)) expect(ms).toBe(parseIsoInstant(text))
    }),
    { numRuns: 20_000 },
  )
})
