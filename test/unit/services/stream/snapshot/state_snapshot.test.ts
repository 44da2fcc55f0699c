// A state that went through bytes is the state that it was, in every field; and a snapshot of something else, or one
// that was harmed, is refused with the reason.

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { DEFAULT_DECODER_SETTINGS } from '#market/decoding/decoder'
import { createDecoder } from '#market/decoding/scanning_decoder'
import { type PriceHistory, priceAt, timeAt } from '#services/stream/alerts/price_history'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG, type TopologySettings } from '#services/stream/config'
import { IMAGE_VERSION, imageOf } from '#services/stream/snapshot/state_image'
import {
  decodeStateSnapshot,
  encodeStateSnapshot,
  type StateSnapshotIdentity,
} from '#services/stream/snapshot/state_snapshot'
import type { PartitionState } from '#services/stream/state/partition_state'
import { createTopologyDriver } from '#services/stream/topology_driver'
import { forgetIds } from '#services/stream/windows/duplicates'
import { restOf } from '#services/stream/windows/exact_sum'
import { WINDOW_NUMBERS, type WindowState } from '#services/stream/windows/window_state'
import { idTexts } from '#support/id_texts'

const T0 = Date.UTC(2026, 0, 6, 15)
const MINUTE = 60_000
const lenient = createDecoder({ ...DEFAULT_DECODER_SETTINGS, futureToleranceMs: 60_001 })
const holiday = { exchanges: [], suffixes: [], holidays: new Set([20_000]), halfDays: new Map(), sessions: new Map() }
const overrides = [{ name: 'XNYS', own: null, ...holiday }]
const settings: TopologySettings = { ...DEFAULT_STREAM_CONFIG, rules: DEFAULT_ALERT_RULES }
const identity: StateSnapshotIdentity = { topic: 'prices', topicId: 'abc', partition: 3, offset: 1_000, settings }

/**
 * Every part of a state that there is: sizes, day volumes, ids, alerts, revisions, idle symbols, origins, long sums.
 */
function richState(): PartitionState {
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: DEFAULT_ALERT_RULES, partition: 3 })
  for (let n = 0; n < 600; n++) {
    const timestamp = T0 + n * 1_000 - (n % 7 === 0 ? 90_000 : 0)
    const symbol = ['AAPL', 'MSFT', 'TSLA', 'BRK.B'][n % 4] as string
    // Some are so small or large that no two doubles hold their sum.
    const price = n % 49 === 0 ? 2 ** -200 : n % 50 === 0 ? 2 ** 100 : 100 + (n % 31)
    driver.quote({
      symbol,
      price,
      timestamp,
      ...(symbol === 'AAPL' ? { size: n * 0.1, id: `trade-${n}` } : {}),
      ...(symbol === 'MSFT' ? { dayVolume: n * 10, previousClose: 90 } : {}),
    })
  }
  driver.quote({ symbol: 'IDLE', price: 1, timestamp: T0 + 700_000 })
  driver.clockReaches(T0 + 800_000)
  driver.quote({ symbol: 'TSLA', price: 1, timestamp: T0 + 580_000, ingestTime: T0 + 800_000 })
  driver.quote({ symbol: 'TSLA', price: 1, timestamp: T0 + 530_000, ingestTime: T0 + 800_000 })
  driver.state.origins.set(2, 77)
  return driver.state
}

/** A window with its numbers, wherever their row and its ids lie; its market and volume are told again. */
function plainWindow(window: WindowState) {
  const { numbers, at, rests, lastId, calendar, dayVolume: told, ...rest } = window
  const dayVolume = told === null ? null : { ...told, counted: null }
  const sums = [window.prices, window.values, window.sizes].map((place) => restOf(window, place))
  return { ...rest, dayVolume, numbers: [...numbers.subarray(at, at + WINDOW_NUMBERS)], sums }
}

/**
 * All of it, with the ring of prices as the prices it holds, ids as texts by window, and neither the decoder's numbers
 * nor markets.
 */
function plain({ symbols, bySymbol, byNumber, windowPool, ids, ...state }: PartitionState) {
  const prices = (history: PriceHistory | null) => {
    if (history === null) return null
    const entries = Array.from({ length: history.count }, (_, place) => [
      timeAt(history, place),
      priceAt(history, place),
    ])
    return { resolutionMs: history.resolutionMs, entries }
  }
  return {
    ...state,
    ids: ids.size,
    symbols: symbols.map(({ number, exchange, zone, zoneDecides, calendar, ...symbol }) => ({
      ...symbol,
      ids: symbol.windows.map(({ lastId }) => idTexts(ids, lastId)),
      windows: symbol.windows.map(plainWindow),
      prices: prices(symbol.prices),
    })),
    names: [...bySymbol].map(([name, symbol]) => [name, symbol.slot]),
  }
}

