// The axis by a wall clock: days begin where the zone's do, and the repeated hour says which one it is.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WallClock } from '../../../../../../../services/web/page/chart/drawing/wall_clock.ts'

const newYork = new WallClock('America/New_York')
const utc = new WallClock('UTC')
const at = (text: string) => Date.parse(text)

test('the offset is that of the zone at that time', () => {
  expect(newYork.offsetMs(at('2026-07-01T12:00:00Z'))).toBe(-4 * 3_600_000)
  expect(newYork.offsetMs(at('2026-12-01T12:00:00Z'))).toBe(-5 * 3_600_000)
  expect(new WallClock('Asia/Kolkata').offsetMs(0)).toBe(5.5 * 3_600_000)
  expect(utc.offsetMs(at('2026-07-01T12:00:00Z'))).toBe(0)
})

describe('where the clocks go back', () => {
  // 2026-11-01, 06:00 UTC: 02:00 EDT becomes 01:00 EST.
  test.each([
    ['2026-11-01T04:59:59Z', false, '00:59'],
    ['2026-11-01T05:00:00Z', true, '01:00 EDT'],
    ['2026-11-01T05:59:59Z', true, '01:59 EDT'],
    ['2026-11-01T06:00:00Z', true, '01:00 EST'],
    ['2026-11-01T06:59:59Z', true, '01:59 EST'],
    ['2026-11-01T07:00:00Z', false, '02:00'],
  ])('%s is repeated: %s', (time, isRepeated, text) => {
    expect(newYork.isRepeated(at(time))).toBe(isRepeated)
    expect(newYork.timeText(at(time))).toBe(text)
  })

  test('half an hour is repeated where they go back by half an hour', () => {
    const lordHowe = new WallClock('Australia/Lord_Howe')
    // 2026-04-04, 15:00 UTC: 02:00 becomes 01:30.
    expect(lordHowe.isRepeated(at('2026-04-04T14:29:59Z'))).toBe(false)
    expect(lordHowe.isRepeated(at('2026-04-04T14:30:00Z'))).toBe(true)
    expect(lordHowe.isRepeated(at('2026-04-04T15:29:59Z'))).toBe(true)
    expect(lordHowe.isRepeated(at('2026-04-04T15:30:00Z'))).toBe(false)
  })

  test('nothing is repeated where they go forward, or never change', () => {
    for (const time of ['2026-03-08T06:59:00Z', '2026-03-08T07:00:00Z', '2026-03-08T08:30:00Z']) {
      expect(newYork.isRepeated(at(time))).toBe(false)
    }
    expect(utc.isRepeated(at('2026-11-01T06:00:00Z'))).toBe(false)
  })

  test('a wall time and its zone time tell two moments apart', () => {
    const times = fc.integer({ min: at('2026-10-31T00:00:00Z') / 60_000, max: at('2026-11-02T00:00:00Z') / 60_000 })
    fc.assert(
      fc.property(times, times, (one, other) => {
        const texts = [one, other].map((minute) => newYork.momentText(minute * 60_000, 'minute'))
        expect(texts[0] === texts[1]).toBe(one === other)
      }),
    )
  })
})

describe('a label', () => {
  test.each([
    ['2026-11-28T05:00:00Z', '2026-11-28T04:59:00Z', 50],
    ['2026-11-28T00:00:00Z', '2026-11-27T23:59:00Z', 30],
    ['2026-12-01T05:00:00Z', '2026-11-30T21:00:00Z', 60],
    ['2027-01-01T05:00:00Z', '2026-12-31T21:00:00Z', 70],
    ['2026-11-28T15:30:00Z', '2026-11-28T15:29:00Z', 22],
    ['2026-11-28T15:31:00Z', '2026-11-28T15:30:00Z', 20],
  ])('at %s after %s matters by the day of the zone', (time, before, weight) => {
    expect(newYork.weight(at(time), at(before))).toBe(weight)
  })

  test('says the year, the month, the day, or the time', () => {
    const time = at('2026-11-28T15:31:05Z')
    expect((['year', 'month', 'day', 'time', 'seconds'] as const).map((kind) => newYork.tickText(time, kind))).toEqual([
      '2026',
      'Nov',
      '28 Nov',
      '10:31',
      '10:31:05',
    ])
  })
})

test('a moment is told with its zone', () => {
  const time = at('2026-11-28T15:31:05Z')
  expect(newYork.momentText(time, 'minute')).toBe('Sat 28 Nov 2026, 10:31 EST')
  expect(newYork.momentText(time, 'second')).toBe('Sat 28 Nov 2026, 10:31:05 EST')
  expect(utc.momentText(time, 'minute')).toBe('Sat 28 Nov 2026, 15:31 UTC')
  expect(utc.momentText(time, 'day')).toBe('Sat 28 Nov 2026')
})
