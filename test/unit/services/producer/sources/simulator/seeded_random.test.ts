import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numberAt, seedOf } from '#services/producer/sources/simulator/seeded_random'

const COUNT = 100_000
const take = (seed: number, count = COUNT, step = 1) =>
  Array.from({ length: count }, (_, index) => numberAt(seed, index * step))

describe('seeded random numbers', () => {
  test('the same seed and index give the same number, others give others', () => {
    expect(take(7, 50)).toEqual(take(7, 50))
    expect(take(7, 5)).not.toEqual(take(8, 5))
    expect(new Set([...take(7, 1_000), ...take(7, 1_000, -1), ...take(7, 1_000, 2 ** 32)]).size).toBeGreaterThan(2_990)
  })

  test('they lie in [0, 1), whatever the seed and the index', () => {
    fc.assert(
      fc.property(fc.integer(), fc.maxSafeInteger(), (seed, index) => {
        const value = numberAt(seed, index)
        return value >= 0 && value < 1
      }),
    )
  })

  test.each([1, 4, 8])('they are spread evenly, taken one by one or in steps of %i', (step) => {
    const tenths = new Array<number>(10).fill(0)
    for (const value of take(42, COUNT, step))
      tenths[Math.floor(value * 10)] = (tenths[Math.floor(value * 10)] ?? 0) + 1
    for (const count of tenths) expect(Math.abs(count - COUNT / 10)).toBeLessThan(500)
  })

  test('a number says nothing of the next one, nor of that of the next seed', () => {
    const correlation = (pairs: readonly (readonly [number, number])[]) =>
      (pairs.reduce((sum, [a, b]) => sum + (a - 0.5) * (b - 0.5), 0) / pairs.length) * 12
    const values = take(42)
    expect(Math.abs(correlation(values.slice(1).map((value, i) => [value, values[i] as number])))).toBeLessThan(0.02)
    expect(Math.abs(correlation(take(43).map((value, i) => [value, values[i] as number])))).toBeLessThan(0.02)
  })

  test('each text has a seed of its own', () => {
    const seeds = new Set(['AAPL', 'GOOGL', 'MSFT', 'AMZN', 'TSLA', 'faults'].map((text) => seedOf(42, text)))
    expect(seeds.size).toBe(6)
    expect(seedOf(1, 'AAPL')).not.toBe(seedOf(2, 'AAPL'))
  })
})
