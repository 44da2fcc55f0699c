import { expect, test } from 'vitest'
import { summaryLine } from '#services/platform/summary'

test('what moved is named, kinds in brackets, zeros left out', () => {
  const counters = {
    read: 1_000_000,
    bars: 0,
    volumeDecreases: 2,
    dead: { not_json: 3, too_large: 0 },
    rows: { stocks: 0 },
  }
  expect(summaryLine(counters)).toBe('read 1,000,000, volume decreases 2, dead 3 (not_json 3)')
})

test('nothing moved', () => {
  expect(summaryLine({ read: 0, dead: { not_json: 0 } })).toBe('nothing to do')
})
