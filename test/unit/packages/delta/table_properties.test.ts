import { expect, test } from 'vitest'
import { intervalMs } from '#delta/table_properties'

test.each<[string, number | undefined]>([
  ['interval 7 days', 604_800_000],
  ['interval 1 week', 604_800_000],
  ['INTERVAL 1 WEEK 2 HOURS', 612_000_000],
  ['168 hours', 604_800_000],
  ['interval 1000 microseconds', 1],
  ['interval 0 seconds', 0],
  ['interval 1 month', undefined],
  ['interval', undefined],
  ['', undefined],
  ['7', undefined],
  ['days 7', undefined],
  ['interval -1 day', undefined],
])('the interval %j is %s ms', (text, ms) => {
  expect(intervalMs(text)).toBe(ms)
})
