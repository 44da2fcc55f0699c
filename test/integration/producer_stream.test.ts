// Ticks of the streamer, by Node's own WebSocket against a local server that plays Yahoo's hosts.

import { setTimeout as realTime } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SECOND_MS } from '#runtime/units'
import { LIVE_BATCH_EVERY_MS, QUOTES_WAITING_MAX } from '#services/producer/limits'
import { type LiveProducer, pricesOf, START, SYMBOLS, startedLive, ticker } from '#support/yahoo/live_producer'
import { startYahooServer, YAHOO_ROWS, type YahooRow, type YahooServer } from '#support/yahoo/yahoo_server'

let server: YahooServer
beforeEach(async () => {
  server = await startYahooServer()
})
afterEach(() => server.close())

/** The values of the source's metrics, by name and labels. */
async function metricsOf({ source }: LiveProducer): Promise<ReadonlyMap<string, number>> {
  const read = (await Promise.all((source.metrics ?? []).map((metric) => metric.read()))).flat()
  return new Map(read.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]))
}

/** How many ticks the source has taken off its connections. */
async function ticksIn(producer: LiveProducer): Promise<number | undefined> {
  return (await metricsOf(producer)).get('producer_stream_frames_total tick')
}

describe('ticks', () => {
  test('are quotes with an id, their true size, and what the polled row adds', async () => {
    const producer = await startedLive(server)
    const tick = ticker()
    server.streamer.send(tick('AAPL', { lastSize: 10 }))
    server.streamer.send(tick('AAPL', { lastSize: 10 }))
    server.streamer.send(tick('AAPL', { lastSize: 4 }))
    await producer.until(() => producer.published.length === SYMBOLS.length + 3, SECOND_MS)
    const first = { symbol: 'AAPL', price: 300.01, timestamp: START + SECOND_MS, dayVolume: 20_000_010 }
    const same = { exchange: 'NMS', marketState: 'REGULAR', currency: 'USD', previousClose: 274.84, source: 'yahoo' }
    expect(producer.published.slice(SYMBOLS.length)).toEqual([
      { ...first, ...same, id: `${START + SECOND_MS}:300.01:20000010:10`, lastSize: 10 },
      {
        ...first,
        ...same,
        id: expect.any(String),
        price: 300.02,
        timestamp: START + 2_000,
        dayVolume: 20_000_020,
        size: 10,
      },
      {
        ...first,
        ...same,
        id: expect.any(String),
        price: 300.03,
        timestamp: START + 3_000,
        dayVolume: 20_000_030,
        lastSize: 4,
      },
    ])
    await producer.end()
  })

  test('come at once after a rest, and then in batches', async () => {
    let publishes = 0
    const producer = await startedLive(server, { publish: async () => void publishes++ })
    const tick = ticker()
    publishes = 0
    server.streamer.send(tick('AAPL'))
    await expect.poll(() => publishes).toBe(1)
    for (let i = 0; i < 5; i++) server.streamer.send(tick('AAPL'))
    await expect.poll(() => ticksIn(producer)).toBe(6)
    expect(publishes).toBe(1)
    await producer.clock.advance(LIVE_BATCH_EVERY_MS)
    await expect.poll(() => publishes).toBe(2)
    expect(producer.published.length).toBe(SYMBOLS.length + 6)
    await producer.end()
  })

  test('that come again are one quote, from whichever side', async () => {
    const producer = await startedLive(server)
    const tick = ticker()
    const sent = tick('AAPL', { lastSize: 10 })
    for (let i = 0; i < 3; i++) server.streamer.send(sent)
    const row: YahooRow = { ...YAHOO_ROWS.MSFT, regularMarketPrice: 490.5, regularMarketTime: START / 1_000 + 5 }
    server.setRows([
      {
        ...YAHOO_ROWS.AAPL,
        regularMarketPrice: 300.01,
        regularMarketTime: START / 1_000 + 1,
        regularMarketVolume: 20_000_010,
      },
      row,
    ])
    // Two ticks that came again, and a row: what was polled is read, and not only asked for.
    const isPolledAgain = () => producer.source.skips().unchanged >= 3
    await producer.until(() => pricesOf(producer.published).includes(490.5) && isPolledAgain(), 40 * SECOND_MS)
    server.streamer.send({
      id: 'MSFT',
      price: 490.5,
      time: START + 5_000,
      dayVolume: Number(row.regularMarketVolume),
      lastSize: 7,
    })
    server.streamer.send(tick('GOOGL'))
    await producer.until(() => producer.published.some(({ price }) => price === 300.02), SECOND_MS)
    expect(pricesOf(producer.published.slice(SYMBOLS.length))).toEqual([300.01, 490.5, 300.02])
    expect((await producer.end()).skipped.unchanged).toBeGreaterThanOrEqual(4)
  })

  test('all subscriptions are sent again every 15 s, whole', async () => {
    const symbols = Array.from({ length: 250 }, (_, i) => `S${i}`)
    const producer = await startedLive(server, { symbols, mode: 'stream' })
    expect(server.streamer.connections).toBe(3)
    const first = [...server.streamer.received]
    expect(first.map((text) => JSON.parse(text).subscribe.length)).toEqual([100, 100, 50])
    expect(first.flatMap((text) => JSON.parse(text).subscribe)).toEqual(symbols)
    await producer.pass(14 * SECOND_MS)
    expect(server.streamer.received.slice(3)).toEqual(first)
    expect(server.asked).toEqual([])
    await producer.end()
    await expect.poll(() => server.streamer.connections).toBe(0)
  })

  test('what is no tick is counted, and named once', async () => {
    const producer = await startedLive(server)
    for (const text of ['garbage', '{"type":"news"}', '{"type":"pricing","message":"!"}', 'garbage'])
      server.streamer.sendText(text)
    server.streamer.sendText(JSON.stringify({ type: 'pricing', message: 'CgRBQVBMMAc=' }))
    const tick = ticker()
    server.streamer.send(tick('AAPL'))
    await producer.until(() => producer.published.length > SYMBOLS.length, SECOND_MS)
    const shown = await metricsOf(producer)
    expect(Object.fromEntries([...shown].filter(([name, value]) => value > 0 && !/silen|symbols/.test(name)))).toEqual({
      'producer_stream_frames_total tick': 1,
      'producer_stream_frames_total heartbeat': 1,
      'producer_stream_frames_total other': 1,
      'producer_stream_frames_total refused': 3,
      'producer_stream_refused_total not_json': 2,
      'producer_stream_refused_total not_base64': 1,
      producer_stream_quotes_total: 1,
      'producer_stream_connections healthy': 1,
    })
    await producer.pass(SECOND_MS)
    expect(producer.texts().filter((text) => /left out/.test(text))).toEqual([
      expect.stringContaining('(not_json)'),
      expect.stringContaining('(not_base64)'),
    ])
    expect((await producer.end()).skipped.unusable).toBe(3)
  })

  test('a log that does not answer holds back a bounded number: the newest of each symbol stay', async () => {
    const slow = { answers: Promise.resolve() }
    const producer = await startedLive(server, { publish: () => slow.answers })
    const { promise, resolve: release } = Promise.withResolvers<void>()
    slow.answers = promise
    const tick = ticker()
    const sent = Array.from({ length: 2 * QUOTES_WAITING_MAX }, (_, i) =>
      tick(SYMBOLS[i % 2] as string, { lastSize: 10 }),
    )
    for (const each of sent) {
      server.streamer.send(each)
      if (Number(each.dayVolume) % 10_000 === 0) await realTime(1)
    }
    await expect
      .poll(() => producer.source.skips().leftOut, { timeout: 20_000 })
      .toBeGreaterThan(QUOTES_WAITING_MAX / 2)
    release()
    await producer.until(() => pricesOf(producer.published).includes(300 + sent.length / 100), 10 * SECOND_MS)
    const summary = await producer.end()
    const ticks = producer.published.slice(SYMBOLS.length)
    expect(ticks.length + summary.skipped.leftOut).toBe(sent.length)
    expect(new Set(ticks.map(({ id }) => id)).size).toBe(ticks.length)
    // What a merged one was part of has no size: its day's volume tells.
    const totals = Map.groupBy(ticks, ({ symbol }) => symbol)
    expect([...totals.values()].some((quotes) => quotes.some(({ size }) => size === undefined))).toBe(true)
  })
})

test('what waits when it is told to stop is still published', async () => {
  const producer = await startedLive(server)
  const tick = ticker()
  for (let i = 0; i < 7; i++) server.streamer.send(tick('AAPL'))
  await expect.poll(() => ticksIn(producer)).toBe(7)
  expect(await producer.end()).toMatchObject({ sent: SYMBOLS.length + 7, unresolved: 0 })
})
