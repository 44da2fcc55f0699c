// When a bar is put out again: once for a window that opens again, once in a while for one that the watermark has
// passed, and the last time as all its quotes make it.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_SYMBOL_NUMBER } from '#market/decoding/quote_view'
import { DEFAULT_STREAM_CONFIG, type StreamConfig } from '#services/stream/config'
import { createOutputs, type UnstampedBar, unaccounted } from '#services/stream/outputs'
import { symbolOf } from '#services/stream/state/symbols'
import { createTopologyDriver, type TopologyDriver } from '#services/stream/topology_driver'

const T0 = Date.UTC(2026, 0, 6, 15)
const SECOND = 1_000
const MINUTE = 60_000
const { watermarkDelayMs: DELAY, revisionDelayMs: REVISION } = DEFAULT_STREAM_CONFIG

const driverOf = (config: Partial<StreamConfig> = {}): TopologyDriver =>
  createTopologyDriver({ config: { ...DEFAULT_STREAM_CONFIG, ...config }, rules: [] })

const shown = (bars: readonly UnstampedBar[]) =>
  bars.map(({ windowStart, revision, count, closedBy }) => [windowStart - T0, revision, count, closedBy])

/** When the log takes the quotes in, all of them: nothing is silent unless a test says so. */
const INGESTED = T0 + 9 * MINUTE
const SILENCE = INGESTED + DEFAULT_STREAM_CONFIG.idleCloseMs

/** A quote whose event time is so long after T0. */
const give = (driver: TopologyDriver, time: number, more: { readonly dayVolume?: number } = {}) =>
  shown(driver.quote({ symbol: 'A', price: 100, timestamp: T0 + time, ingestTime: INGESTED, ...more }).bars)

test('a broker that stood still for 40 s makes a handful of rows, not one for each quote that it kept back', () => {
  const driver = driverOf()
  const [symbols, perSecond, keptBack] = [5, 250, 9_715]
  const send = (n: number, arrives: (time: number) => number) => {
    const timestamp = T0 + Math.floor((n * SECOND) / perSecond)
    driver.quote({ symbol: `S${n % symbols}`, price: 100 + (n % 7), timestamp, ingestTime: arrives(timestamp) })
  }
  const stands = 2_500
  const goesOn = T0 + 50 * SECOND
  for (let n = 0; n < stands; n++) send(n, (time) => time)
  for (let n = stands; n < stands + keptBack; n++) send(n, () => goesOn)
  for (let n = stands + keptBack; n < 70 * perSecond; n++) send(n, (time) => Math.max(time, goesOn))
  expect(driver.all.bars.map(({ revision, closedBy }) => [revision, closedBy])).toEqual([
    ...Array(symbols).fill([0, 'idle']),
    ...Array(symbols).fill([1, 'watermark']),
  ])
  expect(driver.all.bars.slice(symbols).map(({ count }) => count)).toEqual(
    Array(symbols).fill((60 * perSecond) / symbols),
  )
  expect(driver.counters).toMatchObject({ bars: symbols, revisions: symbols, late: 0 })
})

describe('a window that silence closed, and that the watermark has not reached', () => {
  const closedBySilence = () => {
    const driver = driverOf()
    give(driver, 0)
    expect(shown(driver.clockReaches(SILENCE).bars)).toEqual([[0, 0, 1, 'idle']])
    expect([give(driver, 1), give(driver, 2)]).toEqual([[], []])
    return driver
  }

  test('is open again, and closes when the watermark is at its end, not before', () => {
    const driver = closedBySilence()
    expect(give(driver, MINUTE + DELAY - 1)).toEqual([])
    expect(give(driver, MINUTE + DELAY)).toEqual([[0, 1, 3, 'watermark']])
    expect(driver.counters).toMatchObject({ bars: 1, revisions: 1 })
  })

  test('closes by silence or at a bounded end as any other', () => {
    const [silent, ended] = [closedBySilence(), closedBySilence()]
    expect(shown(silent.clockReaches(SILENCE).bars)).toEqual([[0, 1, 3, 'idle']])
    expect(shown(ended.drain().bars)).toEqual([[0, 1, 3, 'drain']])
    expect([silent, ended].flatMap((driver) => driver.drain().bars)).toEqual([])
  })

  test('is not put out again without a quote', () => {
    const driver = driverOf()
    give(driver, 0)
    driver.clockReaches(SILENCE)
    expect(give(driver, 5 * MINUTE)).toEqual([])
  })
})

