// Which grain an answer has, and what is refused.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EpochMs } from '#runtime/units'
import { barsQuestion } from '#services/web/history/bars/bars_question'
import { grainFor, grainsOf, windowsIn } from '#services/web/history/bars/grain'
import { BARS_MAX } from '#services/web/history/limits'
import { RequestError } from '#services/web/request_error'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const NOW = Date.UTC(2026, 10, 21, 15, 30) as EpochMs

const names = (barIntervalMs: number) => grainsOf(barIntervalMs).map(({ name }) => name)

test.each([
  [MINUTE, ['1m', '5m', '15m', '1h', '1d']],
  [10_000, ['10s', '1m', '5m', '15m', '1h', '1d']],
  [5 * MINUTE, ['5m', '15m', '1h', '1d']],
  // Five minutes are no whole number of these, an hour and a quarter of it are.
  [3 * MINUTE, ['3m', '15m', '1h', '1d']],
  [90_000, ['90s', '15m', '1h', '1d']],
  [15 * MINUTE, ['15m', '1h', '1d']],
  [1500, ['1500ms', '1m', '5m', '15m', '1h', '1d']],
])('bars of %i ms are offered as %j', (barIntervalMs, expected) => {
  expect(names(barIntervalMs)).toEqual(expected)
})

const ask = (query: string, barIntervalMs = MINUTE) =>
  barsQuestion(new URLSearchParams(query), { barIntervalMs, now: NOW })

function refusal(query: string): string {
  try {
    ask(query)
  } catch (error) {
    if (error instanceof RequestError && error.status === 400) return error.message
    throw error
  }
  throw new Error(`${query} was not refused`)
}

describe('without a grain', () => {
  test.each([
    [DAY, '1m'],
    [BARS_MAX * MINUTE, '1m'],
    [BARS_MAX * MINUTE + 1, '5m'],
    [5 * DAY, '5m'],
    [20 * DAY, '15m'],
    [83 * DAY, '1h'],
    [365 * DAY, '1d'],
  ])('a range of %i ms has bars of %s', (width, grain) => {
    expect(ask(`symbol=A&from=${NOW - width}&to=${NOW}`).grain.name).toBe(grain)
  })

  test('the finest is chosen that the range allows, whatever the range', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 1500, 10_000, MINUTE, 5 * MINUTE),
        fc.integer({ min: 0, max: NOW }),
        fc.integer({ min: 1, max: BARS_MAX * DAY }),
        (barIntervalMs, from, width) => {
          const [grains, range] = [grainsOf(barIntervalMs), { from, to: from + width }]
          const chosen = grainFor(grains, range, null)
          expect(windowsIn(range, chosen.ms)).toBeLessThanOrEqual(BARS_MAX)
          for (const finer of grains.filter(({ ms }) => ms < chosen.ms)) {
            expect(windowsIn(range, finer.ms)).toBeGreaterThan(BARS_MAX)
          }
        },
      ),
    )
  })

  test('and without a range, it is the last day', () => {
    const grain = { name: '1m', ms: MINUTE }
    expect(ask('symbol=A')).toEqual({ symbol: 'A', from: NOW - DAY, to: NOW, grain, isRegularOnly: false })
  })

  test('hours are all of them unless they are to be the regular ones', () => {
    expect(ask('symbol=A&hours=regular').isRegularOnly).toBe(true)
    expect(ask('symbol=A&hours=all').isRegularOnly).toBe(false)
  })
})

describe('what cannot be answered is refused with what can', () => {
  test.each([
    ['', 'symbol is missing; ask with ?symbol=AAPL'],
    [`symbol=${'A'.repeat(65)}`, 'no symbol has more than 64 characters, or a NUL among them'],
    ['symbol=A%00', 'no symbol has more than 64 characters, or a NUL among them'],
    ['symbol=A&from=yesterday', 'from is a time in milliseconds since 1970-01-01 UTC, not "yesterday"'],
    ['symbol=A&to=-1', 'to is a time in milliseconds since 1970-01-01 UTC, not "-1"'],
    ['symbol=A&to=999999999999999999', 'to is a time in milliseconds since 1970-01-01 UTC, not "999999999999999999"'],
    ['symbol=A&from=5&to=5', 'from (5) must be before to (5)'],
    ['symbol=A&grain=2m', 'there are no bars of "2m" here; grain is one of 1m, 5m, 15m, 1h, 1d'],
    [
      `symbol=A&from=0&to=${3000 * MINUTE}&grain=1m`,
      'the range holds 3000 bars of 1m, and an answer 2000 at most; ' +
        'ask for grain=5m, or for a range of 120000000 ms or less',
    ],
    [
      `symbol=A&from=0&to=${3000 * DAY}`,
      'the range holds 3000 bars of 1d, and an answer 2000 at most; ask for a range of 172800000000 ms or less',
    ],
  ])('%s', (query, message) => {
    expect(refusal(query)).toBe(message)
  })

  test('and what the refusal names is answered', () => {
    expect(ask(`symbol=A&from=0&to=${3000 * MINUTE}&grain=5m`).grain.name).toBe('5m')
    expect(ask(`symbol=A&from=7&to=${120_000_007}&grain=1m`).grain.name).toBe('1m')
    expect(ask(`symbol=A&from=7&to=${172_800_000_007}`).grain.name).toBe('1d')
  })
})

test('any other text is a symbol', () => {
  for (const symbol of [`O'Hara`, '<img src=x>', '"; DROP', 'M&M.NS', '日本']) {
    expect(ask(`symbol=${encodeURIComponent(symbol)}`).symbol).toBe(symbol)
  }
})
