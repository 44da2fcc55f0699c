// Ranges to ask for: they touch, and they end at the symbol's first bar and at now.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MINUTE, NOON } from '#support/web/chart/bars'
import {
  type Loaded,
  newerRange,
  newestRange,
  olderRange,
  rangeAround,
  STRETCH_WINDOWS_MAX,
} from '../../../../../../../services/web/page/chart/series/paging.ts'

const loaded = (changes: object = {}) => ({ grain: '1m', from: NOON, to: NOON + MINUTE, emptyAnswers: 0, ...changes })

test('the newest bars reach beyond now, since clocks differ', () => {
  expect(newestRange(NOON, '1m')).toEqual({ from: NOON - 595 * MINUTE, to: NOON + 5 * MINUTE })
})

test('the bars around a moment lie on both sides of it, and reach no further than now', () => {
  expect(rangeAround(NOON, NOON + 1_000 * MINUTE, '1m')).toEqual({ from: NOON - 300 * MINUTE, to: NOON + 300 * MINUTE })
  expect(rangeAround(NOON, NOON, '1m').to).toBe(NOON + 5 * MINUTE)
})

test('the older range touches what is loaded, and grows after empty answers up to a limit', () => {
  expect(olderRange(loaded(), 0)).toEqual({ from: NOON - 300 * MINUTE, to: NOON })
  expect(olderRange(loaded({ emptyAnswers: 1 }), 0)).toEqual({ from: NOON - 600 * MINUTE, to: NOON })
  expect(olderRange(loaded({ emptyAnswers: 60 }), 0)?.from).toBe(NOON - STRETCH_WINDOWS_MAX * MINUTE)
})

test('there is nothing older than the first bar', () => {
  expect(olderRange(loaded(), NOON - MINUTE)).toEqual({ from: NOON - 2 * MINUTE, to: NOON })
  expect(olderRange(loaded(), NOON)).toBeNull()
  expect(olderRange(loaded(), null)).toBeNull()
})

test('going back by ranges meets each window once, to the first', () => {
  const grains = fc.constantFrom('10s', '1m', '5m', '1h', '1d')
  fc.assert(
    fc.property(grains, fc.nat(400_000_000), fc.array(fc.boolean()), (grain, back, empties) => {
      const earliest = NOON - back * 1_000
      let held: Loaded = { grain, from: NOON, to: NOON, emptyAnswers: 0 }
      for (let asked = 0; asked < 2_000; asked += 1) {
        const range = olderRange(held, earliest)
        if (range === null) break
        expect(range.to).toBe(held.from)
        expect(range.from).toBeLessThan(range.to)
        held = { ...held, from: range.from, emptyAnswers: empties[asked] ? held.emptyAnswers + 1 : 0 }
      }
      if (olderRange(held, earliest) === null) expect(held.from).toBeLessThanOrEqual(earliest)
    }),
  )
})

test('the newer range touches what is loaded, and says when it reaches now', () => {
  const now = NOON + 1_000 * MINUTE
  expect(newerRange(loaded({ to: NOON }), now)).toEqual({ from: NOON, to: NOON + 300 * MINUTE, isNow: false })
  const end = now + 5 * MINUTE
  expect(newerRange(loaded({ to: now }), now)).toEqual({ from: now, to: end, isNow: true })
  expect(newerRange(loaded({ to: end + 1 }), now)).toEqual({ from: end + 1, to: end + 1, isNow: true })
})
