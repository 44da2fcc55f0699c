import { describe, expect, test } from 'vitest'
import { systemClock } from '#runtime/clock'
import { type HistoryAnswer, yahooHistory } from '#services/backfill/history_source'
import type { BackfillUnit } from '#services/backfill/unit'
import { unitsOf } from './given_unit.ts'

const START = 1_795_789_800 // 2026-11-27T14:30:00Z

/** Asks for a day of a symbol, and is answered with this result of a chart. */
async function askedWith(result: Readonly<Record<string, unknown>>, symbol = 'AAPL'): Promise<HistoryAnswer> {
  const [unit] = unitsOf({ symbol, from: '2026-11-27', to: '2026-11-27', now: '2026-11-29T12:00:00Z' })
  const body = JSON.stringify({ chart: { result: [result], error: null } })
  const signal = new AbortController().signal
  return yahooHistory({ fetch: async () => new Response(body), clock: systemClock, signal }).ask(unit as BackfillUnit)
}

function chartOf(prices: readonly unknown[], meta: Readonly<Record<string, unknown>> = {}) {
  return {
    meta: { symbol: 'AAPL', dataGranularity: '1m', ...meta },
    timestamp: prices.map((_, i) => START + 60 * i),
    indicators: { quote: [{ open: prices, high: prices, low: prices, close: prices, volume: prices }] },
  }
}

describe('an answer', () => {
  test('counts when some of its rows cannot be read, but not when most cannot: a day would count as done', async () => {
    expect(await askedWith(chartOf([5, 6, null, '7']))).toMatchObject({ kind: 'answer', answer: { unusable: 1 } })
    expect(await askedWith(chartOf(['5', '6', 7]))).toEqual({
      kind: 'unusable',
      detail: '2 of its 3 rows cannot be read',
    })
  })

  test('of another symbol, or of other bars, is none', async () => {
    expect(await askedWith(chartOf([5], { symbol: 'MSFT' }))).toEqual({
      kind: 'unusable',
      detail: 'it is of "MSFT" where AAPL was asked for',
    })
    expect(await askedWith(chartOf([5], { dataGranularity: '5m' }))).toEqual({
      kind: 'unusable',
      detail: 'it has bars of "5m" where 1m were asked for',
    })
  })

  test('may call a price of the dollar by the other of its two names', async () => {
    expect(await askedWith(chartOf([5], { symbol: 'EUR=X' }), 'USDEUR=X')).toMatchObject({ kind: 'answer' })
    expect(await askedWith(chartOf([5], { symbol: 'USDEUR=X' }), 'EUR=X')).toMatchObject({ kind: 'answer' })
    expect(await askedWith(chartOf([5], { symbol: 'EURUSD=X' }), 'USDEUR=X')).toMatchObject({ kind: 'unusable' })
  })

  test('need not say of which symbol and bars it is', async () => {
    const answer = await askedWith(chartOf([5], { symbol: undefined, dataGranularity: undefined }))
    expect(answer).toMatchObject({ kind: 'answer', answer: { rows: [{ time: START * 1000 }] } })
  })
})