describe('a window that the watermark has passed', () => {
  /** [0, 60 s) is closed with one quote; the watermark is at its end. */
  const passed = (config: Partial<StreamConfig> = {}) => {
    const driver = driverOf(config)
    give(driver, 0)
    expect(give(driver, MINUTE + DELAY)).toEqual([[0, 0, 1, 'watermark']])
    return driver
  }

  test('is put out again when the watermark has gone on by the delay since its first late quote, not before', () => {
    const driver = passed()
    expect(give(driver, 1)).toEqual([])
    expect(give(driver, MINUTE + DELAY + REVISION - 1)).toEqual([])
    expect(give(driver, 2)).toEqual([])
    expect(give(driver, MINUTE + DELAY + REVISION)).toEqual([[0, 1, 3, 'watermark']])
    expect(give(driver, 3)).toEqual([])
    expect(give(driver, MINUTE + DELAY + 2 * REVISION)).toEqual([[0, 2, 4, 'watermark']])
  })

  test('is put out again at once when the delay is 0', () => {
    const driver = passed({ revisionDelayMs: 0 })
    expect([give(driver, 1), give(driver, 2)]).toEqual([[[0, 1, 2, 'watermark']], [[0, 2, 3, 'watermark']]])
  })

  test('is put out again when its symbol falls silent, and at a bounded end', () => {
    const [silent, ended] = [passed(), passed()]
    for (const driver of [silent, ended]) give(driver, 1)
    expect(shown(silent.clockReaches(SILENCE).bars)).toEqual([
      [0, 1, 2, 'idle'],
      [MINUTE, 0, 1, 'idle'],
    ])
    expect(shown(ended.drain().bars)).toEqual([
      [0, 1, 2, 'drain'],
      [MINUTE, 0, 1, 'drain'],
    ])
  })

  test('is put out again before it is dropped, whatever the delay', () => {
    const driver = passed({ revisionDelayMs: 3_600_000 })
    const dropsAt = MINUTE + DEFAULT_STREAM_CONFIG.allowedLatenessMs + DELAY
    give(driver, 1)
    expect(give(driver, dropsAt - 1)).toEqual([[MINUTE, 0, 1, 'watermark']])
    expect(give(driver, 2)).toEqual([])
    expect(give(driver, dropsAt)).toEqual([[0, 1, 3, 'watermark']])
    give(driver, 3)
    expect(driver.counters).toMatchObject({ late: 1, revisions: 1 })
  })

  test('is put out again before its symbol is forgotten', () => {
    const driver = passed()
    give(driver, 1)
    const out = createOutputs()
    symbolOf(driver.state, { symbol: 'B', symbolNumber: NO_SYMBOL_NUMBER }, out, 1)
    expect(shown(out.bars)).toEqual([
      [0, 1, 2, 'idle'],
      [MINUTE, 0, 1, 'idle'],
    ])
  })

  test('and had no quote before, is put out after the delay for the first time', () => {
    const driver = driverOf()
    give(driver, 0)
    give(driver, 3 * MINUTE + DELAY)
    expect([give(driver, MINUTE), give(driver, MINUTE + 1)]).toEqual([[], []])
    expect(give(driver, 3 * MINUTE + DELAY + REVISION)).toEqual([[MINUTE, 0, 2, 'watermark']])
    expect(driver.counters).toMatchObject({ bars: 2, revisions: 0 })
  })
})

