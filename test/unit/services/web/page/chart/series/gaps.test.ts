// Missing windows on the axis.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BarRow } from '#services/web/api'
import { MINUTE, minuteBar, NOON, rollUp } from '#support/web/chart/bars'
import {
  differenceOf,
  keptCount,
  missingBetween,
  slotsOf,
} from '../../../../../../../services/web/page/chart/series/gaps.ts'

const bars = (...minutes: readonly number[]) => minutes.map((minute) => minuteBar(minute))
const shape = (held: readonly BarRow[], grain = '1m') =>
  slotsOf(grain, held)
    .map(({ bar }) => (bar === null ? '.' : '|'))
    .join('')

describe('the axis', () => {
  test('shows each missing minute', () => {
    expect(shape(bars(0, 1, 4, 5))).toBe('||..||')
    expect(slotsOf('1m', bars(0, 3)).map(({ windowStart }) => (windowStart - NOON) / MINUTE)).toEqual([0, 1, 2, 3])
  })

  test('shows a pause of three hours to scale, and a longer one in short', () => {
    expect(slotsOf('1m', bars(0, 181))).toHaveLength(182)
    expect(shape(bars(0, 182))).toBe('|...|')
    expect(shape(rollUp(bars(0, 60 * 4), '1h'), '1h')).toBe('|...|')
    expect(shape(rollUp(bars(0, 60 * 18), '1h'), '1h')).toBe('|...|')
  })

  test('shows no gap between trading days', () => {
    const day = (index: number) => minuteBar(0, { windowStart: (NOON + index * 86_400_000) as never })
    expect(shape([day(0), day(3), day(4)], '1d')).toBe('|||')
  })

  test('is in order, and has each bar once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(3_000), { maxLength: 60 }), (minutes) => {
        const held = bars(...minutes.sort((a, b) => a - b))
        const slots = slotsOf('1m', held)
        expect(slots.flatMap(({ bar }) => bar ?? [])).toEqual(held)
        const times = slots.map(({ windowStart }) => windowStart)
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
      }),
    )
  })
})

test('how many bars are kept goes by bars and by slots, from either end', () => {
  const held = bars(0, 1, 2, 10, 11)
  expect(keptCount('1m', held, { end: 'first', max: { bars: 3, slots: 99 } })).toBe(3)
  expect(keptCount('1m', held, { end: 'first', max: { bars: 99, slots: 5 } })).toBe(3)
  expect(keptCount('1m', held, { end: 'last', max: { bars: 99, slots: 9 } })).toBe(2)
  expect(keptCount('1m', held, { end: 'last', max: { bars: 99, slots: 12 } })).toBe(5)
  expect(missingBetween('1m', minuteBar(2), minuteBar(10))).toBe(7)
})

describe('what must be drawn', () => {
  const axis = (held: readonly BarRow[]) => slotsOf('1m', held)
  const before = bars(0, 1, 3)

  test('is nothing when nothing has changed', () => {
    expect(differenceOf(axis(before), axis(before))).toEqual([])
  })

  test('is the bar that was revised, or the one that is new at the end', () => {
    const revised = minuteBar(1, { revision: 1 })
    expect(differenceOf(axis(before), axis([before[0], revised, before[2]] as BarRow[]))).toEqual([revised])
    expect(differenceOf(axis(before), axis([...before, minuteBar(4)]))).toEqual([minuteBar(4)])
  })

  test('is all when a missing bar comes, when a gap opens, and when another stretch is shown', () => {
    expect(differenceOf(axis(before), axis(bars(0, 1, 2, 3)))).toBe('all')
    expect(differenceOf(axis(before), axis(bars(0, 1, 3, 6)))).toBe('all')
    expect(differenceOf(axis(before), axis(bars(1, 3)))).toBe('all')
    expect(differenceOf([], axis(before))).toBe('all')
  })

  test('makes the one axis the other, whatever they are', () => {
    const minutes = fc.uniqueArray(fc.nat(12), { minLength: 1, maxLength: 8 }).map((list) => list.sort((a, b) => a - b))
    fc.assert(
      fc.property(minutes, minutes, fc.nat(1), (one, other, revision) => {
        const from = axis(bars(...one))
        const to = axis(other.map((minute) => minuteBar(minute, { revision })))
        const difference = differenceOf(from, to)
        if (difference === 'all') return
        const drawn = new Map(from.flatMap(({ bar }) => (bar === null ? [] : [[bar.windowStart, bar]])))
        for (const bar of difference) drawn.set(bar.windowStart, bar)
        expect([...drawn.values()]).toEqual(to.flatMap(({ bar }) => bar ?? []))
      }),
    )
  })
})
