import { expect, test } from 'vitest'
import { sparkPath } from '../../../../../../services/web/page/symbols/spark_path.ts'

const SIZE = { width: 62, height: 22 }

test('the line goes through the prices at equal steps', () => {
  expect(sparkPath([10, 20, 15], SIZE)).toBe('M1 21L31 1L61 11')
})

test('the line leads over steps without a price, so that a few prices are seen as a line too', () => {
  expect(sparkPath([null, 10, null, 20, 15], { width: 82, height: 22 })).toBe('M21 21L61 1L81 11')
})

test('prices that do not move are a line in the middle', () => {
  expect(sparkPath([5, 5], SIZE)).toBe('M1 11L61 11')
})

test('fewer than two prices are no line', () => {
  expect([[], [1], [null, null], [null, 3]].map((prices) => sparkPath(prices, SIZE))).toEqual(['', '', '', ''])
})
