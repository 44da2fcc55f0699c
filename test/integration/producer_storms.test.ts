// The streamer breaks at random, for hours of the test's own time: every tick that it sent on an open connection is
// published once, in the order of its symbol. TEST_STORMS=50 runs more of them; a storm is known by its seed.

import { setTimeout as realTime } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SECOND_MS } from '#runtime/units'
import { STREAM_SILENT_MAX_MS } from '#services/producer/limits'
import { numberAt } from '#services/producer/sources/simulator/seeded_random'
import { type LiveProducer, type Published, startedLive, ticker } from '#support/yahoo/live_producer'
import type { SentPricing } from '#support/yahoo/pricing_encoder'
import { startYahooServer, YAHOO_ROWS, type YahooServer } from '#support/yahoo/yahoo_server'

const STORMS = Number(process.env.TEST_STORMS ?? 2)
const STEPS = 60
const SYMBOLS = Array.from({ length: 230 }, (_, i) => `S${i}`)

let server: YahooServer
beforeEach(async () => {
  server = await startYahooServer()
  server.setRows(SYMBOLS.map((symbol) => ({ ...YAHOO_ROWS.AAPL, symbol })))
})
afterEach(() => server.close())

/** A storm over a producer: what it does, and which ticks went out. */
function storm(producer: LiveProducer, random: () => number) {
  const tick = ticker()
  const sent: SentPricing[] = []
  const among = (count: number) => Math.floor(random() * count)
  const send = (pricing: SentPricing) => server.streamer.send(pricing) > 0
  const burst = () => {
    for (let count = among(50); count > 0; count--) {
      const each = tick(SYMBOLS[among(SYMBOLS.length)] as string)
      if (send(each)) sent.push(each)
    }
  }
  const allArrived = () => producer.published.filter(isTick).length >= sent.length
  const faults: (() => unknown)[] = [
    // What is still on its way when a connection is cut is lost with it, so nothing must be.
    async () => {
      await producer.until(allArrived, 10 * SECOND_MS)
      server.streamer.cut()
    },
    () => server.streamer.closeAll(1_000 + among(15)),
    () => server.streamer.sendText('<html>Bad Gateway</html>'),
    () => server.streamer.ping(),
    () => sent.slice(-5).forEach((each) => void send(each)),
    () => server.failNext('quote', { kind: 'rate_limited' }),
    async () => {
      server.streamer.setSilent(true)
      await producer.pass(among(2 * STREAM_SILENT_MAX_MS))
      server.streamer.setSilent(false)
    },
    async () => {
      const kinds = [{ kind: 'status', status: 429 }, { kind: 'cut' }, { kind: 'silent' }] as const
      server.streamer.setHandshakeFault(kinds[among(3)] ?? null)
      server.streamer.closeAll()
      await producer.pass(among(30 * SECOND_MS))
      server.streamer.setHandshakeFault(null)
    },
  ]
  return {
    sent,
    allArrived,
    async step() {
      // A connection that the client has left must be gone at the server, or ticks would be sent into nothing.
      await realTime(10)
      burst()
      if (random() < 0.3) await faults[among(faults.length)]?.()
      await producer.pass(among(4 * SECOND_MS))
    },
  }
}

const isTick = ({ price }: Published) => price > 300

test.each(Array.from({ length: STORMS }, (_, seed) => seed))(
  'storm %d',
  async (seed) => {
    const producer = await startedLive(server, { symbols: SYMBOLS })
    let numbers = 0
    const { sent, step, allArrived } = storm(producer, () => numberAt(seed, numbers++))
    for (let i = 0; i < STEPS; i++) await step()
    await producer.until(allArrived, 10 * SECOND_MS)
    await producer.pass(SECOND_MS)
    await producer.end()
    expect(sent.length).toBeGreaterThan(STEPS)
    const ticks = producer.published.filter(isTick).map(({ symbol, price }) => ({ symbol, price }))
    // Connections overtake each other; a symbol has one.
    const bySymbol = (quotes: readonly { symbol: unknown; price: unknown }[]) =>
      Map.groupBy(quotes, (quote) => quote.symbol)
    expect(bySymbol(ticks)).toEqual(bySymbol(sent.map(({ id, price }) => ({ symbol: id, price }))))
  },
  120_000,
)
