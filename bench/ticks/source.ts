// The source alone, from frames to records, without a network: called with BENCH_QUOTES and BENCH_SYMBOLS in the
// environment, and answered with one line of JSON. Frames are made before.

import { openCalendars } from '#calendar/calendars'
import type { Clock } from '#runtime/clock'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { SECOND_MS } from '#runtime/units'
import type { StreamSocketEvents } from '#services/producer/sources/yahoo/streamer/stream_socket'
import { yahooSource } from '#services/producer/sources/yahoo/yahoo_source'
import { pricingFrame } from '#support/yahoo/pricing_encoder'
import { rounded } from '../whole_process.ts'
import { symbolsOf, tickOf } from './market.ts'

const quotes = Number(process.env.BENCH_QUOTES)
const symbols = symbolsOf(Number(process.env.BENCH_SYMBOLS))
/** More than a symbol's ticks that are remembered, so that each comes as a new one again. */
const FRAMES_A_SYMBOL = 50
/** What comes in a tenth of a second at 5,000 a second. */
const FRAMES_AT_ONCE = 500

/** As fast as it goes: batches do not wait for their time. */
const clock: Clock = {
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(ms < SECOND_MS / 5 ? 0 : ms, signal),
}

const time = clock.now()
const lines: { readonly events: StreamSocketEvents; readonly symbols: readonly string[] }[] = []
const stop = new AbortController()
const source = yahooSource({
  ...{ mode: 'stream', symbols, pollIntervalMs: 15_000, calendars: openCalendars({}), fetch, clock },
  random: Math.random,
  logger: silentLogger,
  openSockets: () => ({
    open(_, events) {
      setImmediate(() => events.opened())
      return {
        send: (text) => void lines.push({ events, symbols: JSON.parse(text).subscribe }),
        leave: () => {},
      }
    },
    end: () => {},
  }),
})

let records = 0
void countRecords()
while (lines.length * 100 < symbols.length) await systemClock.sleep(50)
const frames = Array.from({ length: FRAMES_A_SYMBOL }, (_, n) =>
  lines.flatMap(({ events, symbols: own }) =>
    own.map((symbol) => ({ events, frame: pricingFrame(tickOf(symbol, n, time)) })),
  ),
).flat()
await send(frames.length)
records = 0
const [cpu, startedAt] = [process.cpuUsage(), performance.now()]
const memoryMb: number[] = []
for (let part = 0; part < 10; part++) {
  await send(quotes / 10)
  memoryMb.push(Math.round(process.memoryUsage.rss() / 2 ** 20))
}
const { user, system } = process.cpuUsage(cpu)
const seconds = (performance.now() - startedAt) / 1_000
if (records !== quotes) throw new Error(`${records} of ${quotes} ticks became records`)
const figures = {
  ticksPerSecond: Math.round(quotes / seconds),
  cpuMicrosPerTick: rounded((user + system) / quotes),
  memoryMb,
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit(0)

async function send(count: number): Promise<void> {
  const until = records + count
  for (let i = 0; i < count; i++) {
    const { events, frame } = frames[i % frames.length] as (typeof frames)[number]
    events.message(frame)
    if (i % FRAMES_AT_ONCE === FRAMES_AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve))
  }
  while (records < until) await systemClock.sleep(1)
}

async function countRecords(): Promise<void> {
  for await (const batch of source.batches(null, stop.signal)) records += (batch.records as readonly unknown[]).length
}
