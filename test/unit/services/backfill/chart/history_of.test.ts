import { describe, expect, test } from 'vitest'
import { MINUTE_MS } from '#runtime/units'
import type { ChartAnswer, ChartRow } from '#services/backfill/chart/chart_answer'
import { historyOf, type UnitHistory } from '#services/backfill/chart/history_of'
import type { BackfillUnit } from '#services/backfill/unit'
import { calendars, dateOf, type GivenWish, instant, unitsOf } from '../given_unit.ts'

const FACTS: ChartAnswer = {
  symbol: 'AAPL',
  exchange: 'NMS',
  zone: 'America/New_York',
  currency: 'USD',
  instrumentType: 'EQUITY',
  granularity: '1m',
  rows: [],
  unusable: 0,
  periods: null,
  events: [],
}

function row(time: string, price: number | null = 100, volume: number | null = 10): ChartRow {
  const prices = price === null ? null : { open: price, high: price, low: price, close: price, volume }
  return { time: instant(time), prices }
}

/** Reads an answer to the only unit of a wish, at the time of the wish. */
function read(wish: GivenWish, answer: Partial<ChartAnswer> | null, unit?: Partial<BackfillUnit>): UnitHistory {
  const [planned] = unitsOf(wish)
  if (planned === undefined) throw new Error('nothing is to be asked')
  const whole = answer === null ? null : { ...FACTS, ...answer }
  const { symbol, calendar: guessed } = planned
  const calendar = whole === null ? guessed : calendars.of({ symbol, exchange: whole.exchange, zone: whole.zone })
  return historyOf({ ...planned, ...unit }, whole, { calendar, fetchedAt: instant(wish.now) })
}

const friday = { from: '2026-11-27', to: '2026-11-27', now: '2026-11-29T12:00:00Z' }
const monday = { from: '2026-11-30', to: '2026-11-30', now: '2026-11-30T16:00:30Z' }

describe('bars of history', () => {
  test('have the session and trade date of the market’s calendar', () => {
    const { bars } = read(friday, {
      rows: [
        row('2026-11-27T09:00:00Z', 101, 0),
        row('2026-11-27T14:30:00Z', 102, 500),
        row('2026-11-27T17:59:00Z', 103, 0),
        // The half day's post-market, which leaks in; after its end nothing trades.
        row('2026-11-27T18:00:00Z', 104, 0),
        row('2026-11-27T20:59:00Z', 105, 7),
      ],
    })
    expect(bars.map(({ session, tradeDate, volume }) => [session, tradeDate, volume])).toEqual([
      ['pre', '2026-11-27', null],
      ['regular', '2026-11-27', 500],
      ['regular', '2026-11-27', 0],
      ['post', '2026-11-27', null],
      ['post', '2026-11-27', 7],
    ])
    expect(bars[1]).toEqual({
      symbol: 'AAPL',
      grain: '1m',
      windowStart: instant('2026-11-27T14:30:00Z'),
      windowEnd: instant('2026-11-27T14:31:00Z'),
      open: 102,
      high: 102,
      low: 102,
      close: 102,
      volume: 500,
      tradeDate: '2026-11-27',
      session: 'regular',
      currency: 'USD',
      exchange: 'NMS',
      isFinal: true,
      source: 'yahoo',
      fetchedAt: instant(friday.now),
    })
  })

  test('are none of a window that still runs, nor of the row of the last trade', () => {
    const { bars } = read(monday, {
      rows: [
        row('2026-11-30T15:58:00Z'),
        row('2026-11-30T15:59:00Z'),
        row('2026-11-30T16:00:00Z'),
        row('2026-11-30T16:00:29Z'),
      ],
    })
    expect(bars.map(({ windowStart }) => windowStart)).toEqual([
      instant('2026-11-30T15:58:00Z'),
      instant('2026-11-30T15:59:00Z'),
    ])
  })

  test('may still change for half an hour after their window', () => {
    const { bars } = read(monday, { rows: [row('2026-11-30T15:29:00Z'), row('2026-11-30T15:30:00Z')] })
    expect(bars.map(({ isFinal }) => isFinal)).toEqual([true, false])
  })

  test('are those of the days that were asked for, without what is landed already', () => {
    const landedUntil = instant('2026-11-30T15:00:00Z')
    const days = [{ tradeDate: dateOf('2026-11-30'), landedUntil }]
    const rows = ['2026-11-27T15:00:00Z', '2026-11-30T14:59:00Z', '2026-11-30T15:00:00Z'].map((time) => row(time))
    const { bars } = read(monday, { rows }, { days })
    expect(bars.map(({ windowStart }) => windowStart)).toEqual([landedUntil])
  })

  test('of currencies have no volume', () => {
    const wish = { ...friday, symbol: 'EURUSD=X' }
    const facts = { instrumentType: 'CURRENCY', exchange: 'CCY', zone: 'Europe/London' }
    const { bars } = read(wish, { ...facts, rows: [row('2026-11-27T12:00:00Z', 1.1, 0)] })
    expect(bars).toMatchObject([{ session: 'regular', volume: null }])
  })

  test('keep pence as pence', () => {
    const { bars } = read(friday, { currency: 'GBp', rows: [row('2026-11-27T15:00:00Z')] })
    expect(bars[0]?.currency).toBe('GBp')
  })

  test('of an hour end with their session', () => {
    const { bars } = read(
      { ...friday, grain: '1h' },
      { rows: [row('2026-11-27T14:00:00Z'), row('2026-11-27T14:30:00Z'), row('2026-11-27T17:30:00Z')] },
    )
    expect(bars.map(({ windowStart, windowEnd }) => (windowEnd - windowStart) / MINUTE_MS)).toEqual([30, 60, 30])
  })

  test('of a day are its regular hours; of two rows of one day the last counts', () => {
    const { bars, days } = read(
      { ...friday, from: '2026-11-25', grain: '1d' },
      { rows: [row('2026-11-25T14:30:00Z'), row('2026-11-27T14:30:00Z', 5), row('2026-11-27T18:00:01Z', 6)] },
    )
    expect(bars).toMatchObject([
      { windowStart: instant('2026-11-25T14:30:00Z'), windowEnd: instant('2026-11-25T21:00:00Z') },
      { windowStart: instant('2026-11-27T14:30:00Z'), windowEnd: instant('2026-11-27T18:00:00Z'), close: 6 },
    ])
    expect(days.map(({ state, bars: count }) => [state, count])).toEqual([
      ['complete', 1],
      ['complete', 1],
    ])
  })

  test('of a market without known hours go by the sessions that the answer tells', () => {
    const dayStart = instant('2026-11-27T12:00:00Z')
    const periods = [{ session: 'regular', start: dayStart, end: instant('2026-11-27T20:00:00Z'), dayStart }] as const
    const facts = { exchange: null, zone: 'America/Argentina/Buenos_Aires', periods }
    const { bars, days } = read(friday, { ...facts, rows: [row('2026-11-27T12:00:00Z')] })
    expect(bars).toMatchObject([{ session: 'regular', tradeDate: '2026-11-27' }])
    expect(days).toMatchObject([
      { state: 'complete', coveredFrom: dayStart, regularStart: dayStart, regularEnd: instant('2026-11-27T20:00:00Z') },
    ])
  })
})

