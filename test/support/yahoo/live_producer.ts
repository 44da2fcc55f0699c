// A producer on the server that plays Yahoo, its sockets and requests real, its time the test's.

import { setTimeout as realTime } from 'node:timers/promises'
import { openCalendars } from '#calendar/calendars'
import type { NewRecord } from '#log/event_log'
import { virtualClock } from '#runtime/clock'
import { SECOND_MS } from '#runtime/units'
import { STREAM_STEP_MS } from '#services/producer/limits'
import { runProducer } from '#services/producer/producer'
import { type YahooOptions, yahooSource } from '#services/producer/sources/yahoo/yahoo_source'
import type { SentPricing } from '#support/yahoo/pricing_encoder'
import type { YahooServer } from '#support/yahoo/yahoo_server'
import { recordedLogger } from '../../unit/services/producer/recorded_logger.ts'

/** A Friday, 10:31 in New York. */
export const START = Date.UTC(2026, 9, 2, 14, 31)
export const POLL_MS = 15_000
export const SYMBOLS = ['AAPL', 'GOOGL', 'MSFT']

/** What reached the log. */
export type Published = Record<string, unknown> & {
  readonly symbol: string
  readonly id: string
  readonly price: number
}

/** The source's options, and what the log does before it takes a batch. */
export type LiveOptions = Partial<YahooOptions> & {
  readonly publish?: () => Promise<void>
  readonly startAt?: number
}

/** A running producer. */
export type LiveProducer = ReturnType<typeof startLive>

/** Starts a producer of SYMBOLS in mode auto, unless the options say otherwise. */
export function startLive(server: YahooServer, given: LiveOptions = {}) {
  const { publish = async () => {}, startAt = START, ...options } = given
  const clock = virtualClock(startAt)
  const stop = new AbortController()
  const published: Published[] = []
  const recorded = recordedLogger()
  const shared = { clock, random: () => 0.5, logger: recorded.logger }
  const source = yahooSource({
    ...{ mode: 'auto', symbols: SYMBOLS, pollIntervalMs: POLL_MS, baseUrl: server.url, fetch, ...shared },
    calendars: openCalendars({}),
    ...options,
  })
  const log = {
    async publish(records: unknown) {
      await publish()
      published.push(...(records as NewRecord[]).map(({ value }) => JSON.parse(value as string)))
    },
    openPositioned: () => Promise.reject(new Error('Yahoo has no position')),
  }
  const done = runProducer({ source, log, ...shared, print: () => {}, signal: stop.signal })
  return {
    ...recorded,
    ...timeOf(clock),
    source,
    clock,
    published,
    async end() {
      stop.abort()
      return done
    },
  }
}

/** Time in steps, in each of which what comes over the network can come. */
function timeOf(clock: ReturnType<typeof virtualClock>) {
  const step = async () => {
    await clock.advance(STREAM_STEP_MS)
    await realTime(2)
  }
  return {
    async pass(ms: number) {
      for (const end = clock.now() + ms; clock.now() < end; ) await step()
    },
    /** Lets time pass until something is so, and returns how long that took. Throws after `withinMs`. */
    async until(isSo: () => boolean, withinMs: number) {
      const begin = clock.now()
      while (!isSo()) {
        if (clock.now() - begin > withinMs) throw new Error(`not so after ${withinMs} ms: ${isSo}`)
        await step()
      }
      return clock.now() - begin
    },
  }
}

/** Starts it, and waits until it is subscribed and has polled once. */
export async function startedLive(server: YahooServer, options: LiveOptions = {}): Promise<LiveProducer> {
  const producer = startLive(server, options)
  const { length } = options.symbols ?? SYMBOLS
  await producer.until(() => server.streamer.followed.size === length, 30 * SECOND_MS)
  if (options.mode !== 'stream') await producer.until(() => server.asked.length > 0, SECOND_MS)
  await producer.pass(SECOND_MS)
  return producer
}

/** Ticks as they follow each other, a second and ten units apart, each with a price of its own from 300.01 on. */
export function ticker() {
  let count = 0
  return (id: string, more: SentPricing = {}): SentPricing => {
    count++
    return {
      id,
      price: 300 + count / 100,
      time: START + count * SECOND_MS,
      exchange: 'NMS',
      marketHours: 1,
      priceHint: 2,
      dayVolume: 20_000_000 + count * 10,
      ...more,
    }
  }
}

/** The prices, in the order in which they were published. */
export function pricesOf(quotes: readonly Published[]): readonly number[] {
  return quotes.map(({ price }) => price)
}
