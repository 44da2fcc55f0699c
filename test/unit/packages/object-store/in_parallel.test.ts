// Many items, few at a time.

import { expect, test } from 'vitest'
import { inParallel } from '#object-store/in_parallel'

test.each([1, 3, 50])('does each item once, at most %i at a time', async (widthMax) => {
  const items = Array.from({ length: 20 }, (_, i) => i)
  const done: number[] = []
  let [atWork, most] = [0, 0]
  await inParallel(items, widthMax, async (item) => {
    most = Math.max(most, ++atWork)
    await new Promise((resolve) => setImmediate(resolve))
    atWork--
    done.push(item)
  })
  expect(done.toSorted((a, b) => a - b)).toEqual(items)
  expect(most).toBe(Math.min(widthMax, items.length))
})

test('throws what the work throws, and takes no items for a success', async () => {
  const failing = async (item: number) => {
    if (item === 2) throw new RangeError('two')
  }
  await expect(inParallel([1, 2, 3], 2, failing)).rejects.toThrow('two')
  await expect(inParallel([], 2, failing)).resolves.toBeUndefined()
})