const decoded = (bytes: Uint8Array, of: Partial<StateSnapshotIdentity> = {}) =>
  decodeStateSnapshot({ ...identity, ...of }, bytes)

describe('a state snapshot', () => {
  test('gives back every field', () => {
    const state = richState()
    expect(state.symbols.some((symbol) => symbol.fired !== null)).toBe(true)
    expect(
      state.symbols.some((symbol) => symbol.windows.some((window) => restOf(window, window.prices) !== null)),
    ).toBe(true)
    const due = state.symbols.flatMap(({ windows }) => windows.map(({ dueAt, end }) => dueAt - end))
    for (const isThere of [(after: number) => after === 0, (after: number) => after > 0 && after < MINUTE]) {
      expect(due.some(isThere)).toBe(true)
    }
    const result = decoded(encodeStateSnapshot(identity, imageOf(state)))
    if (result.kind !== 'state') throw new Error(result.reason)
    expect(plain(state).symbols.flatMap(({ ids }) => ids.flat())).toContain('trade-596')
    expect(plain(result.state)).toEqual(plain(state))
  })

  test('is the same as that of every stream since version 6 of the image', () => {
    const { numbers, texts } = imageOf(richState())
    const hash = createHash('sha256').update(numbers).update(JSON.stringify(texts))
    expect([IMAGE_VERSION, hash.digest('hex').slice(0, 16)]).toEqual([6, '4a4c7ea4b14a28fc'])
  })

  test('is not changed by what happens to the state afterwards', () => {
    const state = richState()
    const { settings: told, ...remembered } = plain(state)
    const before = { ...structuredClone(remembered), settings: told }
    const image = imageOf(state)
    for (const symbol of state.symbols) {
      for (const window of symbol.windows) {
        forgetIds(symbol, window)
        window.begin(0, 0)
      }
    }
    const result = decoded(encodeStateSnapshot(identity, image))
    expect(result.kind === 'state' && plain(result.state)).toEqual(before)
  })

  test.each([
    [{ topic: 'bars' }, 'another topic'],
    [{ topicId: 'abd' }, 'deleted since'],
    [{ partition: 4 }, 'another partition'],
    [{ offset: 1_001 }, 'another offset'],
    [{ settings: { ...settings, barIntervalMs: 30_000 } }, 'other settings or alert rules'],
    [{ settings: { ...settings, revisionDelayMs: 0 } }, 'other settings or alert rules'],
    [{ settings: { ...settings, rules: [] } }, 'other settings or alert rules'],
    [{ settings: { ...settings, decoder: lenient } }, 'other settings or alert rules'],
    [{ settings: { ...settings, calendars: openCalendars({ defaultName: 'XLON' }) } }, 'other settings or alert rules'],
    [{ settings: { ...settings, calendars: openCalendars({ overrides }) } }, 'other settings or alert rules'],
  ])('is refused when it is not that of %j', (of, reason) => {
    const bytes = encodeStateSnapshot(identity, imageOf(richState()))
    expect(decoded(bytes, of)).toEqual({ kind: 'unusable', reason: expect.stringContaining(reason) })
  })

  test('of another version is refused', () => {
    const [line = '', ...rest] = Buffer.from(encodeStateSnapshot(identity, imageOf(richState())))
      .toString('latin1')
      .split('\n')
    const older = line.replace(`"version":${IMAGE_VERSION}`, `"version":${IMAGE_VERSION - 1}`)
    const bytes = Buffer.from([older, ...rest].join('\n'), 'latin1')
    expect(decoded(bytes)).toEqual({ kind: 'unusable', reason: 'it was made by another version of the stream' })
  })

  test('does not depend on the order in which settings are written', () => {
    const { rules, ...config } = settings
    const reversed = Object.fromEntries(Object.entries(config).reverse()) as unknown as typeof config
    const bytes = encodeStateSnapshot(identity, imageOf(richState()))
    expect(decoded(bytes, { settings: { rules, ...reversed } }).kind).toBe('state')
  })

  test('that was cut anywhere is refused', () => {
    const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, partition: 3 })
    driver.quote({ symbol: 'A', price: 1, timestamp: T0 + MINUTE, id: 'x' })
    const bytes = encodeStateSnapshot(identity, imageOf(driver.state))
    expect(decoded(bytes).kind).toBe('state')
    for (let length = 0; length < bytes.length; length++) {
      expect(decoded(bytes.subarray(0, length)).kind).toBe('unusable')
    }
  })
})
