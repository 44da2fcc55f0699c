// Sums without rounding: any order, one result, the nearest double of the true sum.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addExactly, type ExactSums, roundedSum } from '#services/stream/windows/exact_sum'

function sumOf(values: readonly number[]): number {
  const sums: ExactSums = { numbers: new Float64Array(6), rests: null }
  for (const value of values) addExactly(sums, 2, value)
  expect([0, 1, 4, 5].map((place) => sums.numbers[place])).toEqual([0, 0, 0, 0])
  return roundedSum(sums, 2)
}

const wide = fc.array(fc.double({ min: 0, max: 2 ** 900, noNaN: true }), { maxLength: 60, size: 'max' })
const prices = fc.array(fc.double({ min: 0.0001, max: 100_000, noNaN: true }), { maxLength: 60, size: 'max' })

describe('an exact sum', () => {
  test('is the same in any order', () => {
    fc.assert(
      fc.property(fc.oneof(wide, prices), fc.infiniteStream(fc.nat(1_000)), (values, keys) => {
        const shuffled = values
          .map((value) => ({ value, key: keys.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ value }) => value)
        expect(sumOf(shuffled)).toBe(sumOf(values))
      }),
      { numRuns: 2_000 },
    )
  })

  test('is the true sum, rounded once', () => {
    const anyDouble = fc.array(fc.double({ min: 0, max: 2 ** 60, noNaN: true }), { maxLength: 40, size: 'max' })
    fc.assert(
      fc.property(fc.oneof(anyDouble, prices), (values) => {
        expect(
          isNearest(
            sumOf(values),
            values.reduce((sum, value) => sum + units(value), 0n),
          ),
        ).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    [[0.1, 0.2, 0.3], 0.6],
    [[1e16, 1, 1], 1e16 + 2],
    [[2 ** 53, 1], 2 ** 53],
    [[2 ** 53, 1, 2 ** -60], 2 ** 53 + 2],
    [[2 ** 53, 1, 2 ** -60, 2 ** -200], 2 ** 53 + 2],
    [[2 ** 53 + 2, 1], 2 ** 53 + 4],
    [[], 0],
  ])('of %j is %d', (values, expected) => {
    expect(sumOf(values)).toBe(expected)
    expect(sumOf([...values].reverse())).toBe(expected)
  })

  test('beyond the range of doubles is infinite, and stays so', () => {
    expect(sumOf([1.7e308, 1.7e308, 1, 0.1])).toBe(Number.POSITIVE_INFINITY)
    expect(sumOf([0.1, 1.7e308, 1e-300, 1.7e308])).toBe(Number.POSITIVE_INFINITY)
  })
})

/** A double as a whole number of 2^-1074. */
function units(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  const exponent = (bits.getUint16(0) >> 4) & 0x7ff
  const fraction = bits.getBigUint64(0) & 0xfffffffffffffn
  return exponent === 0 ? fraction : (fraction + 0x10000000000000n) << BigInt(exponent - 1)
}

/** Whether no other double is nearer to the sum, and of two that are as near the even one was taken. */
function isNearest(value: number, sum: bigint): boolean {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  const own = bits.getBigUint64(0)
  const distance = (candidate: bigint) => {
    bits.setBigUint64(0, candidate)
    const off = units(bits.getFloat64(0)) - sum
    return off < 0n ? -off : off
  }
  const neighbours = own === 0n ? [1n] : [own - 1n, own + 1n]
  return neighbours.every((other) => {
    const difference = distance(other) - distance(own)
    return difference > 0n || (difference === 0n && own % 2n === 0n)
  })
}
