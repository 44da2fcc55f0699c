import { expect, test } from 'vitest'
import { counted } from '#services/cli/counted'

test.each([
  [0, '0 dead letters'],
  [1, '1 dead letter'],
  [1204, '1,204 dead letters'],
])('counts %i', (count, text) => {
  expect(counted(count, 'dead letter')).toBe(text)
})
