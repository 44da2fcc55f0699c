// Records of bars and alerts as rows: what the stream writes is read, and nothing else.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeAlert } from '#market/alert'
import { encodeBar } from '#market/bar'
import { encodeLateQuote } from '#market/late_quote'
import { quoteOf } from '#market/quote'
import { type EpochMs, offset } from '#runtime/units'
import { alertRow, barRow, lateQuoteTime } from '#services/web/live/record_rows'

const at = (ms: number) => ms as EpochMs

const BAR = {
  ...{ windowStart: at(60_000), windowEnd: at(120_000), open: 1, high: 3, low: 1, close: 2, average: 2 },
  ...{ vwap: null, volume: null, count: 3, revision: 1, complete: true },
}

const MARKET = { tradeDate: '1970-01-01', session: 'regular' as const }

const ALERT = {
  ...{ id: 'a', rule: 'move', symbol: 'AAPL', direction: 'up' as const, level: 1, percent: 2.5, price: 102.5 },
  ...{ referencePrice: 100, referenceTime: null, eventTime: at(60_000), message: 'up' },
}

test('a bar is what the stream has written', () => {
  const whole = {
    symbol: 'AAPL',
    ...BAR,
    ...MARKET,
    volumeSince: null,
    closedBy: 'watermark' as const,
    firstOffset: offset(0),
    lastOffset: offset(2),
  }
  expect(barRow(Buffer.from(encodeBar({ ...whole, processingTime: at(1) })))).toEqual({
    symbol: 'AAPL',
    row: { ...BAR, ...MARKET, volumeSince: null, origin: 'live' },
  })
})

test('a bar has its session and its trade date, where these are none it is read all the same', () => {
  const read = (fields: object) => barRow(Buffer.from(JSON.stringify({ symbol: 'AAPL', ...BAR, ...fields })))?.row
  expect(read({ session: 'pre', tradeDate: '2026-11-27' })).toMatchObject({ session: 'pre', tradeDate: '2026-11-27' })
  expect(read({ session: 'lunch', tradeDate: '2026-02-30' })).toMatchObject({ session: null, tradeDate: null })
})

test('a bar says what its volume is measured from; one that does not is read all the same', () => {
  const read = (fields: object) => barRow(Buffer.from(JSON.stringify({ symbol: 'AAPL', ...BAR, ...fields })))?.row
  expect(read({ volume: 5, volumeSince: 59_000 })).toMatchObject({ volume: 5, volumeSince: 59_000 })
  for (const fields of [{}, { volumeSince: null }, { volumeSince: 'x' }]) {
    expect(read(fields)).toMatchObject({ windowStart: 60_000, volumeSince: null })
  }
})

test('an alert is what the stream has written', () => {
  expect(alertRow(Buffer.from(encodeAlert({ ...ALERT, ...MARKET, processingTime: at(1) })))).toEqual({
    symbol: 'AAPL',
    row: ALERT,
  })
})

test('a late quote has its event time', () => {
  const quote = quoteOf({ symbol: 'AAPL', price: 1, timestamp: at(70_000) })
  const places = { originPartition: 0, originOffset: offset(0), ingestTime: at(1), processingTime: at(1) }
  expect(lateQuoteTime(Buffer.from(encodeLateQuote({ quote, lateBy: 5, ...places })))).toBe(70_000)
  expect(lateQuoteTime(Buffer.from('{}'))).toBeNull()
  expect(lateQuoteTime(null)).toBeNull()
})

test('what no version of us wrote is none, and stops nothing', () => {
  for (const wrong of [
    '',
    '1',
    'null',
    '[]',
    '{}',
    '{"symbol":1}',
    JSON.stringify({ symbol: 'AAPL', ...BAR, open: '1' }),
  ]) {
    expect(barRow(Buffer.from(wrong)), wrong).toBeNull()
  }
  expect(barRow(Buffer.from(JSON.stringify({ symbol: 'AAPL', ...BAR, volume: 'much' })))).toBeNull()
  for (const wrong of [
    '',
    '{}',
    JSON.stringify({ ...ALERT, message: 1 }),
    JSON.stringify({ ...ALERT, referenceTime: 'x' }),
  ]) {
    expect(alertRow(Buffer.from(wrong)), wrong).toBeNull()
  }
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      expect([barRow, alertRow].map((read) => read(Buffer.from(text)))).toEqual([null, null])
    }),
  )
})
