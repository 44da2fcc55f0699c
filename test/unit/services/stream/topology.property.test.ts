// The topology against the oracle, over random streams; and what must not matter: batches, partitions, order within
// the delay.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AlertRule } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG, type StreamConfig } from '#services/stream/config'
import { unaccounted } from '#services/stream/outputs'
import { createTopologyDriver, type TopologyDriver } from '#services/stream/topology_driver'
import { Oracle, type OracleQuote } from './oracle.ts'

/** Ten minutes before New York's next trade date, and before it opens. */
const T0 = Date.UTC(2026, 0, 6, 0, 50)
const BEFORE_OPEN = Date.UTC(2026, 0, 6, 14, 20)
const config: StreamConfig = {
  ...DEFAULT_STREAM_CONFIG,
  barIntervalMs: 60_000,
  watermarkDelayMs: 20_000,
  idleCloseMs: 90_000,
  allowedLatenessMs: 120_000,
}
const rules: AlertRule[] = [
  { name: 'm', kind: 'move', percent: 2, withinMs: 60_000, rearm: 0.7, cooldownMs: 90_000, staleAfterMs: 300_000 },
  { name: 'n', kind: 'move', percent: 3, withinMs: 240_000, rearm: 0.5, cooldownMs: 0, staleAfterMs: 300_000 },
  { name: 'g', kind: 'gap', percent: 2, withinMs: null, rearm: 0.7, cooldownMs: 60_000, staleAfterMs: 300_000 },
  { name: 'p', kind: 'gap', percent: 5, withinMs: null, rearm: 0.7, cooldownMs: 60_000, staleAfterMs: null },
]

type Event = { quote: OracleQuote } | { now: number } | 'drain'

/** Whole and half seconds, so that times often coincide with each other and with the ends of windows. */
const seconds = (min: number, max: number) => fc.integer({ min: min * 2, max: max * 2 }).map((half) => half * 500)

/** Random streams: time mostly moves on, sometimes back or far ahead; some quotes have sizes, day volumes, ids. */
const stream = fc
  .array(
    fc.record({
      symbol: fc.constantFrom('A', 'B', 'C'),
      price: fc.oneof(fc.integer({ min: 95, max: 106 }), fc.double({ min: 95, max: 106, noNaN: true })),
      step: fc.oneof({ weight: 8, arbitrary: seconds(0, 10) }, { weight: 1, arbitrary: seconds(0, 400) }),
      behind: fc.oneof(
        { weight: 3, arbitrary: seconds(-5, 20) },
        { weight: 1, arbitrary: fc.constantFrom(0, 20_000, 60_000, 120_000, 140_000, 500_000) },
        { weight: 1, arbitrary: seconds(0, 300) },
      ),
      clockBack: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: seconds(0, 50) }),
      id: fc.option(fc.integer({ min: 0, max: 30 }).map(String), { freq: 2, nil: undefined }),
      size: fc.option(fc.double({ min: 0.01, max: 5, noNaN: true }), { freq: 2, nil: undefined }),
      dayVolume: fc.option(fc.oneof(fc.integer({ min: 0, max: 400 }), fc.constantFrom(0, 5, 400)), { nil: undefined }),
      replayed: fc.option(fc.constant(true), { freq: 2, nil: undefined }),
      previousClose: fc.option(fc.integer({ min: 97, max: 104 }), { nil: undefined }),
      act: fc.oneof({ weight: 30, arbitrary: fc.constant('quote') }, fc.constantFrom('clock', 'drain')),
    }),
    { maxLength: 80, size: 'max' },
  )
  .chain((drawn) => fc.constantFrom(T0, BEFORE_OPEN).map((begin) => toEvents(drawn, begin)))

interface Drawn {
  readonly symbol: string
  readonly price: number
  readonly step: number
  readonly behind: number
  readonly clockBack: number
  readonly act: string
  readonly id: string | undefined
  readonly size: number | undefined
  readonly dayVolume: number | undefined
  readonly previousClose: number | undefined
  readonly replayed: boolean | undefined
}

function toEvents(drawn: readonly Drawn[], begin: number): Event[] {
  let now = begin + 600_000
  return drawn.map(({ act, step, behind, clockBack, symbol, price, ...optional }, index) => {
    now += step
    if (act === 'clock') return { now }
    if (act === 'drain') return 'drain'
    // A has day volumes only, so that they make up whole bars. Those of C go up and down as they like.
    const risen = symbol === 'C' ? 0 : 10 * index
    const dayVolume = optional.dayVolume === undefined ? undefined : optional.dayVolume + risen
    const fields = { ...optional, dayVolume, ...(symbol === 'A' ? { size: undefined } : {}) }
    const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
    return { quote: { symbol, price, timestamp: now - behind, ingestTime: now - clockBack, ...known } }
  })
}

function play(events: readonly Event[], target: Pick<TopologyDriver, 'quote' | 'clockReaches' | 'drain'>): void {
  for (const event of events) {
    if (event === 'drain') target.drain()
    else if ('now' in event) target.clockReaches(event.now)
    else target.quote(event.quote)
  }
}

