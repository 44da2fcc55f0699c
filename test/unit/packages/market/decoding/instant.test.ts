import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseIsoInstant } from '#market/decoding/instant'

test('every instant of four-digit years comes back from its ISO text', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      if (date.getUTCFullYear() < 100) return // Date.UTC takes these for 19xx; far below what a quote may have
      expect(parseIsoInstant(date.toISOString())).toBe(date.getTime())
    }),
  )
})

test.each([
  ['2026-11-21T15:31:20Z', '2026-11-21T15:31:20.000Z'],
  ['2026-11-21 15:31:20+00:00', '2026-11-21T15:31:20.000Z'],
  ['2026-11-21T15:31Z', '2026-11-21T15:31:00.000Z'],
  ['2026-11-21T10:31:20.123456789-05:00', '2026-11-21T15:31:20.123Z'],
  ['2026-11-21T21:01:20,5+0530', '2026-11-21T15:31:20.500Z'],
  ['2026-11-21T17:31:20+02', '2026-11-21T15:31:20.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['2016-12-31T18:59:60.999-05:00', '2017-01-01T00:00:00.000Z'],
  ['2026-11-21T15:31:60Z', '2026-11-21T15:32:00.000Z'],
])('%s is %s', (text, instant) => {
  expect(new Date(parseIsoInstant(text)).toISOString()).toBe(instant)
})

test.each([
  '2026-11-21',
  '2026-11-21T15:31:20',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-11-21T24:00:00Z',
  '2026-11-21T15:60:00Z',
  '2026-11-21T15:31:61Z',
  '2026-11-21T15:31:60',
  '2026-11-21T15:31:20+24:00',
  '2026-11-21T15:31:20 UTC',
  'yesterday',
  '',
])('%j is no instant', (text) => {
  expect(parseIsoInstant(text)).toBeNaN()
})
