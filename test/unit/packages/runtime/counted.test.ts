import { expect, test } from 'vitest'
import { counted, durationText, sizeText } from '#runtime/counted'
import { HOUR_MS, MINUTE_MS } from '#runtime/units'

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

test.each([
  [0, '1 s'],
  [1_400, '1 s'],
  [59_000, '59 s'],
  [12.4 * MINUTE_MS, '12 min'],
  [59.9 * MINUTE_MS, '1 h'],
  [2 * HOUR_MS + 5 * MINUTE_MS, '2 h 5 min'],
  [26 * HOUR_MS, '26 h'],
])('%d ms is %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1_000, '1.0 kB'],
  [9_949, '9.9 kB'],
  [9_950, '10 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [98_100_000_000, '98 GB'],
  [5e15, '5.0 PB'],
  [5e18, '5000 PB'],
])('%d bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text)
})
