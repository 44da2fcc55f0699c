import { describe, expect, test } from 'vitest'
import { HISTORY_REACH_MS } from '#market/history/history_bar'
import { tradeDateText } from '#market/session'
import { DAY_MS } from '#runtime/units'
import { DoneDays, type WrittenDay } from '#services/backfill/done/done_days'
import { type Plan, planBackfill, type Wish } from '#services/backfill/plan'
import { daysOnMarket, unitText } from '#services/backfill/unit'
import { calendars, dateOf, instant, unitsOf } from './given_unit.ts'

/** A Sunday. */
const NOW = '2026-11-29T12:00:00Z'

function planOf(wish: Partial<Wish> & { from: number; to: number }, done?: DoneDays, now = NOW): Plan {
  const whole = { symbols: ['AAPL'], grain: '1m' as const, ...wish }
  return planBackfill(whole, { calendars, done: done ?? new DoneDays(whole.symbols), now: instant(now) })
}

function doneWith(...days: readonly Partial<WrittenDay>[]): DoneDays {
  const done = new DoneDays(['AAPL', 'MSFT'])
  for (const day of days) {
    done.note({ symbol: 'AAPL', tradeDate: '', state: 'complete', coveredUntil: null, fetchedAt: instant(NOW), ...day })
  }
  return done
}

const november = { from: dateOf('2026-11-01'), to: dateOf('2026-11-30') }

describe('a plan', () => {
  test('asks for trading days in requests that the source takes, newest first', () => {
    const plan = planOf(november)
    expect(plan.units.map(unitText)).toEqual([
      'AAPL 1m 2026-11-23 to 2026-11-27',
      'AAPL 1m 2026-11-16 to 2026-11-20',
      'AAPL 1m 2026-11-09 to 2026-11-13',
      'AAPL 1m 2026-11-02 to 2026-11-06',
    ])
    // Thanksgiving is left out.
    expect(plan.units[0]?.days.map(({ tradeDate }) => tradeDateText(tradeDate))).toEqual([
      '2026-11-23',
      '2026-11-24',
      '2026-11-25',
      '2026-11-27',
    ])
    expect(plan).toMatchObject({ days: 19, done: 0, beyondReach: 0 })
  })

  test('has each day of a market once, however many symbols want it', () => {
    const [one, other] = planOf({ ...november, symbols: ['AAPL', 'MSFT'] }).units
    expect([one?.symbol, other?.symbol]).toEqual(['AAPL', 'MSFT'])
    expect(one?.days[0]).toBe(other?.days[0])
  })

  test('asks for the newest stretch of all symbols before older ones', () => {
    const { units } = planOf({ ...november, symbols: ['AAPL', 'MSFT', 'BTC-USD'] })
    expect(units.slice(0, 4).map(unitText)).toEqual([
      // Crypto trades on Sunday, too.
      'BTC-USD 1m 2026-11-24 to 2026-11-29',
      'AAPL 1m 2026-11-23 to 2026-11-27',
      'MSFT 1m 2026-11-23 to 2026-11-27',
      'BTC-USD 1m 2026-11-18 to 2026-11-23',
    ])
  })

  test.each(['1m', '5m', '1h'] as const)(
    'never asks for more of %s than one request gives, nor beyond the reach',
    (grain) => {
      const reachMs = HISTORY_REACH_MS[grain]
      const wish = { symbols: ['BTC-USD', 'AAPL'], grain, from: dateOf('2020-01-01'), to: dateOf('2026-11-29') }
      const plan = planOf(wish)
      const spanMax = grain === '1m' ? 7 * DAY_MS : Number.POSITIVE_INFINITY
      for (const { from, to, days } of plan.units) {
        expect(to - from).toBeLessThanOrEqual(spanMax)
        expect(from).toBeGreaterThan(instant(NOW) - (reachMs ?? 0))
        expect(to).toBeLessThanOrEqual(instant(NOW))
        expect(days.length).toBeGreaterThan(0)
      }
      expect(plan.beyondReach).toBeGreaterThan(1_000)
      expect(plan.days).toBeGreaterThan(((reachMs ?? 0) / DAY_MS) * 1.5)
    },
  )

  test('goes back to any year with daily bars, in few requests', () => {
    const plan = planOf({ grain: '1d', from: dateOf('1990-01-01'), to: dateOf('2026-11-29') })
    expect(plan.beyondReach).toBe(0)
    expect(plan.units.length).toBeLessThan(5)
  })

  test('can be for the newest days alone', () => {
    const { units } = planOf({ ...november, symbols: ['AAPL', 'BTC-USD'], newest: 2 })
    expect(units.map(unitText)).toEqual(['BTC-USD 1m 2026-11-28 to 2026-11-29', 'AAPL 1m 2026-11-25 to 2026-11-27'])
  })

  test('for the newest days goes back beyond a weekend where the market’s hours are not known', () => {
    const { units } = planOf({ ...november, symbols: ['005930.KS'], newest: 2 })
    expect(units.map(unitText)).toEqual(['005930.KS 1m 2026-11-26 to 2026-11-29'])
  })
})

describe('a day that has not ended', () => {
  const monday = { from: dateOf('2026-11-30'), to: dateOf('2026-11-30') }
  // Pre-market begins at 09:00 UTC; half an hour later its first minute is final.
  test.each([
    ['2026-11-30T08:59:00Z', 0],
    ['2026-11-30T09:30:59Z', 0],
    ['2026-11-30T09:31:00Z', 1],
    ['2026-11-30T23:00:00Z', 1],
  ])('at %s is asked for %d times', (now, requests) => {
    expect(planOf(monday, undefined, now).units).toHaveLength(requests)
  })

  test.each([
    ['2026-11-30T20:00:00Z', 0],
    ['2026-11-30T21:29:00Z', 0],
    ['2026-11-30T21:30:00Z', 1],
  ])('has a daily bar half an hour after its close: at %s it is asked for %d times', (now, requests) => {
    expect(planOf({ ...monday, grain: '1d' }, undefined, now).units).toHaveLength(requests)
  })
})

