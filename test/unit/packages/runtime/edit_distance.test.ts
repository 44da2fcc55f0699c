// How far two words are apart.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance } from '#runtime/edit_distance'

test.each([
  ['stocks', 'stocks', 0],
  ['', 'abc', 3],
  ['stokcs', 'stocks', 1],
  ['stock', 'stocks', 1],
  ['bars', 'cars', 1],
  ['ab', 'ba', 1],
  ['kitten', 'sitting', 3],
])('%s and %s are %i apart', (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance)
})

test('it is the same both ways, 0 for the same word alone, and at most the longer length', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b)
      expect(editDistance(b, a)).toBe(distance)
      expect(distance === 0).toBe(a === b)
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
    }),
  )
})
