// Bounds of timestamps as Spark writes them in any session time zone: never does one rule out a value of its file.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnRange } from '#lake-sql/pruning/value_ranges'

const ZONES = [
  'UTC',
  'America/Los_Angeles',
  'Europe/Amsterdam',
  'Europe/London',
  'Asia/Kolkata',
  'Africa/Accra',
  'Africa/Monrovia',
  'Asia/Kathmandu',
  'America/La_Paz',
  'Australia/Lord_Howe',
]

/** The zone's offset at the time, in seconds. */
function offsetSeconds(zone: string, ms: number): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?/.exec(name) ?? []
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return sign === '-' ? -size : size
}

/** As Java's pattern yyyy-MM-dd'T'HH:mm:ss.SSSXXX has it: milliseconds and minutes of the zone, both cut. */
function sparkText(micros: bigint, offset: number): string {
  const ms = Number((micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n)
  const local = new Date(ms + offset * 1000).toISOString().slice(0, -1)
  const minutes = Math.trunc(Math.abs(offset) / 60)
  if (minutes === 0) return `${local}Z`
  const two = (value: number) => String(value).padStart(2, '0')
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`
}

function expectKept(micros: bigint, offset: number): void {
  const text = sparkText(micros, offset)
  const range = columnRange('timestamp', { min: text, max: text })
  const ruledOut = [range.noneEqual(micros), range.allAbove(micros), range.allBelow(micros)]
  expect([text, ruledOut]).toEqual([text, [false, false, false]])
  expect([range.allAtLeast(micros + 1n), range.allAtMost(micros - 1n)]).toEqual([false, false])
}

const from = BigInt(Date.UTC(1700, 0, 1)) * 1000n
const to = BigInt(Date.UTC(2100, 0, 1)) * 1000n

test('in every zone, at every time', () => {
  const zoned = fc.tuple(fc.bigInt(from, to), fc.constantFrom(...ZONES))
  fc.assert(
    fc.property(zoned, ([micros, zone]) => expectKept(micros, offsetSeconds(zone, Number(micros / 1000n)))),
    { numRuns: 3000 },
  )
})

test('with any offset to the second, as zones had them until 1972', () => {
  const until = BigInt(Date.UTC(1972, 0, 8)) * 1000n
  const zoned = fc.tuple(fc.bigInt(from, until), fc.integer({ min: -16 * 3600, max: 16 * 3600 }))
  fc.assert(
    fc.property(zoned, ([micros, offset]) => expectKept(micros, offset)),
    { numRuns: 3000 },
  )
})

test('of today, a bound is as narrow as a millisecond', () => {
  const range = columnRange('timestamp', { min: '2026-11-21T15:30:00.123Z', max: '2026-11-21T15:30:00.123Z' })
  const micros = BigInt(Date.UTC(2026, 10, 21, 15, 30, 0, 123)) * 1000n
  expect([range.allAbove(micros - 1n), range.allBelow(micros + 1000n)]).toEqual([true, true])
})
