// Timestamps by their settings.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isNanosecondsInDoubt, type TimestampSettings, timestampReader } from '#market/decoding/timestamp'

const reader = (settings: Partial<TimestampSettings>) =>
  timestampReader({ timestampUnit: 'ms', timestampZone: null, ...settings })

describe('numbers', () => {
  test.each([
    ['ms', 1_795_880_555_170.9, 1_795_880_555_170],
    ['s', 1_795_880_555, 1_795_880_555_000],
    ['s', 1_795_880_555.17, 1_795_880_555_170],
    ['s', 1_795_880_555.1709, 1_795_880_555_170],
    ['us', 1_795_880_555_170_999, 1_795_880_555_170],
    ['ns', 1_795_880_555_170_500_000, 1_795_880_555_170],
    ['ns', 1_795_880_555_170_999_999n, 1_795_880_555_170],
  ] as const)('in %s: %d is %d', (timestampUnit, value, ms) => {
    expect(Math.floor(reader({ timestampUnit })(value))).toBe(ms)
  })

  test('seconds with up to six decimals are the millisecond that they say', () => {
    const micros = fc.integer({ min: 946_684_800_000_000, max: 4_102_444_800_000_000 })
    fc.assert(
      fc.property(micros, (us) => {
        const seconds = Number(`${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`)
        expect(Math.floor(reader({ timestampUnit: 's' })(seconds))).toBe(Math.floor(us / 1000))
      }),
    )
  })

  test('nanoseconds of which a double tells the wrong millisecond are in doubt', () => {
    const nanos = fc.bigInt({ min: 946_684_800_000_000_000n, max: 4_102_444_800_000_000_000n })
    const edges = nanos.map((ns) => (ns / 1_000_000n) * 1_000_000n)
    const around = fc.tuple(edges, fc.bigInt({ min: -300n, max: 300n })).map(([edge, by]) => edge + by)
    fc.assert(
      fc.property(fc.oneof(nanos, around), (ns) => {
        const isRight = Math.floor(reader({ timestampUnit: 'ns' })(Number(ns))) === Number(ns / 1_000_000n)
        expect(isRight || isNanosecondsInDoubt(Number(ns))).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('texts', () => {
  test('without a zone are nothing, or in the zone that is set; a zone of their own counts before it', () => {
    expect(reader({})('2026-11-21 10:30:00')).toBeNaN()
    const newYork = reader({ timestampZone: 'America/New_York' })
    for (const text of ['2026-11-21 10:30:00', '2026-11-21T10:30:00.000000', '2026-11-21T15:30:00Z']) {
      expect(newYork(text)).toBe(Date.UTC(2026, 10, 21, 15, 30))
    }
  })

  test('a leap second is the next one, in a zone too', () => {
    expect(reader({ timestampZone: 'Asia/Tokyo' })('2017-01-01T08:59:60')).toBe(Date.UTC(2017, 0, 1))
  })
})

test.each([undefined, null, true, {}, [], '1795880555170'])('%j is no time', (value) => {
  expect(reader({ timestampZone: 'UTC' })(value)).toBeNaN()
})

test('a zone that nobody knows is refused', () => {
  expect(() => reader({ timestampZone: 'Mars/Olympus' })).toThrow('there is no time zone Mars/Olympus')
})
