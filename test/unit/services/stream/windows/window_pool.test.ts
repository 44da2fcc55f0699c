// Windows that share arrays, and that are used again: none has anything of another.

import { expect, test } from 'vitest'
import { NO_SYMBOL_NUMBER } from '#market/decoding/quote_view'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { createOutputs } from '#services/stream/outputs'
import { symbolOf } from '#services/stream/state/symbols'
import { createTopologyDriver } from '#services/stream/topology_driver'
import { addExactly, restOf } from '#services/stream/windows/exact_sum'
import { WindowPool } from '#services/stream/windows/window_pool'
import { WINDOW_NUMBERS, type WindowState } from '#services/stream/windows/window_state'

const T0 = Date.UTC(2026, 0, 6, 15)
const MINUTE = 60_000

/** More than one page. */
const WINDOWS = 600

const rowOf = ({ numbers, at }: WindowState) => [...numbers.subarray(at, at + WINDOW_NUMBERS)]

/** All numbers of the row are other ones than before, and everything else is there. */
function fill(window: WindowState): void {
  for (let i = 0; i < WINDOW_NUMBERS; i++) window.numbers[window.at + i] = -i - 7
  for (const place of [window.prices, window.values, window.sizes]) {
    window.numbers.fill(0, place, place + 2)
    for (const value of [2 ** 100, 1, 2 ** -200]) addExactly(window, place, value)
    expect(restOf(window, place)).not.toBeNull()
  }
  window.lastId = 3
  window.dayVolume = { steps: [1], hasUnsized: true, isThinned: true, isOverfull: true, counted: null }
}

test('a window that is used again has nothing left of its last use', () => {
  const pool = new WindowPool()
  const fresh = pool.take(1, 2)
  const used = pool.take(3, 4)
  fill(used)
  pool.giveBack(used)
  const again = pool.take(1, 2)
  expect(again).toBe(used)
  expect(rowOf(again)).toEqual(rowOf(fresh))
  expect({ ...again, at: 0 }).toEqual({ ...fresh, at: 0 })
  for (const place of [again.prices, again.values, again.sizes]) expect(restOf(again, place)).toBeNull()
})

test('no window has numbers of another', () => {
  const pool = new WindowPool()
  const windows = Array.from({ length: WINDOWS }, (_, n) => pool.take(n, n + 1))
  for (const [n, window] of windows.entries()) {
    if (n % 2 === 0) fill(window)
  }
  const untouched = rowOf(new WindowPool().take(0, 0)).slice(2)
  for (const [n, window] of windows.entries()) {
    if (n % 2 === 0) continue
    expect(rowOf(window)).toEqual([n, n + 1, ...untouched])
  }
})

test('windows that were dropped, also with their symbol, are used again', () => {
  const driver = createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [] })
  const met = new Set<WindowState>()
  for (let n = 0; n < WINDOWS; n++) {
    const symbol = `S${Math.floor(n / 50)}`
    symbolOf(driver.state, { symbol, symbolNumber: NO_SYMBOL_NUMBER }, createOutputs(), 1)
    driver.quote({ symbol, price: 1 + n, timestamp: T0 + n * MINUTE })
    for (const window of driver.state.symbols[0]?.windows ?? []) met.add(window)
  }
  expect(driver.counters.placed).toBe(WINDOWS)
  expect(met.size).toBeLessThan(12)
})