describe('days of history', () => {
  const stateOf = ({ days }: UnitHistory) =>
    days.map(({ state, bars, coveredFrom, coveredUntil }) => {
      return [state, bars, coveredFrom, coveredUntil]
    })

  test('are complete when all of them is there and final, minutes without a trade included', () => {
    const rows = [row('2026-11-27T14:30:00Z'), row('2026-11-27T14:31:00Z', null)]
    expect(stateOf(read(friday, { rows }))).toEqual([
      ['complete', 1, instant('2026-11-27T09:00:00Z'), instant('2026-11-27T22:00:00Z')],
    ])
    expect(stateOf(read(friday, { rows: rows.slice(1) }))[0]?.slice(0, 2)).toEqual(['complete', 0])
  })

  test('are partial while they run, up to what is final', () => {
    const rows = [row('2026-11-30T15:00:00Z'), row('2026-11-30T15:59:00Z')]
    expect(stateOf(read(monday, { rows }))).toEqual([
      ['partial', 2, instant('2026-11-30T09:00:00Z'), instant('2026-11-30T15:30:00Z')],
    ])
  })

  test('are none when the source has no row of them, and cover nothing', () => {
    expect(stateOf(read(friday, { rows: [] }))).toEqual([['none', 0, null, null]])
    expect(stateOf(read(friday, null))).toEqual([['none', 0, null, null]])
    expect(stateOf(read(monday, { rows: [] }))).toEqual([['partial', 0, null, null]])
  })

  test('had no session when the source tells the days around them and not them', () => {
    const periods = ['2026-11-24', '2026-11-27'].map((date) => {
      const dayStart = instant(`${date}T14:30:00Z`)
      return { session: 'regular' as const, start: dayStart, end: instant(`${date}T18:00:00Z`), dayStart }
    })
    const rows = [row('2026-11-24T15:00:00Z'), row('2026-11-27T15:00:00Z')]
    const history = read({ ...friday, from: '2026-11-24' }, { rows, periods })
    expect(history.days.map(({ tradeDate, state, regularStart }) => [tradeDate, state, regularStart])).toEqual([
      ['2026-11-24', 'complete', instant('2026-11-24T14:30:00Z')],
      ['2026-11-25', 'no_session', null],
      ['2026-11-27', 'complete', instant('2026-11-27T14:30:00Z')],
    ])
  })

  test('had no session when the answer’s market has none that the symbol alone did not tell', () => {
    // By its symbol taken for a market of the US, by its answer for a currency: Saturday is none of either's days, and
    // what the plan asked for is answered for.
    const wish = { ...friday, symbol: 'BTC-USD', from: '2026-11-28', to: '2026-11-28' }
    const history = read(wish, { exchange: 'CCY', zone: 'Europe/London', rows: [] })
    expect(history.days).toMatchObject([{ tradeDate: '2026-11-28', state: 'no_session', coveredFrom: null }])
  })
})

describe('corporate actions', () => {
  test('are those of the days that were asked for', () => {
    const event = (time: string) => ({ kind: 'split', time: instant(time), ratio: 4 }) as const
    const { actions } = read(friday, {
      events: [
        event('2026-11-25T14:30:00Z'),
        event('2026-11-27T14:30:00Z'),
        { kind: 'dividend', time: instant('2026-11-27T14:30:00Z'), amount: 0.26, currency: null },
      ],
    })
    const shared = { symbol: 'AAPL', exTime: instant('2026-11-27T14:30:00Z'), exDate: '2026-11-27', currency: 'USD' }
    const fetched = { source: 'yahoo', fetchedAt: instant(friday.now) }
    expect(actions).toEqual([
      { ...shared, kind: 'split', ratio: 4, amount: null, ...fetched },
      { ...shared, kind: 'dividend', ratio: null, amount: 0.26, ...fetched },
    ])
  })
})
