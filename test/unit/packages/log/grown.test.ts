import { expect, test } from 'vitest'
import { grown } from '#log/grown'

test('a column keeps its kind and its values, and has zeros behind them', () => {
  expect(grown(Int32Array.of(1, -2), 4)).toEqual(Int32Array.of(1, -2, 0, 0))
  expect(grown(Float64Array.of(0.5), 1)).toEqual(Float64Array.of(0.5))
})
