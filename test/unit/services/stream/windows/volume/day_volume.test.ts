// Volumes and vwaps out of cumulative day volumes, over the trade dates of the exchange.

import { describe, expect, test } from 'vitest'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { DAY_VOLUME_QUOTES_MAX } from '#services/stream/limits'
import { createTopologyDriver } from '#services/stream/topology_driver'

const T0 = Date.UTC(2026, 0, 6, 15)
const MINUTE = 60_000

const standard = () => createTopologyDriver({ config: DEFAULT_STREAM_CONFIG, rules: [] })

describe('volume out of day volumes', () => {
  /** Last volumes of the bars, by window. */
  function volumes(quotes: readonly (readonly [time: number, dayVolume: number])[], zone?: string) {
    const driver = standard()
    const extra = zone === undefined ? null : { exchangeTimezoneName: zone }
    for (const [time, dayVolume] of quotes) {
      const ingestTime = Math.max(...quotes.map(([other]) => other))
      driver.quote({ symbol: 'A', price: 10, timestamp: time, dayVolume, ingestTime, extra })
    }
    driver.drain()
    const latest = new Map(driver.all.bars.map((bar) => [bar.windowStart, bar.volume]))
    return { volumes: [...latest].sort(([a], [b]) => a - b).map(([, volume]) => volume), driver }
  }

  test('at first sight it is unknown, then what was added', () => {
    const quotes = [
      [T0, 1_000],
      [T0 + MINUTE, 1_100],
      [T0 + MINUTE + 1, 1_250],
      [T0 + 3 * MINUTE, 1_300],
    ] as const
    expect(volumes(quotes).volumes).toEqual([null, 250, 50])
  })

  test('a decrease holds the maximum, and is counted', () => {
    const quotes = [
      [T0, 1_000],
      [T0 + MINUTE, 900],
      [T0 + 2 * MINUTE, 950],
      [T0 + 3 * MINUTE, 1_010],
    ] as const
    const { volumes: found, driver } = volumes(quotes)
    expect(found).toEqual([null, 0, 0, 10])
    expect(driver.counters.volumeDecreases).toBe(2)
  })

  test('a quote out of order changes the later bars that were closed', () => {
    const quotes = [
      [T0, 1_000],
      [T0 + MINUTE, 1_100],
      [T0 + 2 * MINUTE, 1_300],
      [T0 + 3 * MINUTE, 1_350],
      [T0 + 4 * MINUTE, 1_400],
      [T0 + MINUTE + 5, 1_150],
    ] as const
    const { volumes: found, driver } = volumes(quotes)
    expect(found).toEqual([null, 150, 150, 50, 50])
    const revised = driver.all.bars.filter((bar) => bar.revision === 1)
    expect(revised.map((bar) => [bar.windowStart - T0, bar.volume])).toEqual([
      [MINUTE, 150],
      [2 * MINUTE, 150],
    ])
    expect(driver.counters.volumeDecreases).toBe(0)
  })

  test('a quote out of order has nothing counted again that it does not change', () => {
    const driver = standard()
    const give = (timestamp: number, dayVolume: number) =>
      driver.quote({ symbol: 'A', price: 10, timestamp, dayVolume, ingestTime: T0 + 5 * MINUTE })
    for (let minute = 0; minute < 5; minute++) for (const s of [0, 9]) give(T0 + minute * MINUTE + s, 100 * minute + s)
    const counted = () => driver.state.symbols[0]?.windows.map(({ dayVolume }) => dayVolume?.counted)
    const before = counted()
    give(T0 + MINUTE + 5, 105)
    expect(counted()?.map((count, at) => count === before?.[at])).toEqual([true, false, true, true, true])
    give(T0 + MINUTE + 10, 110)
    expect(counted()?.map((count, at) => count === before?.[at])).toEqual([true, false, false, true, true])
  })

  test('windows that were dropped still count as before', () => {
    const quotes = [
      [T0, 1_000],
      [T0 + 60 * MINUTE, 5_000],
      [T0 + 120 * MINUTE, 5_001],
    ] as const
    expect(volumes(quotes).volumes).toEqual([null, 4_000, 1])
  })

  test('where only the zone is known a local midnight starts again at 0, on the days when clocks change too', () => {
    for (const [midnight, before] of [
      [Date.UTC(2026, 0, 6, 5), 'winter'],
      [Date.UTC(2026, 2, 8, 5), 'the day clocks go forward, begun in winter time'],
      [Date.UTC(2026, 2, 9, 4), 'the day after'],
      [Date.UTC(2026, 10, 1, 4), 'the day clocks go back, begun in summer time'],
      [Date.UTC(2026, 10, 2, 5), 'the day after that'],
    ] as const) {
      const quotes = [
        [midnight - 2 * MINUTE, 1_000],
        [midnight - 1, 1_010],
        [midnight, 7],
        [midnight + MINUTE, 9],
      ] as const
      expect([before, ...volumes(quotes, 'America/Detroit').volumes]).toEqual([before, null, 10, 7, 2])
    }
  })

  test('the eve of a trading day in New York starts again at 0, on the days when clocks change too', () => {
    for (const [evening, before] of [
      [Date.UTC(2026, 0, 6, 1), 'winter'],
      [Date.UTC(2026, 2, 9, 0), 'the Sunday when clocks went forward'],
      [Date.UTC(2026, 6, 7, 0), 'summer'],
      [Date.UTC(2026, 10, 2, 1), 'the Sunday when clocks went back'],
    ] as const) {
      const quotes = [
        [evening - 2 * MINUTE, 1_000],
        [evening - 1, 1_010],
        [evening, 7],
        [evening + MINUTE, 9],
      ] as const
      expect([before, ...volumes(quotes).volumes]).toEqual([before, null, 10, 7, 2])
    }
  })

  test('a half day ends early and changes nothing', () => {
    const halfDayClose = Date.UTC(2026, 10, 27, 18)
    const nextOpen = Date.UTC(2026, 10, 30, 14, 30)
    const quotes = [
      [halfDayClose - MINUTE, 1_000],
      [halfDayClose, 1_050],
      [nextOpen, 30],
    ] as const
    expect(volumes(quotes).volumes).toEqual([null, 50, 30])
  })

  test('a quote that names its exchange’s zone is counted by that zone’s dates', () => {
    const midnight = Date.UTC(2026, 0, 6, 18, 30)
    const driver = standard()
    const extra = { exchangeTimezoneName: 'Asia/Colombo' }
    for (const [time, dayVolume] of [
      [midnight - 2 * MINUTE, 500],
      [midnight - MINUTE, 510],
      [midnight, 4],
    ] as const) {
      driver.quote({ symbol: 'JKH', price: 10, timestamp: time, dayVolume, extra })
    }
    driver.drain()
    expect(driver.all.bars.map((bar) => bar.volume)).toEqual([null, 10, 4])
  })

  test('vwap weighs each price by what was added at it', () => {
    const driver = standard()
    for (const [time, price, dayVolume] of [
      [0, 90, 1_000],
      [MINUTE, 100, 1_010],
      [MINUTE + 1, 110, 1_030],
    ] as const) {
      driver.quote({ symbol: 'A', price, timestamp: T0 + time, dayVolume })
    }
    driver.drain()
    expect(driver.all.bars).toMatchObject([{ vwap: null }, { vwap: 320 / 3, volume: 30 }])
  })

  test('is measured from the last total before the window, whenever that was', () => {
    const driver = standard()
    const give = (after: number, dayVolume: number) =>
      driver.quote({ symbol: 'A', price: 10, timestamp: T0 + after, dayVolume, ingestTime: T0 + 99 * MINUTE })
    const drained = () => driver.drain().bars.map((bar) => [bar.windowStart - T0, bar.revision, bar.volumeSince])
    give(5, 1_000)
    give(MINUTE + 7, 1_000)
    // An outage of an hour; then a corrected total, which counts nothing, and one of the next bar.
    for (const total of [9_000, 8_990, 9_100]) give(60 * MINUTE + total, total)
    give(61 * MINUTE, 9_100)
    expect([
      ...driver.all.bars.map((bar) => [bar.windowStart - T0, bar.revision, bar.volumeSince]),
      ...drained(),
    ]).toEqual([
      [0, 0, null],
      [MINUTE, 0, T0 + 5],
      [60 * MINUTE, 0, T0 + MINUTE + 7],
      [61 * MINUTE, 0, T0 + 60 * MINUTE + 9_100],
    ])
    // A total that comes late and changes no volume.
    give(60 * MINUTE + 59_000, 9_100)
    expect(drained()).toEqual([
      [60 * MINUTE, 1, T0 + MINUTE + 7],
      [61 * MINUTE, 1, T0 + 60 * MINUTE + 59_000],
    ])
  })

  test('quotes with a size count by their sizes alone', () => {
    const driver = standard()
    driver.quote({ symbol: 'A', price: 10, timestamp: T0, dayVolume: 100 })
    driver.quote({ symbol: 'A', price: 10, timestamp: T0 + MINUTE, dayVolume: 300, size: 5 })
    driver.quote({ symbol: 'A', price: 10, timestamp: T0 + MINUTE + 1 })
    driver.quote({ symbol: 'A', price: 10, timestamp: T0 + 2 * MINUTE, dayVolume: 410 })
    driver.drain()
    expect(driver.all.bars.map((bar) => [bar.volume, bar.volumeSince])).toEqual([
      [null, null],
      [5, null],
      [110, T0 + MINUTE],
    ])
  })

  test('with more quotes than are kept a bar has its volume still, but no vwap', () => {
    const driver = standard()
    driver.quote({ symbol: 'A', price: 10, timestamp: T0, dayVolume: 1 })
    for (let n = 1; n <= DAY_VOLUME_QUOTES_MAX + 1; n++) {
      driver.quote({ symbol: 'A', price: 10, timestamp: T0 + MINUTE + n, dayVolume: 1 + n })
    }
    driver.drain()
    expect(driver.all.bars[1]).toMatchObject({ volume: DAY_VOLUME_QUOTES_MAX + 1, vwap: null })
  })
})
