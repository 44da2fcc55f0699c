import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CORRECTION_QUOTES,
  CORRECTION_UNITS,
  dayTotals,
  NO_TOTAL_FAULTS,
  rollingTotal,
  SIZE_MEAN,
  type TotalFaults,
} from '#services/producer/sources/simulator/totals'

const SYMBOLS = 3
const totals = (faults: Partial<TotalFaults> = {}, seed = 1) =>
  dayTotals({ seed, symbols: SYMBOLS, faults: { ...NO_TOTAL_FAULTS, ...faults } })
/** The turns of one symbol. */
const turns = (count: number, symbol = 1) => Array.from({ length: count }, (_, round) => round * SYMBOLS + symbol)

describe('the totals of a day', () => {
  test('begin with the first trade and grow by each size, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: SYMBOLS - 1 }), (seed, symbol) => {
        const day = totals({}, seed)
        let sum = 0
        for (const turn of turns(200, symbol)) {
          const { dayVolume, size } = day.tradedAt(turn)
          expect(size).toBeGreaterThanOrEqual(1)
          sum += size as number
          expect(dayVolume).toBe(sum)
          expect(day.totalAt(turn)).toBe(sum)
        }
        expect(sum / 200).toBeGreaterThan(SIZE_MEAN * 0.9)
      }),
    )
  })

  test('are unknown before the first turn', () => {
    expect(totals().totalAt(-1)).toBe(null)
  })

  test('a restart begins anew with the size of its own trade, which does not agree with the growth', () => {
    const clean = totals()
    const day = totals({ restart: 0.01 })
    let since = 0
    let restarts = 0
    for (const turn of turns(2_000)) {
      const { dayVolume, size } = day.tradedAt(turn)
      const traded = clean.tradedAt(turn).size as number
      if (size === null) {
        restarts++
        since = 0
      }
      since += traded
      expect(dayVolume).toBe(since)
      if (size !== null) expect(size).toBe(traded)
    }
    expect(restarts).toBeGreaterThanOrEqual(18)
    expect(restarts).toBeLessThanOrEqual(20)
  })

  test('a correction takes a little off for a while and gives it back; at both ends there is no size', () => {
    const clean = totals()
    const day = totals({ correction: 0.01 })
    const off = turns(2_000).map((turn) => (clean.totalAt(turn) as number) - (day.totalAt(turn) as number))
    expect(new Set(off)).toEqual(new Set([0, CORRECTION_UNITS]))
    expect(off.filter((units) => units > 0).length / CORRECTION_QUOTES).toBeGreaterThan(15)
    for (const [round, turn] of turns(2_000).entries()) {
      const changes = round > 0 && off[round] !== off[round - 1]
      expect(day.tradedAt(turn).size === null).toBe(changes)
      if (off[round]) expect(day.totalAt(turn) as number).toBeGreaterThan(8 * CORRECTION_UNITS)
    }
  })

  test('strike each symbol at other times', () => {
    const day = totals({ restart: 0.01 })
    const restartsOf = (symbol: number) =>
      turns(2_000, symbol).flatMap((turn, round) => (day.tradedAt(turn).size === null ? [round] : []))
    expect(restartsOf(0)).not.toEqual(restartsOf(1))
  })
})

test('a total of 24 hours stays about the same, and says nothing of a quote', () => {
  const rolling = { seed: 1, symbols: SYMBOLS, roundsPerDay: 86_400 }
  const told = turns(500).map((count) => rollingTotal(count, rolling))
  for (const { dayVolume, size } of told) {
    expect(Math.abs((dayVolume as number) / (86_400 * SIZE_MEAN) - 1)).toBeLessThan(0.001)
    expect(size).toBe(null)
  }
  expect(told.some(({ dayVolume }, i) => i > 0 && (dayVolume as number) < (told[i - 1]?.dayVolume as number))).toBe(
    true,
  )
})
