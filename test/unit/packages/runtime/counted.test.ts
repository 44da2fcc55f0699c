import { expect, test } from 'vitest'
import { counted } from '#runtime/counted'

test.each([
  [0, '0 dead letters'],
  [1, '1 dead letter'],
  [1204, '1,204 dead letters'],
])('counts %i', (count, text) => {
  expect(counted(count, 'dead letter')).toBe(text)
})

test.each([
  [1, 're-keyed copy', '1 re-keyed copy'],
  [2, 're-keyed copy', '2 re-keyed copies'],
  [2, 'day', '2 days'],
])('counts %i of %j', (count, noun, text) => {
  expect(counted(count, noun)).toBe(text)
})
