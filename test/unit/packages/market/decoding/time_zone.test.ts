// Local times to instants, against Intl's own way from instants to local times.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type TimeZone, timeZone } from '#market/decoding/time_zone'

const zoneOf = (name: string) => timeZone(name) as TimeZone
const utc = (text: string) => Date.parse(`${text}Z`)
const read = (name: string, local: string) => new Date(zoneOf(name).instantOf(utc(local))).toISOString()

/** The local time of an instant by Intl, as if it were UTC. */
function localOf(name: string, instant: number): number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' })
  return utc(format.format(instant).replace(' ', 'T')) + (((instant % 1000) + 1000) % 1000)
}

describe('a local time', () => {
  test.each([
    ['UTC', '2026-11-21T15:30:00', '2026-11-21T15:30:00.000Z'],
    ['America/New_York', '2026-11-21T10:30:00', '2026-11-21T15:30:00.000Z'],
    ['America/New_York', '2026-07-01T10:30:00', '2026-07-01T14:30:00.000Z'],
    ['Asia/Kolkata', '2026-11-21T21:00:00', '2026-11-21T15:30:00.000Z'],
  ])('in %s: %s is %s', (name, local, instant) => {
    expect(read(name, local)).toBe(instant)
  })

  test.each([
    ['America/New_York', '2026-11-01T00:59:59.999', '2026-11-01T04:59:59.999Z'],
    ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z'],
    ['America/New_York', '2026-11-01T02:00:00', '2026-11-01T07:00:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00.000Z'],
  ])('that comes twice is the first of the two, in %s: %s is %s', (name, local, instant) => {
    expect(read(name, local)).toBe(instant)
  })

  test.each([
    ['America/New_York', '2026-03-08T01:59:59.999', '2026-03-08T06:59:59.999Z'],
    ['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z'],
    ['America/New_York', '2026-03-08T03:00:00', '2026-03-08T07:00:00.000Z'],
    ['Pacific/Apia', '2011-12-30T12:00:00', '2011-12-30T22:00:00.000Z'],
  ])('that is left out is as much later as clocks went forward, in %s: %s is %s', (name, local, instant) => {
    expect(read(name, local)).toBe(instant)
  })

  test('is right to the millisecond where clocks changed a minute after a quarter hour', () => {
    expect(read('America/St_Johns', '2010-11-07T00:00:59.999')).toBe('2010-11-07T02:30:59.999Z')
    expect(read('America/St_Johns', '2010-03-14T00:00:59.999')).toBe('2010-03-14T03:30:59.999Z')
    expect(read('America/St_Johns', '2010-03-14T01:01:00')).toBe('2010-03-14T03:31:00.000Z')
  })
})

test('every instant comes back from its local time, or the earlier one that had the same', () => {
  const names = ['America/New_York', 'Europe/London', 'Asia/Tehran', 'Australia/Lord_Howe', 'America/St_Johns']
  const zones = fc.constantFrom(...names, 'Asia/Gaza', 'Africa/Casablanca', 'Pacific/Apia', 'Antarctica/Troll', 'UTC')
  const instants = fc.integer({ min: Date.UTC(2000, 0, 2), max: Date.UTC(2035, 0, 1) })
  fc.assert(
    fc.property(zones, instants, (name, instant) => {
      const local = localOf(name, instant)
      const found = zoneOf(name).instantOf(local)
      expect(localOf(name, found)).toBe(local)
      expect(found).toBeLessThanOrEqual(instant)
    }),
    { numRuns: 300 },
  )
})

test.each(['Mars/Olympus', '', 'New York'])('%j is no zone', (name) => {
  expect(timeZone(name)).toBeNull()
})
