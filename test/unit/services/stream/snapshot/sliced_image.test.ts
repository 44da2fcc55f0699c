// An image that is made in slices, while the state goes on changing, is byte for byte the one that was made at once
// when it was begun; and no slice does more than its share.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_SYMBOL_NUMBER } from '#market/decoding/quote_view'
import type { AlertRule } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG, type TopologySettings } from '#services/stream/config'
import { STATE_SNAPSHOT_SLICE_ENTRIES } from '#services/stream/limits'
import { createOutputs } from '#services/stream/outputs'
import { type ImageSlicing, SlicedImage } from '#services/stream/snapshot/sliced_image'
import { imageOf } from '#services/stream/snapshot/state_image'
import { encodeStateSnapshot } from '#services/stream/snapshot/state_snapshot'
import { SERVICE_SLICING } from '#services/stream/snapshot/state_snapshot_store'
import type { PartitionState } from '#services/stream/state/partition_state'
import { symbolOf } from '#services/stream/state/symbols'
import { createTopologyDriver, type TopologyDriver } from '#services/stream/topology_driver'

const T0 = Date.UTC(2026, 0, 6, 15)
const config = { ...DEFAULT_STREAM_CONFIG, idleCloseMs: 20_000, allowedLatenessMs: 60_000 }
const rules: AlertRule[] = [
  { name: 'm', kind: 'move', percent: 2, withinMs: 60_000, rearm: 0.7, cooldownMs: 0, staleAfterMs: null },
]
const settings: TopologySettings = { ...config, rules }
const identity = { topic: 'prices', topicId: 'abc', partition: 0, offset: 7, settings }

/** Fewer than there are, so that symbols are forgotten and their slots given to others. */
const SYMBOLS_MAX = 4

const events = fc.array(
  fc.record({
    symbol: fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'G'),
    price: fc.oneof(fc.integer({ min: 90, max: 110 }), fc.constantFrom(2 ** -200, 2 ** 100)),
    step: fc.oneof({ weight: 5, arbitrary: fc.nat(5_000) }, { weight: 1, arbitrary: fc.nat(90_000) }),
    behind: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(150_000) }),
    id: fc.option(fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }), { nil: undefined }),
    size: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    dayVolume: fc.option(fc.nat(1_000), { nil: undefined }),
    act: fc.oneof({ weight: 20, arbitrary: fc.constant('quote') }, fc.constantFrom('clock', 'drain')),
    /** Slices that are made after it, once the image is begun. */
    slices: fc.nat(2),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
)
type Event = (typeof events extends fc.Arbitrary<infer T> ? T : never)[number]

const begunAndSlice = fc.record({ begin: fc.nat(60), entriesMax: fc.constantFrom(1, 30, 200) })

function play(driver: TopologyDriver, { act, step, behind, slices, ...fields }: Event): void {
  const now = Math.max(driver.state.clock, T0) + step
  if (act === 'clock') driver.clockReaches(now)
  if (act === 'drain') driver.drain()
  if (act !== 'quote') return
  symbolOf(driver.state, { symbol: fields.symbol, symbolNumber: NO_SYMBOL_NUMBER }, createOutputs(), SYMBOLS_MAX)
  const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  driver.quote({ ...(known as typeof fields), timestamp: now - behind, ingestTime: now } as never)
}

function slicing(entriesMax: number): ImageSlicing {
  return { ...SERVICE_SLICING, entriesMax }
}

const atOnce = (state: PartitionState) => Buffer.from(encodeStateSnapshot(identity, imageOf(state)))

/** Whether the sliced image is the one at once. `sabotage` is done to the state when the image is begun. */
function isExact(
  { begin, entriesMax, stream }: { begin: number; entriesMax: number; stream: readonly Event[] },
  sabotage: (state: PartitionState) => void = () => {},
): boolean {
  const driver = createTopologyDriver({ config, rules })
  const begun = Math.min(begin, stream.length)
  for (const event of stream.slice(0, begun)) play(driver, event)
  const expected = atOnce(driver.state)
  const slices = new SlicedImage(driver.state, slicing(entriesMax)).slices(identity)
  sabotage(driver.state)
  let step = slices.next()
  for (const event of stream.slice(begun)) {
    play(driver, event)
    for (let n = 0; n < event.slices && !step.done; n++) step = slices.next()
  }
  while (!step.done) step = slices.next()
  return expected.equals(step.value)
}

