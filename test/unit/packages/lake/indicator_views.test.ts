// The views of longer bars and of indicators, in the sandbox, against values that are computed here from their textbook
// definitions, bar by bar.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rowsOf } from '#support/lake/rows_of'
import { appendRows, createLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder } from '#support/temporary_folder'

const DAY = '2026-11-20'
const CLOSES = Array.from({ length: 400 }, (_, i) => 100 + 5 * Math.sin(i / 7) + (i % 11) / 4 - (i % 17) / 8)

let folder = ''
beforeAll(async () => {
  folder = newFolder()
  await createLake(folder)
  await appendBars('LONG', CLOSES)
  await appendBars('SHORT', CLOSES.slice(0, 19))
  await appendBars('FLAT', new Array(60).fill(7))
  await appendBars('ZERO', [0, 5, 0])
})
afterAll(() => removeFolder(folder))

/** Minute bars from 23:50 UTC on: of every fourth the volume is not known, every fifth has none, a revision goes. */
async function appendBars(symbol: string, closes: readonly number[]): Promise<void> {
  const rows = `SELECT '${symbol}' AS symbol, TIMESTAMPTZ '${DAY} 23:50:00Z' + INTERVAL (n) minute AS window_start,
    window_start + INTERVAL 1 minute AS window_end, close - 1 AS open, close + 2 AS high, close - 2 AS low, close,
    close AS average, CASE WHEN n % 4 = 1 THEN NULL WHEN n % 5 = 0 THEN 0 ELSE n END AS volume,
    CASE WHEN volume > 0 THEN close + 0.5 END AS vwap, 3 AS "count", revision, 'watermark' AS closed_by,
    n > 0 AS complete, 0 AS first_offset, 9 AS last_offset, 'stock-bars-1m' AS source_topic, 0 AS source_partition,
    n * 2 + revision AS source_offset, window_end AS ingest_time, window_end AS processing_time,
    window_start::DATE AS date
    FROM (SELECT unnest(range(${closes.length})) AS n, unnest([${closes.join(',')}]::DOUBLE[]) AS close, 1 AS revision
      UNION ALL SELECT n, -1000, 0 FROM range(3) first_ones(n))`
  await appendRows(folder, 'bars_1m', rows)
}

const rows = (sql: string) => rowsOf(folder, sql)
const of = (view: string, symbol: string) => rows(`FROM ${view} WHERE symbol = '${symbol}' ORDER BY window_start`)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** A mean that begins with the first `count` values and then moves by `weight` of the distance to each. */
function smoothed(values: readonly number[], count: number, weight: number): (number | null)[] {
  let now = mean(values.slice(0, count))
  return values.map((value, i) => {
    if (i >= count) now += (value - now) * weight
    return i < count - 1 ? null : now
  })
}

function expectClose(found: readonly unknown[], expected: readonly (number | null | undefined)[], within = 1e-9): void {
  expect(found).toHaveLength(expected.length)
  found.forEach((value, i) => {
    const wanted = expected[i] ?? null
    if (wanted === null) expect(value, `at ${i}`).toBeNull()
    else expect(Math.abs(Number(value) - wanted), `at ${i}: ${value}, not ${wanted}`).toBeLessThan(within)
  })
}

describe('longer bars', () => {
  test('of a quarter of an hour hold what their minutes hold', async () => {
    const [first, second] = await of('bars_15m', 'LONG')
    const part = CLOSES.slice(10, 25)
    expect(first).toMatchObject({ window_start: `${DAY}T23:45:00Z`, bars: 10, count: 30, complete: false })
    expect(second).toMatchObject({ window_start: '2026-11-21T00:00:00Z', window_end: '2026-11-21T00:15:00Z', bars: 15 })
    expect(second).toMatchObject({ open: (part[0] ?? 0) - 1, close: part[14], complete: true })
    expect(second).toMatchObject({ high: Math.max(...part) + 2, low: Math.min(...part) - 2 })
  })

  test('of a day are by the UTC date where no trading day is known; volume not known is left out', async () => {
    const days = await of('bars_1d', 'LONG')
    expect(days.map((day) => [day.trade_date, day.window_start, day.window_end, day.bars])).toEqual([
      [DAY, `${DAY}T23:50:00Z`, '2026-11-21T00:00:00Z', 10],
      ['2026-11-21', '2026-11-21T00:00:00Z', '2026-11-21T06:30:00Z', 390],
    ])
    const traded = [2, 3, 4, 6, 7, 8]
    const volume = traded.reduce((sum, n) => sum + n, 0)
    const vwap = traded.reduce((sum, n) => sum + n * ((CLOSES[n] ?? 0) + 0.5), 0) / volume
    expect(days[0]?.volume).toBe(volume)
    expectClose([days[0]?.vwap, days[0]?.average], [vwap, mean(CLOSES.slice(0, 10))])
  })
})

