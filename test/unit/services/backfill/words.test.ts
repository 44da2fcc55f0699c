import { expect, test } from 'vitest'
import { endText } from '#services/backfill/words'

test('an end that is not the whole says why', () => {
  expect(endText({ kind: 'stopped' })).toBe('stopped')
  expect(endText({ kind: 'limit' })).toBe('its limit of requests or time is reached')
  expect(endText({ kind: 'refused', detail: '429, to the chart request', retryAfterMs: null })).toBe(
    'Yahoo gives no more history (429, to the chart request)',
  )
})