const cases = fc.tuple(events, begunAndSlice).map(([stream, begun]) => ({ stream, ...begun }))

describe('an image in slices', () => {
  test('is the one at once, whatever happens to the state meanwhile', () => {
    fc.assert(
      fc.property(cases, (one) => isExact(one)),
      { numRuns: 500 },
    )
  })

  test('would not be it, if nothing were copied before it changes', () => {
    const forget = (state: PartitionState) => {
      state.image = null
    }
    const { failed } = fc.check(
      fc.property(cases, (one) => isExact(one, forget)),
      { numRuns: 500, endOnFailure: true },
    )
    expect(failed).toBe(true)
  })

  test('would not be it, if a forgotten symbol were not copied', () => {
    const keepQuoted = (state: PartitionState) => {
      const { image } = state
      if (image === null) return
      const known = new Set(state.bySymbol.keys())
      const keep: typeof image.keep = (symbol) => {
        if (symbol.slot !== state.oldest || !known.has(symbol.symbol)) image.keep(symbol)
      }
      state.image = { keep, readyFor: () => null }
    }
    const { failed } = fc.check(
      fc.property(cases, (one) => isExact(one, keepQuoted)),
      { numRuns: 500, endOnFailure: true },
    )
    expect(failed).toBe(true)
  })

  test('of nothing is the one at once', () => {
    expect(isExact({ begin: 0, entriesMax: 1, stream: [] })).toBe(true)
  })

  test('leaves the state without it when all is copied', () => {
    const { state } = manySymbols(3)
    const slices = new SlicedImage(state, slicing(1)).slices(identity)
    expect(state.image).not.toBe(null)
    for (const _ of slices);
    expect(state.image).toBe(null)
  })
})

describe('a slice', () => {
  test.each([1, 100, 1_000])('of %i entries copies no more symbols than have so many, and one', (entriesMax) => {
    const { state } = manySymbols(500)
    const entriesOfSymbol = imageOf(manySymbols(1).state).numbers.length
    let copied = 0
    for (const symbol of state.symbols) {
      const { maxEventTime } = symbol
      const get = () => {
        copied++
        return maxEventTime
      }
      Object.defineProperty(symbol, 'maxEventTime', { get })
    }
    const slices = new SlicedImage(state, slicing(entriesMax)).slices(identity)
    const counts: number[] = []
    while (state.image !== null) {
      copied = 0
      slices.next()
      counts.push(copied)
    }
    const least = entriesOfSymbol - 6
    expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(entriesMax / least) + 1)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500)
  })

  test('of the service is a small part of 33,000 symbols', () => {
    const entries = imageOf(manySymbols(330).state).numbers.length * 100
    expect(STATE_SNAPSHOT_SLICE_ENTRIES).toBeLessThan(entries / 10)
  })

  test('lets a small batch go first, and a large one wait until all is copied', async () => {
    const { state } = manySymbols(3)
    const image = new SlicedImage(state, { ...slicing(1), changesMax: 10 })
    expect(image.readyFor(10)).toBe(null)
    let isReady = false
    const ready = image.readyFor(11)?.then(() => {
      isReady = true
    })
    const slices = image.slices(identity)
    slices.next()
    await Promise.resolve()
    expect(isReady).toBe(false)
    for (const _ of slices);
    await ready
    expect(isReady).toBe(true)
  })
})

function manySymbols(count: number): TopologyDriver {
  const driver = createTopologyDriver({ config, rules })
  for (let n = 0; n < count; n++) driver.quote({ symbol: `S${n}`, price: 1, timestamp: T0 })
  return driver
}
