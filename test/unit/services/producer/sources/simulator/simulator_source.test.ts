import { describe, expect, test } from 'vitest'
import { type Clock, virtualClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { EpochMs } from '#runtime/units'
import {
  BATCH_BYTES_MAX,
  SIMULATOR_BATCH_RECORDS_MAX,
  SIMULATOR_BEHIND_MAX_MS,
  SIMULATOR_TICK_MS,
} from '#services/producer/limits'
import type { QuoteSource, SourceRecord } from '#services/producer/sources/quote_source'
import { NO_FAULTS } from '#services/producer/sources/simulator/faults'
import { type SimulatorOptions, simulatorSource } from '#services/producer/sources/simulator/simulator_source'
import { calendars } from '#support/simulated_markets'
import { recordedLogger } from '../../recorded_logger.ts'
import { watchedClock } from '../../watched_clock.ts'

const START = Date.parse('2026-10-05T13:00:00Z')
const open = (options: Partial<SimulatorOptions>) =>
  simulatorSource({
    symbols: ['AAPL', 'GOOGL', 'MSFT', 'AMZN', 'TSLA'],
    seed: 42,
    rate: 5,
    clock: virtualClock(START),
    logger: silentLogger,
    calendars,
    ...options,
  })
const timeOf = (record: SourceRecord) => JSON.parse(record.value as string).timestamp as number

/** Runs the source by its own sleeps until the clock has moved on by `ms`; returns the batches with when they came. */
async function run(source: QuoteSource, clock: ReturnType<typeof watchedClock>, ms: number) {
  const stop = new AbortController()
  const batches: { at: number; records: readonly SourceRecord[] }[] = []
  const reading = (async () => {
    for await (const { records } of source.batches(null, stop.signal)) {
      batches.push({ at: clock.now(), records: [...records] })
    }
  })()
  const end = clock.now() + ms
  for (;;) {
    const sleep = await Promise.race([clock.nextSleep(), reading.then(() => null)])
    if (sleep === null || clock.now() + sleep > end) break
    await clock.advance(sleep)
  }
  stop.abort()
  await reading
  return batches
}

describe('the simulator', () => {
  test('counts one symbol and one quote in the singular', () => {
    expect(open({ symbols: ['AAPL'] }).describe()).toMatch(/: 1 symbol, 5 quotes\/s/)
    expect(open({ quotesMax: 1 }).ended?.()).toBe('the simulated market has had its 1 quote')
    expect(open({ quotesMax: 2_000 }).ended?.()).toBe('the simulated market has had its 2,000 quotes')
  })

  test('knows whether its market trades', () => {
    const marketsAt = (time: string, session: SimulatorOptions['session']) =>
      open({ clock: virtualClock(Date.parse(time)), ...(session && { session }) }).markets?.()
    const [trading, closed] = [
      { open: 5, closed: 0, unknown: 0, delayMs: 0 },
      { open: 0, closed: 5, unknown: 0, delayMs: 0 },
    ]
    expect(marketsAt('2026-10-05T14:00:00Z', 'us')).toEqual(trading)
    expect(marketsAt('2026-10-05T03:00:00Z', 'us')).toEqual(closed)
    expect(marketsAt('2026-10-05T03:00:00Z', 'always')).toEqual(trading)
  })

  test('says that its prices are not real', () => {
    expect(open({}).describe()).toMatch(/^SIMULATED market data, not real prices: 5 symbols, 5 quotes\/s/)
  })

  test('keeps its rate: one quote a symbol a second', async () => {
    const clock = watchedClock(START)
    const records = (await run(open({ clock }), clock, 10_000)).flatMap((batch) => batch.records)
    expect(records.length).toBe(51)
    expect(records.map(timeOf)).toEqual(Array.from({ length: 51 }, (_, i) => START + i * 200))
    expect(records.slice(0, 6).map((record) => record.key)).toEqual(['AAPL', 'GOOGL', 'MSFT', 'AMZN', 'TSLA', 'AAPL'])
  })

  test.each([3, 777, 20_000])('at %i quotes a second none is missing and none is from the future', async (rate) => {
    const clock = watchedClock(START)
    const batches = await run(open({ clock, rate }), clock, 2000)
    const times = batches.flatMap((batch) => batch.records).map(timeOf)
    expect(Math.abs(times.length - 2 * rate)).toBeLessThanOrEqual(Math.max(1, rate / 50))
    expect(times.every((time, i) => time === START + Math.floor((i * 1000) / rate))).toBe(true)
    for (const { at, records } of batches)
      for (const record of records) if (timeOf(record) > at) throw new Error('future')
  })

  test('sends what is due at most once a tick, though more becomes due while it is sent', async () => {
    let now = START
    const clock: Clock = {
      now: () => now as EpochMs,
      sleep: async (ms) => {
        now += ms
      },
    }
    const batches: number[] = []
    for await (const { records } of open({ clock, rate: 2_000 }).batches(null, new AbortController().signal)) {
      batches.push(records.length)
      now += 3
      if (now >= START + 2_000) break
    }
    expect(batches.length).toBeLessThanOrEqual(2_000 / SIMULATOR_TICK_MS + 1)
    expect(batches.slice(1).every((count) => count >= 200)).toBe(true)
  })

  test('is the same for the same seed, however its batches fall', async () => {
    const slow = watchedClock(START)
    const steady = watchedClock(START)
    const source = open({ clock: slow, quotesMax: 3000, rate: 200 })
    await slow.advance(0)
    const inOne: SourceRecord[] = []
    const reading = source.batches(null, new AbortController().signal)[Symbol.asyncIterator]()
    const first = await reading.next()
    inOne.push(...first.value.records)
    await slow.advance(20_000)
    for (let next = await reading.next(); !next.done; next = await reading.next()) inOne.push(...next.value.records)
    const inMany = await run(open({ clock: steady, quotesMax: 3000, rate: 200 }), steady, 20_000)
    expect(inMany.length).toBeGreaterThan(100)
    expect(inMany.flatMap((batch) => batch.records)).toEqual(inOne)
  })

  test('makes up for a log that was slow, in bounded batches, with the times that were due', async () => {
    const clock = watchedClock(START)
    const batches = open({ clock, rate: 10_000 }).batches(null, new AbortController().signal)[Symbol.asyncIterator]()
    await batches.next()
    await clock.advance(3000)
    const times: number[] = []
    while (times.length < 30_000) {
      const value: readonly SourceRecord[] = (await batches.next()).value.records
      expect(value.length).toBeLessThanOrEqual(SIMULATOR_BATCH_RECORDS_MAX)
      const bytes = value.reduce((sum: number, record: SourceRecord) => sum + record.value.length, 0)
      expect(bytes).toBeLessThan(BATCH_BYTES_MAX + 1000)
      times.push(...value.map(timeOf))
    }
    expect(times).toEqual(Array.from({ length: 30_000 }, (_, i) => START + Math.floor((i + 1) / 10)))
  })

  test('leaves quotes out when it is hopelessly behind, counts them and says so', async () => {
    const clock = watchedClock(START)
    const { logger, texts } = recordedLogger()
    const source = open({ clock, logger })
    const batches = source.batches(null, new AbortController().signal)[Symbol.asyncIterator]()
    await batches.next()
    await clock.advance(SIMULATOR_BEHIND_MAX_MS + 1000)
    const { value } = await batches.next()
    expect(value.records.map(timeOf)).toEqual([clock.now()])
    expect(source.skips().leftOut).toBe(304)
    expect(texts()).toEqual(['the simulator could not keep its rate: 304 quotes are left out'])
  })

  test('with a backlog it begins in the past, catches up at once, and jumps soon after the start', async () => {
    const clock = watchedClock(START)
    const batches = await run(open({ clock, backlogMs: 120_000 }), clock, 15_000)
    const backlog = batches.filter((batch) => batch.at === START).flatMap((batch) => batch.records)
    expect([backlog.length, timeOf(backlog[0] as SourceRecord)]).toEqual([601, START - 120_000])
    const prices = new Map<string | null, number>()
    const jumps: number[] = []
    for (const record of batches.flatMap((batch) => batch.records)) {
      const before = prices.get(record.key)
      if (before !== undefined && Math.abs((record.price as number) / before - 1) > 0.02) jumps.push(timeOf(record))
      prices.set(record.key, record.price as number)
    }
    expect(jumps).toEqual([START + 6000])
  })

  test('ends after the quotes that it was asked for; otherwise never', async () => {
    const clock = watchedClock(START)
    const source = open({ clock, quotesMax: 12 })
    expect([source.finite, open({}).finite]).toEqual([true, false])
    expect((await run(source, clock, 60_000)).flatMap((batch) => batch.records).length).toBe(12)
  })

  test('with faults the whole quotes are those without faults', async () => {
    const pricesOf = async (faults: SimulatorOptions['faults']) => {
      const clock = watchedClock(START)
      const source = open({ clock, rate: 500, quotesMax: 2000, ...(faults && { faults }) })
      const records = (await run(source, clock, 10_000)).flatMap((batch) => batch.records)
      return { records, leftOut: source.skips().leftOut }
    }
    const clean = await pricesOf(undefined)
    const faulty = await pricesOf({ ...NO_FAULTS, late: 0.1, duplicate: 0.1, gap: 0.7 })
    const known = new Set(clean.records.map((record) => `${JSON.parse(record.value as string).id} ${record.price}`))
    for (const record of faulty.records)
      expect(known).toContain(`${JSON.parse(record.value as string).id} ${record.price}`)
    expect(faulty.leftOut).toBeGreaterThan(0)
    expect(new Set(faulty.records.map((record) => JSON.parse(record.value as string).id)).size).toBe(
      2000 - faulty.leftOut,
    )
  })

  test('in US hours it waits for the opening and stops at the close', async () => {
    const opening = Date.parse('2026-10-05T13:30:00Z')
    const clock = watchedClock(START)
    const { logger, texts } = recordedLogger()
    const batches = await run(open({ clock, logger, session: 'us', rate: 0.02 }), clock, 8 * 3_600_000)
    const times = batches.flatMap((batch) => batch.records).map(timeOf)
    expect(times[0]).toBe(opening)
    expect(times.at(-1)).toBe(opening + 6.5 * 3_600_000 - 50_000)
    expect(times.length).toBe((6.5 * 3600) / 50)
    expect(texts()).toEqual([
      'the simulated market is closed; quotes come once it opens',
      'the simulated market opens',
      'the simulated market closes',
    ])
  })

  test('a turn that a closed exchange lets pass is none of the quotes that it ends after', async () => {
    const night = watchedClock(Date.parse('2026-10-04T10:00:00Z'))
    const options = { clock: night, session: 'exchange' as const, rate: 20, quotesMax: 300 }
    const source = open({ ...options, symbols: ['AAPL', 'BTC-USD', 'ES=F', 'MSFT'] })
    const keys = (await run(source, night, 120_000)).flatMap((batch) => batch.records).map(({ key }) => key)
    expect([keys.length, new Set(keys)]).toEqual([300, new Set(['BTC-USD'])])
    expect(source.markets?.()).toMatchObject({ open: 1, closed: 3 })
  })

  test('is closed while no exchange trades: until the next one opens', async () => {
    const clock = watchedClock(Date.parse('2026-11-27T21:30:00Z'))
    const { logger, texts } = recordedLogger()
    const options = { clock, logger, session: 'exchange' as const, symbols: ['AAPL', 'MSFT'], rate: 0.1 }
    const batches = await run(open(options), clock, 48 * 3_600_000)
    const times = batches.flatMap((batch) => batch.records).map(timeOf)
    // The post-market of a half day ends at 17:00; Monday's night session begins on Sunday at 20:00.
    const [end, begin] = ['2026-11-27T22:00:00Z', '2026-11-30T01:00:00Z'].map((text) => Date.parse(text))
    expect(times.findLast((time) => time < START + 53.5 * 86_400_000)).toBe((end as number) - 10_000)
    expect(texts()).toEqual(['the simulated market closes'])
    expect(clock.now()).toBeLessThan(begin as number)
  })

  test.each([
    ['opening', '2026-10-05T13:30:00Z', 0, 10_000],
    ['close', '2026-10-05T20:00:00Z', -10_000, -200],
  ])('in US hours a catch-up over the %s has no quote outside them', async (_, boundary, firstMs, lastMs) => {
    const at = Date.parse(boundary)
    const clock = watchedClock(at - 10_000)
    const stop = new AbortController()
    const times: number[] = []
    const reading = (async () => {
      for await (const batch of open({ clock, session: 'us' }).batches(null, stop.signal)) {
        times.push(...Array.from(batch.records, timeOf))
        // Here the log is slow: the clock goes on over the boundary in one step.
        if (clock.now() < at) await clock.advance(20_000)
      }
    })()
    await clock.nextSleep()
    if (clock.now() < at) {
      await clock.advance(20_000)
      await clock.nextSleep()
    }
    stop.abort()
    await reading
    expect([times[0], times.at(-1)]).toEqual([at + firstMs, at + lastMs])
  })

  test('an abort ends it in its sleep', async () => {
    const stop = new AbortController()
    const clock = watchedClock(START)
    const batches = open({ clock }).batches(null, stop.signal)[Symbol.asyncIterator]()
    await batches.next()
    const next = batches.next()
    await clock.nextSleep()
    stop.abort()
    expect((await next).done).toBe(true)
  })

  test('a gap leaves out its share of the quotes, however many come in a second', async () => {
    const clock = watchedClock(START)
    const source = open({ clock, rate: 1_000, quotesMax: 3_000, faults: { ...NO_FAULTS, gap: 0.01 } })
    const sent = (await run(source, clock, 10_000)).flatMap((batch) => batch.records).length
    expect(sent + source.skips().leftOut).toBe(3_000)
    expect(sent).toBeGreaterThan(2_300)
  })

  describe('that was stopped', () => {
    /** Takes `count` batches, and returns the records and the last position. */
    async function take(source: QuoteSource, count: number, from: string | null = null) {
      const records: SourceRecord[] = []
      let position = from
      const batches = source.batches(from, new AbortController().signal)[Symbol.asyncIterator]()
      for (let batch = 0; batch < count; batch++) {
        const { value, done } = await batches.next()
        if (done) break
        records.push(...value.records)
        position = value.position
      }
      await batches.return?.()
      return { records, position }
    }
    const facts = (record: SourceRecord) => {
      const { timestamp: _, ...rest } = JSON.parse(record.value as string)
      return rest
    }
    /** A clock that goes on by itself. */
    const running = (start: number) => {
      let now = start
      const sleep = async (ms: number) => {
        now += ms
      }
      return { now: () => now as EpochMs, sleep }
    }

    test('goes on with the very next quote, and the time in between is closed', async () => {
      const options = { rate: 100, faults: { ...NO_FAULTS, duplicate: 0.2, gap: 0.3 } }
      const whole = await take(open({ ...options, clock: running(START) }), 200)
      const first = await take(open({ ...options, clock: running(START) }), 80)
      const { logger, texts } = recordedLogger()
      const later = START + 7_200_000
      const second = await take(open({ ...options, logger, clock: running(later) }), 60, first.position)
      const both = [...first.records, ...second.records]
      expect(both.map(facts)).toEqual(whole.records.slice(0, both.length).map(facts))
      expect(second.records.map(timeOf)[0]).toBe(later)
      expect(texts()).toEqual([expect.stringMatching(/^going on after \d+ quotes; the simulated market was closed/)])
    })

    test('has had all its quotes when it had them before', async () => {
      const first = await take(open({ quotesMax: 12, clock: running(START) }), 100)
      expect(first.records).toHaveLength(12)
      expect((await take(open({ quotesMax: 12, clock: running(START) }), 100, first.position)).records).toEqual([])
      expect((await take(open({ quotesMax: 20, clock: running(START) }), 100, first.position)).records).toHaveLength(8)
    })

    test('by a version without trading days of exchanges begins a new count, and its prices go on', async () => {
      const state = { run: 'abc', count: 500, originSeconds: 0, firstJumpSeconds: 6, day: '2026-10-05', dayStart: -100 }
      const kept = JSON.stringify({ symbols: 1_234_567_890, rate: 5, state })
      const { logger, texts } = recordedLogger()
      const { records } = await take(open({ logger, clock: running(START) }), 3, kept)
      const without = await take(open({ clock: running(START) }), 3)
      expect(facts(records[0] as SourceRecord).id).toBe(facts(without.records[0] as SourceRecord).id)
      expect(records[0]?.price).not.toBe(without.records[0]?.price)
      expect(texts()[0]).toMatch(/version.*have changed after 500 quotes/)
    })

    test.each([{ rate: 250 }, { symbols: ['TSLA', 'AAPL', 'NEW'] }, { session: 'exchange' as const }])(
      'goes on with its prices, and new ids, with %j',
      async (change) => {
        // 90 seconds: between two jumps.
        const first = await take(open({ rate: 100, clock: running(START) }), 900)
        const { logger, texts } = recordedLogger()
        const changed = { rate: 100, ...change, logger, clock: running(START + 1_000_000) }
        const second = await take(open(changed), 20, first.position)
        const lastOf = (symbol: string) => first.records.findLast(({ key }) => key === symbol)?.price as number
        for (const symbol of ['AAPL', 'TSLA']) {
          const price = second.records.find(({ key }) => key === symbol)?.price as number
          expect(Math.abs(price / lastOf(symbol) - 1)).toBeLessThan(0.001)
        }
        const ids = [...first.records, ...second.records].map((record) => facts(record).id)
        expect(new Set(ids).size).toBe(ids.length)
        expect(texts()[0]).toMatch(/have changed/)
      },
    )
  })
})
