// The streamer breaks in every way that we know of: polling takes over, and what was sent is neither lost nor doubled.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MINUTE_MS, SECOND_MS } from '#runtime/units'
import { type LiveProducer, POLL_MS, pricesOf, START, SYMBOLS, startedLive, ticker } from '#support/yahoo/live_producer'
import type { SentPricing } from '#support/yahoo/pricing_encoder'
import { startYahooServer, type YahooServer } from '#support/yahoo/yahoo_server'

/** Polling must have taken over by then. */
const TAKEOVER_MS = 20_000
/** A tick that no test counts. */
const PROBE: SentPricing = { id: 'AAPL', price: 290, time: START }

let server: YahooServer
beforeEach(async () => {
  server = await startYahooServer()
})
afterEach(() => server.close())

/**
 * Waits until a tick is read. A connection that the server still has may be one that the producer is about to leave,
 * and what is sent on that one is lost.
 */
function heard(producer: LiveProducer, withinMs: number): Promise<number> {
  const isHeard = () => {
    server.streamer.send(PROBE)
    return pricesOf(producer.published).includes(Number(PROBE.price))
  }
  return producer.until(isHeard, withinMs)
}

describe('an outage of the streamer', () => {
  const faults: [string, () => void, () => void][] = [
    ['its connections are cut', () => cutFor('cut'), mend],
    ['it closes and refuses: 429', () => cutFor('status'), mend],
    ['its handshakes are not answered', () => cutFor('silent'), mend],
    ['it falls silent', () => server.streamer.setSilent(true), () => server.streamer.setSilent(false)],
  ]
  function cutFor(kind: 'cut' | 'status' | 'silent') {
    server.streamer.setHandshakeFault(kind === 'status' ? { kind, status: 429 } : { kind })
    if (kind === 'status') server.streamer.closeAll()
    else server.streamer.cut()
  }
  function mend() {
    server.streamer.setHandshakeFault(null)
  }

  test.each(faults)(
    '%s: polling takes over within 20 s and hands back; no tick is lost or doubled',
    async (_, begin, mendIt) => {
      const producer = await startedLive(server)
      const tick = ticker()
      const sent: SentPricing[] = []
      const stream = async (count: number) => {
        for (let i = 0; i < count; i++) {
          const each = tick(SYMBOLS[i % SYMBOLS.length] as string)
          if (server.streamer.send(each) > 0) sent.push(each)
          await producer.pass(SECOND_MS)
        }
      }
      await stream(20)
      const isPolled = (asked: number) => () => server.asked.slice(asked).flat().length >= SYMBOLS.length
      const asked = server.asked.length
      begin()
      expect(await producer.until(isPolled(asked), TAKEOVER_MS)).toBeLessThanOrEqual(TAKEOVER_MS)
      // While it lasts they are polled again and again.
      await producer.until(isPolled(server.asked.length), POLL_MS + 2 * SECOND_MS)
      await producer.pass(60 * SECOND_MS)
      mendIt()
      await heard(producer, 90 * SECOND_MS)
      await stream(10)
      const back = server.asked.length
      await stream(60)
      expect(server.asked.length - back).toBe(0)
      await producer.pass(SECOND_MS)
      await producer.end()
      const wanted = sent.map(({ price }) => Number(Number(price).toFixed(2)))
      const ticks = producer.published.filter(({ price }) => price > 300 && price < 310)
      expect(pricesOf(ticks)).toEqual(wanted)
      expect(sent.length).toBe(90)
    },
  )

  test('garbage alone ends a connection, as silence does, and ticks go on after it', async () => {
    const producer = await startedLive(server)
    for (let i = 0; i < 60; i++) server.streamer.sendText('<html>Service Unavailable</html>')
    await producer.until(() => server.streamer.handshakes === 2, 10 * SECOND_MS)
    await heard(producer, 10 * SECOND_MS)
    const tick = ticker()
    server.streamer.send(tick('AAPL'))
    await producer.until(() => pricesOf(producer.published).includes(300.01), SECOND_MS)
    await producer.end()
  })

  test('bytes that are no WebSocket frame end a connection, and ticks go on after it', async () => {
    const producer = await startedLive(server)
    server.streamer.sendBytes(Buffer.from([0xff, 0xff, 0xff, 0xff]))
    await producer.until(() => server.streamer.handshakes === 2, 10 * SECOND_MS)
    await producer.end()
  })

  test('is said once, and its end once', async () => {
    const producer = await startedLive(server)
    server.streamer.setHandshakeFault({ kind: 'cut' })
    server.streamer.cut()
    await producer.pass(120 * SECOND_MS)
    server.streamer.setHandshakeFault(null)
    const tick = ticker()
    for (let i = 0; i < 150; i++) {
      server.streamer.send(tick('AAPL'))
      await producer.pass(SECOND_MS)
    }
    await producer.end()
    const said = producer.lines.filter(
      ({ level, msg }) => level > 20 && /streamer/.test(msg) && !/^Yahoo quotes/.test(msg),
    )
    expect(said.map(({ msg }) => msg)).toEqual([
      "Yahoo's streamer, of 1 connection: 1 ended; connecting again",
      "Yahoo's streamer has been well for a minute",
    ])
  })
})

test('a 429 of the poll does not stop the streamer', async () => {
  const producer = await startedLive(server)
  for (let i = 0; i < 10; i++) server.failNext('quote', { kind: 'rate_limited', retryAfter: '600' })
  await producer.until(() => producer.texts().some((text) => /gave no quotes/.test(text)), 40 * SECOND_MS)
  const tick = ticker()
  server.streamer.send(tick('AAPL'))
  await producer.until(() => pricesOf(producer.published).includes(300.01), SECOND_MS)
  await producer.end()
})

test('one symbol that stays silent is polled, and not those that tick', async () => {
  const producer = await startedLive(server)
  const tick = ticker()
  const stream = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      server.streamer.send(tick('AAPL'))
      server.streamer.send(tick('MSFT'))
      await producer.pass(SECOND_MS)
    }
  }
  await stream(20)
  const asked = server.asked.length
  await stream(60)
  expect(server.asked.slice(asked).flat()).toEqual(Array(server.asked.length - asked).fill('GOOGL'))
  expect(server.asked.length - asked).toBeGreaterThanOrEqual(3)
  await producer.end()
})

test('the quiet of a night is no silence: connections are not dropped at the opening', async () => {
  const opening = Date.UTC(2026, 9, 2, 13, 30)
  const producer = await startedLive(server, { mode: 'stream', startAt: opening - 60 * SECOND_MS })
  await producer.pass(opening + 40 * SECOND_MS - producer.clock.now())
  expect(server.streamer.handshakes).toBe(1)
  await producer.until(() => server.streamer.handshakes === 2, 15 * SECOND_MS)
  await producer.end()
})

test('where nobody knows the hours, quiet is no silence', async () => {
  const producer = await startedLive(server, { mode: 'stream', symbols: ['005930.KS'] })
  await producer.pass(5 * MINUTE_MS)
  expect(server.streamer.handshakes).toBe(1)
  await producer.end()
})