describe('moving averages', () => {
  test('are those of the last bars, and the vwap begins anew each day', async () => {
    const found = await of('moving_averages', 'LONG')
    const sma = (count: number) =>
      CLOSES.map((_, i) => (i < count - 1 ? null : mean(CLOSES.slice(i - count + 1, i + 1))))
    expectClose(
      found.map((row) => row.sma20),
      sma(20),
    )
    expectClose(
      found.map((row) => row.sma50),
      sma(50),
    )
    expectClose(
      found.map((row) => row.ema20),
      smoothed(CLOSES, 20, 2 / 21),
    )
    let [value, volume] = [0, 0]
    const vwap = CLOSES.map((close, n) => {
      if (n === 10) [value, volume] = [0, 0]
      const traded = n % 4 === 1 || n % 5 === 0 ? 0 : n
      value += traded * (close + 0.5)
      volume += traded
      return volume === 0 ? null : value / volume
    })
    expectClose(
      found.map((row) => row.vwap_today),
      vwap,
    )
  })

  test('are NULL while there are too few bars', async () => {
    const found = await of('moving_averages', 'SHORT')
    expect(found).toHaveLength(19)
    for (const row of found) expect(row).toMatchObject({ sma20: null, sma50: null, ema20: null })
  })
})

describe('returns', () => {
  test('go from one bar to the next', async () => {
    const found = await of('returns', 'LONG')
    const ratio = CLOSES.map((close, i) => (i === 0 ? null : close / (CLOSES[i - 1] ?? 0)))
    expectClose(
      found.map((row) => row.simple_return),
      ratio.map((each) => (each === null ? null : each - 1)),
    )
    expectClose(
      found.map((row) => row.log_return),
      ratio.map((each) => (each === null ? null : Math.log(each))),
    )
    expect(found[1]?.since_previous).toBe('00:01:00')
  })

  test('are NULL where the price before was 0', async () => {
    const found = await of('returns', 'ZERO')
    expect(found.map((row) => [row.simple_return, row.log_return])).toEqual([
      [null, null],
      [null, null],
      [-1, null],
    ])
  })
})

describe('the relative strength index', () => {
  test("is Wilder's", async () => {
    const moves = CLOSES.slice(1).map((close, i) => close - (CLOSES[i] ?? 0))
    const gains = smoothed(
      moves.map((move) => Math.max(move, 0)),
      14,
      1 / 14,
    )
    const losses = smoothed(
      moves.map((move) => Math.max(-move, 0)),
      14,
      1 / 14,
    )
    const rsi = gains.map((gain, i) => (gain === null ? null : 100 - 100 / (1 + gain / (losses[i] ?? 0))))
    const found = await of('rsi', 'LONG')
    expectClose(
      found.map((row) => row.rsi14),
      [null, ...rsi],
      1e-5,
    )
  })

  test('is NULL while there are too few bars, and where nothing moves', async () => {
    expect((await of('rsi', 'SHORT')).map((row) => row.rsi14 !== null)).toEqual(
      CLOSES.slice(0, 19).map((_, i) => i > 13),
    )
    expect((await of('rsi', 'FLAT')).every((row) => row.rsi14 === null)).toBe(true)
  })
})

describe('Bollinger bands', () => {
  test('are two standard deviations away from the mean of 20', async () => {
    const found = await of('bollinger_bands', 'LONG')
    const bands = CLOSES.map((close, i) => {
      if (i < 19) return { middle: null, upper: null, lower: null, share: null }
      const last = CLOSES.slice(i - 19, i + 1)
      const middle = mean(last)
      const distance = 2 * Math.sqrt(mean(last.map((each) => (each - middle) ** 2)))
      const [upper, lower] = [middle + distance, middle - distance]
      return { middle, upper, lower, share: (close - lower) / (upper - lower) }
    })
    expectClose(
      found.map((row) => row.middle),
      bands.map((band) => band.middle),
    )
    expectClose(
      found.map((row) => row.upper),
      bands.map((band) => band.upper),
    )
    expectClose(
      found.map((row) => row.lower),
      bands.map((band) => band.lower),
    )
    expectClose(
      found.map((row) => row.percent_b),
      bands.map((band) => band.share),
    )
  })

  test('lie on the price where nothing moves, and say nothing of a place between them', async () => {
    const last = (await of('bollinger_bands', 'FLAT')).at(-1)
    expect(last).toMatchObject({ close: 7, middle: 7, upper: 7, lower: 7, percent_b: null })
  })
})
