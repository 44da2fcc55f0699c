import { describe, expect, test } from 'vitest'
import { usHoursAt } from '#services/producer/sources/simulator/us_hours'

const at = (instant: string) => usHoursAt(Date.parse(instant))

describe('US trading hours', () => {
  test.each([
    ['2026-10-05T13:29:59.999Z', false],
    ['2026-10-05T13:30:00Z', true],
    ['2026-10-05T19:59:59.999Z', true],
    ['2026-10-05T20:00:00Z', false],
    ['2026-10-04T15:00:00Z', false],
    ['2026-10-03T15:00:00Z', false],
    // Winter time: an hour later by UTC.
    ['2026-11-02T14:29:59Z', false],
    ['2026-11-02T14:30:00Z', true],
    ['2026-11-02T20:59:59Z', true],
  ])('at %s open is %s', (instant, open) => {
    expect(at(instant).open).toBe(open)
  })

  test('its date is New York’s', () => {
    expect(at('2026-10-05T03:59:59Z').date).toBe('2026-10-04')
    expect(at('2026-10-05T04:00:00Z')).toMatchObject({ date: '2026-10-05', sinceMidnightMs: 0 })
  })

  test('nothing changes before `until`: every minute of two weeks with a clock change agrees', () => {
    const end = Date.parse('2026-11-09T00:00:00Z')
    let hours = at('2026-10-26T00:00:00Z')
    for (let instant = Date.parse('2026-10-26T00:00:00Z'); instant < end; instant += 60_000) {
      const now = usHoursAt(instant)
      if (instant >= hours.until) hours = now
      if (hours.open !== now.open || hours.date !== now.date) throw new Error(`at ${instant}`)
    }
    expect(hours.until).toBe(end)
  })
})
