import { expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { quoteOf } from '#market/quote'
import { virtualClock } from '#runtime/clock'
import { epochMs, MINUTE_MS, SECOND_MS } from '#runtime/units'
import { type FollowedSymbol, followSymbols } from '#services/producer/sources/yahoo/followed_symbols'
import { countFollowed } from '#services/producer/sources/yahoo/market_counts'
import { streamMetrics } from '#services/producer/sources/yahoo/stream_metrics'
import type { Streamer } from '#services/producer/sources/yahoo/streamer/streamer'

/** A Friday, 10:31 in New York. */
const OPEN = Date.UTC(2026, 9, 2, 14, 31)

function followed(ago: Readonly<Record<string, number>>, now = OPEN) {
  const symbols = followSymbols(Object.keys(ago), {
    calendars: openCalendars({}),
    clock: virtualClock(now - 60 * MINUTE_MS),
  })
  for (const [symbol, ms] of Object.entries(ago)) {
    const each = symbols.get(symbol) as FollowedSymbol
    each.tickAt = now - ms
    each.tickState = 'REGULAR'
  }
  return symbols
}

async function shown(symbols: ReturnType<typeof followed>, now = OPEN) {
  const streamer = {
    counts: { frames: { tick: 7 }, refused: { not_json: 2 }, losses: { silent: 1 } },
    states: () => ({ waiting: 0, connecting: 0, subscribed: 1, healthy: 2 }),
  } as unknown as Streamer
  const counts = { quotes: 5, repeated: 2, merged: 1 }
  const metrics = streamMetrics({ streamer, symbols, counts, intake: { leftOut: 3 }, clock: virtualClock(now) })
  const samples = (await Promise.all(metrics.map((metric) => metric.read()))).flat()
  return Object.fromEntries(
    samples.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]),
  )
}

test('silences are shown by how long they last, and the longest; never a symbol by name', async () => {
  const symbols = followed({
    AAPL: 0,
    MSFT: 14_999,
    TSLA: 15_000,
    AMZN: 2 * MINUTE_MS,
    META: 10 * MINUTE_MS,
    'VOD.L': SECOND_MS,
  })
  const samples = await shown(symbols)
  expect(samples).toMatchObject({
    'producer_stream_symbols under_15s': 3,
    'producer_stream_symbols under_1m': 1,
    'producer_stream_symbols under_5m': 1,
    'producer_stream_symbols longer': 1,
    producer_stream_silence_max_seconds: 600,
    'producer_stream_frames_total tick': 7,
    'producer_stream_refused_total not_json': 2,
    'producer_stream_losses_total silent': 1,
    producer_stream_quotes_total: 5,
    producer_stream_repeated_total: 2,
    producer_stream_merged_total: 1,
    producer_stream_left_out_total: 3,
    'producer_stream_connections healthy': 2,
  })
  expect(JSON.stringify(samples)).not.toContain('AAPL')
})

test('who rests is not silent', async () => {
  const night = OPEN + 12 * 60 * MINUTE_MS
  const samples = await shown(followed({ AAPL: 11 * 60 * MINUTE_MS }, night), night)
  expect(samples).toMatchObject({ 'producer_stream_symbols longer': 0, producer_stream_silence_max_seconds: 0 })
})

test('where nobody knows the hours, only a row tells that a symbol should tick', async () => {
  const symbols = followed({ '005930.KS': 10 * MINUTE_MS, '000660.KS': 10 * MINUTE_MS })
  const row = { ...quoteOf({ symbol: '000660.KS', price: 1, timestamp: epochMs(OPEN) }), marketState: 'REGULAR' }
  Object.assign(symbols.get('000660.KS') as FollowedSymbol, { row, askedAt: OPEN - MINUTE_MS })
  expect(await shown(symbols)).toMatchObject({ 'producer_stream_symbols longer': 1 })
})

test('markets are counted by the last word of a tick or a row; after the close the calendar knows', () => {
  const symbols = followed({ AAPL: SECOND_MS, MSFT: SECOND_MS, TSLA: SECOND_MS, AMZN: SECOND_MS })
  const [apple, microsoft, tesla, amazon] = [...symbols.values()] as FollowedSymbol[]
  const row = {
    ...quoteOf({ symbol: 'MSFT', price: 1, timestamp: epochMs(OPEN) }),
    extra: { exchangeDataDelayedBy: 15 },
  }
  Object.assign(apple as FollowedSymbol, { row, askedAt: OPEN - MINUTE_MS })
  Object.assign(microsoft as FollowedSymbol, { row: { ...row, marketState: 'CLOSED' }, askedAt: OPEN })
  Object.assign(tesla as FollowedSymbol, { tickState: 'POST' })
  Object.assign(amazon as FollowedSymbol, { tickState: null })
  expect(countFollowed(symbols.values(), OPEN)).toEqual({ open: 1, closed: 2, unknown: 1, delayMs: 15 * MINUTE_MS })
  const night = OPEN + 12 * 60 * MINUTE_MS
  expect(countFollowed(symbols.values(), night)).toMatchObject({ open: 0, closed: 3, unknown: 1 })
})