describe('a bar whose volume an earlier window’s quote changes', () => {
  test('is put out again with it, when the watermark has passed both', () => {
    const driver = driverOf()
    give(driver, 0, { dayVolume: 100 })
    give(driver, MINUTE, { dayVolume: 200 })
    give(driver, 2 * MINUTE + DELAY, { dayVolume: 300 })
    expect(give(driver, 1, { dayVolume: 150 })).toEqual([])
    const { bars } = driver.quote({
      symbol: 'A',
      price: 100,
      timestamp: T0 + 2 * MINUTE + DELAY + REVISION,
      ingestTime: INGESTED,
    })
    expect(bars.map(({ windowStart, revision, volume }) => [windowStart - T0, revision, volume])).toEqual([
      [0, 1, null],
      [MINUTE, 1, 50],
    ])
  })

  test('is open again, when silence closed it and the watermark has not reached its end', () => {
    const driver = driverOf()
    give(driver, 0, { dayVolume: 100 })
    give(driver, MINUTE + DELAY, { dayVolume: 200 })
    driver.clockReaches(SILENCE)
    give(driver, 1, { dayVolume: 150 })
    expect(give(driver, MINUTE + DELAY + REVISION)).toEqual([[0, 1, 2, 'watermark']])
    const { bars } = driver.quote({ symbol: 'A', price: 100, timestamp: T0 + 2 * MINUTE + DELAY, ingestTime: INGESTED })
    expect(bars.map(({ windowStart, revision, volume }) => [windowStart - T0, revision, volume])).toEqual([
      [MINUTE, 1, 50],
    ])
  })
})

const config: StreamConfig = {
  ...DEFAULT_STREAM_CONFIG,
  barIntervalMs: 5 * SECOND,
  watermarkDelayMs: 500,
  idleCloseMs: 4 * SECOND,
  allowedLatenessMs: 12 * SECOND,
}

/** One symbol: time goes on, mostly slowly; many quotes are late; the log stands still now and then. */
const quotes = fc
  .array(
    fc.record({
      step: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 300 }) }, fc.integer({ min: 0, max: 9_000 })),
      behind: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 14_000 })),
      stalls: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, fc.integer({ min: 1_000, max: 20_000 })),
      dayVolume: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 150, size: 'max' },
  )
  .map((drawn) => {
    let [now, ingestTime] = [T0 + MINUTE, 0]
    return drawn.map(({ step, behind, stalls, dayVolume }, n) => {
      now += step
      ingestTime = Math.max(ingestTime, now + stalls)
      const volume = dayVolume === undefined ? {} : { dayVolume: dayVolume + 5 * n }
      return { symbol: 'A', price: 100 + n, timestamp: now - behind, ingestTime, ...volume }
    })
  })

const delays = fc.constantFrom(0, 1, 700, 1_000, 5_000, 60_000)

test('the watermark goes on by the delay between two revisions, or to the window’s last moment', () => {
  fc.assert(
    fc.property(quotes, delays, (given, revisionDelayMs) => {
      const driver = driverOf({ ...config, revisionDelayMs })
      const lastAt = new Map<number, number>()
      for (const quote of given) {
        const { bars } = driver.quote(quote)
        const watermark = (driver.state.symbols[0]?.maxEventTime ?? 0) - config.watermarkDelayMs
        for (const { windowStart, windowEnd, closedBy } of bars) {
          const last = lastAt.get(windowStart)
          const isLastMoment = watermark >= windowEnd + config.allowedLatenessMs
          if (closedBy === 'watermark' && last !== undefined && !isLastMoment) {
            expect(watermark).toBeGreaterThanOrEqual(last < windowEnd ? windowEnd : last + revisionDelayMs)
          }
          lastAt.set(windowStart, watermark)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('the last revision is what the bar would be if all its quotes had come in order, whatever the delay', () => {
  fc.assert(
    fc.property(quotes, delays, (given, revisionDelayMs) => {
      const driver = driverOf({ ...config, revisionDelayMs })
      for (const quote of given) driver.quote(quote)
      driver.drain()
      const late = new Set(driver.all.late.map(({ originOffset }) => Number(originOffset)))
      const taken = given.filter((_, offset) => !late.has(offset))
      // A lateness that nothing is beyond, and a time at which all have come in: each window closes once, at the end.
      const inOrder = driverOf({ ...config, watermarkDelayMs: 3_600_000, idleCloseMs: 86_400_000 })
      for (const quote of taken) inOrder.quote({ ...quote, ingestTime: T0 + 3_600_000 })
      inOrder.drain()
      expect(lastOf(driver.all.bars)).toEqual(lastOf(inOrder.all.bars))
      expect(unaccounted(driver.counters)).toBe(0)
    }),
    { numRuns: 500 },
  )
})

/** The bars that count, without what depends on when they were put out and on what was late. */
function lastOf(bars: readonly UnstampedBar[]) {
  const last = new Map<number, object>()
  for (const { revision, closedBy, complete, firstOffset, lastOffset, ...bar } of bars) last.set(bar.windowStart, bar)
  return [...last].sort(([a], [b]) => a - b)
}
