// Trading days: local days, whatever clocks do.

import { describe, expect, test } from 'vitest'
import { quoteOf } from '#market/quote'
import type { EpochMs } from '#runtime/units'
import { tradingDayAt, tradingDayOf } from '#services/stream/windows/trading_day'

const DAY_MS = 86_400_000
const dayOf = (year: number, month: number, day: number) => Date.UTC(year, month - 1, day) / DAY_MS

describe('the trading day', () => {
  test.each([
    ['America/New_York', '2026-01-06T04:59:59.999Z', dayOf(2026, 1, 5)],
    ['America/New_York', '2026-01-06T05:00:00.000Z', dayOf(2026, 1, 6)],
    ['America/New_York', '2026-03-08T04:59:59.999Z', dayOf(2026, 3, 7)],
    ['America/New_York', '2026-03-09T03:59:59.999Z', dayOf(2026, 3, 8)],
    ['America/New_York', '2026-03-09T04:00:00.000Z', dayOf(2026, 3, 9)],
    ['America/New_York', '2026-11-02T04:59:59.999Z', dayOf(2026, 11, 1)],
    ['America/New_York', '2026-11-02T05:00:00.000Z', dayOf(2026, 11, 2)],
    ['Asia/Kolkata', '2026-01-05T18:29:59.999Z', dayOf(2026, 1, 5)],
    ['Asia/Kolkata', '2026-01-05T18:30:00.000Z', dayOf(2026, 1, 6)],
    ['Asia/Kathmandu', '2026-01-05T18:15:00.000Z', dayOf(2026, 1, 6)],
    ['Pacific/Kiritimati', '2025-12-31T10:00:00.000Z', dayOf(2026, 1, 1)],
  ])('in %s at %s', (zone, instant, day) => {
    expect(tradingDayAt(Date.parse(instant), zone)).toBe(day)
  })

  test.each([[{}], [{ exchangeTimezoneName: 'Nowhere/Land' }], [{ exchangeTimezoneName: 7 }]])(
    'of a quote with the extra fields %j is New York’s',
    (extra) => {
      const timestamp = Date.parse('2026-01-06T04:00:00Z') as EpochMs
      expect(tradingDayOf(quoteOf({ symbol: 'A', price: 1, timestamp, extra }))).toBe(dayOf(2026, 1, 5))
    },
  )

  test('stays right when more zones and quarter hours are asked for than are remembered', () => {
    for (let n = 0; n < 2_000; n++) tradingDayAt(n * 15 * 60_000, `Nowhere/Land${n}`)
    for (let n = 0; n < 6_000; n++) expect(tradingDayAt(n * 15 * 60_000, 'UTC')).toBe(Math.floor(n / 96))
  })
})
