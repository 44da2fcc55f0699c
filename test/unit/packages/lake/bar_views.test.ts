// The views of bars, fitted to the tables that a lake has.

import { describe, expect, test } from 'vitest'
import { lakeViews } from '#lake/lake_tables'
import { tablesOf } from '#lake/tables'

const MINUTE = 60_000

/** Of whatever length bars are. */
const ALWAYS = ['bars_1d', 'bars_regular', 'bars_1d_regular', 'bars_all', 'bars_adjusted']

async function viewsOf(barIntervalMs: number, intervals: readonly number[] = [barIntervalMs]) {
  return lakeViews({ tables: tablesOf(intervals), barIntervalMs })
}

const barViews = async (barIntervalMs: number, intervals?: readonly number[]) =>
  (await viewsOf(barIntervalMs, intervals)).map(({ name }) => name).filter((name) => name.startsWith('bars'))

describe('the views of bars', () => {
  test.each([
    [MINUTE, ['bars', 'bars_5m', 'bars_15m', 'bars_1h', ...ALWAYS]],
    [10_000, ['bars', 'bars_5m', 'bars_15m', 'bars_1h', ...ALWAYS]],
    [1, ['bars', 'bars_5m', 'bars_15m', 'bars_1h', ...ALWAYS]],
    [5 * MINUTE, ['bars', 'bars_15m', 'bars_1h', ...ALWAYS]],
    [15 * MINUTE, ['bars', 'bars_1h', ...ALWAYS]],
    // Five minutes are no whole number of these.
    [3 * MINUTE, ['bars', 'bars_15m', 'bars_1h', ...ALWAYS]],
    [90_000, ['bars', 'bars_15m', 'bars_1h', ...ALWAYS]],
  ])('over bars of %i ms are those that can be made of them', async (barIntervalMs, names) => {
    expect(await barViews(barIntervalMs)).toEqual(names)
  })

  test('give way to a table of the same name', async () => {
    expect(await barViews(MINUTE, [MINUTE, 5 * MINUTE])).toEqual(['bars', 'bars_15m', 'bars_1h', ...ALWAYS])
    expect(await barViews(5 * MINUTE, [MINUTE, 5 * MINUTE])).toEqual(['bars', 'bars_15m', 'bars_1h', ...ALWAYS])
  })

  test('read the table of that interval and say so', async () => {
    for (const { name, comment, query } of await viewsOf(5 * MINUTE, [MINUTE, 5 * MINUTE])) {
      expect(`${comment} ${query}`).not.toContain('bars_1m')
      if (name === 'bars' || name === 'freshness') expect(query).toContain('FROM bars_5m')
      if (name === 'bars') expect(comment).toContain('bars_5m')
      if (name === 'bars_all') expect(query).toContain("grain = '5m'")
    }
  })

  test('are as the file has them over bars of a minute', async () => {
    const bars = (await viewsOf(MINUTE))[0]
    expect(bars).toMatchObject({ name: 'bars', query: expect.stringContaining('FROM bars_1m\n') })
  })
})
