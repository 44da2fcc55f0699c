import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aboutNormal, seededRandom, seedOf } from '#services/producer/sources/seeded_random'

const take = (random: () => number, count: number) => Array.from({ length: count }, random)

describe('seeded random numbers', () => {
  test('the same seed gives the same numbers, another gives others', () => {
    expect(take(seededRandom(7), 5)).toEqual(take(seededRandom(7), 5))
    expect(take(seededRandom(7), 5)).not.toEqual(take(seededRandom(8), 5))
  })

  test('they lie in [0, 1), whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        for (const value of take(seededRandom(seed), 50)) if (value < 0 || value >= 1) return false
        return true
      }),
    )
  })

  test('they are spread evenly', () => {
    const tenths = new Array<number>(10).fill(0)
    for (const value of take(seededRandom(42), 100_000))
      tenths[Math.floor(value * 10)] = (tenths[Math.floor(value * 10)] ?? 0) + 1
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })

  test('the normal ones have mean 0 and deviation 1', () => {
    const random = seededRandom(42)
    const values = take(() => aboutNormal(random), 100_000)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    expect(mean).toBeCloseTo(0, 1)
    expect(variance).toBeCloseTo(1, 1)
  })

  test('each text has a seed of its own', () => {
    const seeds = new Set(['AAPL', 'GOOGL', 'MSFT', 'AMZN', 'TSLA', 'faults'].map((text) => seedOf(42, text)))
    expect(seeds.size).toBe(6)
    expect(seedOf(1, 'AAPL')).not.toBe(seedOf(2, 'AAPL'))
  })
})