describe('what is done', () => {
  const week = { from: dateOf('2026-11-23'), to: dateOf('2026-11-27') }

  test.each(['complete', 'none', 'no_session'] as const)('is not asked for again: %s', (state) => {
    const days = ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-27'].map((tradeDate) => ({ tradeDate, state }))
    expect(planOf(week, doneWith(...days))).toMatchObject({ units: [], days: 0, done: 4 })
    expect(planOf(week, doneWith(...days.slice(1))).units.map(unitText)).toEqual(['AAPL 1m 2026-11-23'])
  })

  test('is told by symbol', () => {
    const done = doneWith({ symbol: 'MSFT', tradeDate: '2026-11-27' })
    expect(planOf({ ...week, symbols: ['MSFT', 'AAPL'] }, done)).toMatchObject({ days: 7, done: 1 })
  })

  test('in part is asked for again once more of it is final, from there on', () => {
    const tradeDate = '2026-11-30'
    const wish = { from: dateOf(tradeDate), to: dateOf(tradeDate) }
    const coveredUntil = instant('2026-11-30T15:00:00Z')
    const done = doneWith({ tradeDate, state: 'partial', coveredUntil })
    expect(planOf(wish, done, '2026-11-30T15:30:59Z')).toMatchObject({ units: [], done: 1 })
    const [unit] = planOf(wish, done, '2026-11-30T15:31:00Z').units
    expect(unit?.days).toEqual([{ tradeDate: dateOf(tradeDate), landedUntil: coveredUntil }])
    // All of the day was covered by what the plan knows of its market.
    const whole = doneWith({ tradeDate, state: 'partial', coveredUntil: instant('2026-12-01T01:00:00Z') })
    expect(planOf(wish, whole, '2026-12-03T00:00:00Z').units).toEqual([])
  })

  test('before a day that failed to bring anything is asked for again', () => {
    const done = doneWith({ tradeDate: '2026-11-27', state: 'partial', coveredUntil: null })
    expect(planOf({ from: dateOf('2026-11-27'), to: dateOf('2026-11-27') }, done).units).toHaveLength(1)
  })

  test('is what was fetched last, in whatever order it is read', () => {
    const tradeDate = '2026-11-27'
    const early = {
      tradeDate,
      state: 'partial',
      coveredUntil: null,
      fetchedAt: instant('2026-11-27T12:00:00Z'),
    } as const
    const late = { tradeDate, state: 'complete', fetchedAt: instant('2026-11-28T12:00:00Z') } as const
    for (const days of [
      [early, late],
      [late, early],
    ]) {
      expect(doneWith(...days).of('AAPL', dateOf(tradeDate))?.state).toBe('complete')
    }
  })
})

test('the window of a request holds its trading days in every zone', () => {
  const [unit] = unitsOf({ from: '2026-11-23', to: '2026-11-25', now: NOW })
  expect(unit?.from).toBe(instant('2026-11-22T20:00:00Z'))
  expect(unit?.to).toBe(instant('2026-11-26T04:00:00Z'))
})

describe('the market that an answer tells', () => {
  const calendar = calendars.of({ symbol: '^FTSE', exchange: 'FGI', zone: 'Europe/London' })
  const textsOf = (days: readonly { readonly tradeDate: number }[]) =>
    days.map(({ tradeDate }) => tradeDateText(tradeDate))

  test('has days that the symbol alone did not tell of, and they are taken as well', () => {
    // Thanksgiving is a trading day in London. It is the first day of a request, so no planned day is around it.
    const [unit] = unitsOf({ symbol: '^FTSE', from: '2026-11-26', to: '2026-11-27', now: NOW })
    if (unit === undefined) throw new Error('nothing is to be asked')
    expect(textsOf(unit.days)).toEqual(['2026-11-27'])
    const done = new DoneDays(['^FTSE'])
    expect(textsOf(daysOnMarket(unit, calendar, done))).toEqual(['2026-11-26', '2026-11-27'])
    expect(daysOnMarket(unit, unit.calendar, done)).toBe(unit.days)
    const landedUntil = instant('2026-11-26T12:00:00Z')
    const known = { symbol: '^FTSE', tradeDate: '2026-11-26', fetchedAt: landedUntil, coveredUntil: landedUntil }
    done.note({ ...known, state: 'partial' })
    expect(daysOnMarket(unit, calendar, done)[0]).toEqual({ tradeDate: dateOf('2026-11-26'), landedUntil })
    done.note({ ...known, state: 'complete' })
    expect(textsOf(daysOnMarket(unit, calendar, done))).toEqual(['2026-11-27'])
  })

  test('has no day that lies between two requests', () => {
    const units = unitsOf({ from: '2026-11-02', to: '2026-11-27', now: NOW })
    const dates = units.flatMap(({ firstDate, days }) => {
      return Array.from({ length: (days.at(-1)?.tradeDate ?? 0) - firstDate + 1 }, (_, i) => firstDate + i)
    })
    const weekdays = dates.filter((date) => ![0, 6].includes(new Date(date * DAY_MS).getUTCDay()))
    expect(new Set(weekdays).size).toBe(20)
    expect(weekdays).toHaveLength(20)
  })
})