function oracleOf(events: readonly Event[], settings: StreamConfig): Oracle {
  const oracle = new Oracle(settings, rules)
  let offset = 0
  for (const event of events) {
    if (event === 'drain') oracle.drain()
    else if ('now' in event) oracle.clockReaches(event.now)
    else oracle.quote(event.quote, offset++)
  }
  return oracle
}

const bySymbol = <T extends { symbol: string }>(items: readonly T[]) =>
  [...items].sort((a, b) => (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0))

const revisionDelays = fc.constantFrom(0, 1_000, 30_000, 3_600_000)

describe('over random streams the topology', () => {
  test('puts out what the oracle does: bars, revisions, late quotes, duplicates, alerts, in order', () => {
    fc.assert(
      fc.property(stream, revisionDelays, (events, revisionDelayMs) => {
        const settings = { ...config, revisionDelayMs }
        const driver = createTopologyDriver({ config: settings, rules })
        play(events, driver)
        const { out } = oracleOf(events, settings)
        expect(driver.all.bars).toEqual(out.bars)
        expect(driver.all.late.map(({ originOffset, lateBy }) => ({ offset: originOffset, lateBy }))).toEqual(out.late)
        expect(driver.all.alerts.map(({ message, ...alert }) => alert)).toEqual(out.alerts)
        expect(driver.counters.duplicates).toBe(out.duplicates)
        expect(driver.counters.stale).toBe(out.stale)
        expect(unaccounted(driver.counters)).toBe(0)
      }),
      { numRuns: 600 },
    )
  })
})

describe('it does not matter', () => {
  /** All windows closed for the same reason, whatever stands last in a partition. */
  const finish = (driver: TopologyDriver) => driver.clockReaches(T0 * 2)
  const quotesOnly = stream.map((events) => withSteadyClock(events.flatMap(quotesOf)))

  test('how the symbols are spread over partitions', () => {
    fc.assert(
      fc.property(quotesOnly, (quotes) => {
        const together = createTopologyDriver({ config, rules })
        for (const quote of quotes) together.quote(quote)
        finish(together)
        const apart = ['A', 'B', 'C'].map((symbol) => {
          const driver = createTopologyDriver({ config, rules })
          for (const quote of quotes) if (quote.symbol === symbol) driver.quote(quote)
          finish(driver)
          return driver
        })
        const bars = apart.flatMap((driver) => driver.all.bars)
        expect(bySymbol(together.all.bars).map(withoutOffsets)).toEqual(bars.map(withoutOffsets))
        const alerts = apart.flatMap((driver) => driver.all.alerts)
        expect(bySymbol(together.all.alerts)).toEqual(alerts)
      }),
      { numRuns: 300 },
    )
  })

  test('in which order quotes arrive within the delay', () => {
    fc.assert(
      fc.property(shuffled(), ({ ordered, disordered }) => {
        const [one, other] = [ordered, disordered].map((quotes) => {
          const driver = createTopologyDriver({ config, rules: [] })
          for (const quote of quotes) driver.quote({ ...quote, ingestTime: T0 + 1_200_000 })
          finish(driver)
          return driver.all.bars.map(withoutOffsets)
        })
        expect(other).toEqual(one)
      }),
      { numRuns: 500 },
    )
  })
})

function quotesOf(event: Event): OracleQuote[] {
  return event !== 'drain' && 'quote' in event ? [event.quote] : []
}

/** One log's clock for all partitions, which never goes back. */
function withSteadyClock(quotes: readonly OracleQuote[]): OracleQuote[] {
  let clock = 0
  return quotes.map((quote) => {
    clock = Math.max(clock, quote.ingestTime)
    return { ...quote, ingestTime: clock }
  })
}

function withoutOffsets<T extends { firstOffset: number; lastOffset: number }>(bar: T) {
  const { firstOffset, lastOffset, ...rest } = bar
  return rest
}

/** Quotes at distinct times, and the same ones with each delayed by at most the watermark's delay. */
function shuffled() {
  const quote = fc.record({
    step: fc.integer({ min: 1, max: 30_000 }),
    shift: fc.integer({ min: 0, max: config.watermarkDelayMs }),
    price: fc.double({ min: 2 ** -30, max: 2 ** 50, noNaN: true }),
    size: fc.option(fc.double({ min: 0, max: 2 ** 40, noNaN: true }), { nil: undefined }),
    dayVolume: fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined }),
  })
  return fc.array(quote, { maxLength: 60, size: 'max' }).map((drawn) => {
    let timestamp = T0
    const all = drawn.map(({ step, shift, price, size, dayVolume }) => {
      timestamp += step
      const known = { ...(size === undefined ? {} : { size }), ...(dayVolume === undefined ? {} : { dayVolume }) }
      return { arrives: timestamp + shift, quote: { symbol: 'A', price, timestamp, ...known } }
    })
    const ordered = all.map(({ quote: given }) => given)
    const disordered = [...all].sort((a, b) => a.arrives - b.arrives).map(({ quote: given }) => given)
    return { ordered, disordered }
  })
}
