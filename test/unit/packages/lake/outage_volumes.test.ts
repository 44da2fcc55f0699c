// Volumes of bars_all around an outage: the first live bar after it, by the day's totals, has all that was traded since
// the last total before. Once history has filled the minutes, the outage may count once alone.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tablesOf } from '#lake/tables'
import { appendHistory, appendLive, type HistoryRow, type LiveRow } from '#support/lake/bar_rows'
import { rowsOf } from '#support/lake/rows_of'
import { createLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder } from '#support/temporary_folder'

const MINUTE = 60_000

const at = (time: string) => `2026-11-27T${time}`

/** The first minute after the outage: its totals are measured against one of an hour before. */
const BACK: LiveRow = { at: at('16:00:00'), close: 9, volume: 6_100, volumeSince: at('14:59:50') }

const PRICES = { open: 8, high: 11, low: 7, close: 9, average: 9, count: 7, complete: true, origin: 'live' }
const AS_IT_WAS = { ...PRICES, volume: 6_100, vwap: 9 }

/** A bar of history so many minutes from when the outage began. */
function fetched(minute: number, fields: Partial<HistoryRow> = {}): HistoryRow {
  const start = new Date(Date.parse(`${at('15:00:00')}Z`) + minute * MINUTE).toISOString()
  return { at: start.slice(0, 19), close: 200 + minute, volume: 100, ...fields }
}

interface Seen {
  readonly live: readonly LiveRow[]
  readonly history?: readonly HistoryRow[]
}

const lakes: string[] = []
afterAll(() => lakes.forEach(removeFolder))

async function lakeOf({ live, history = [] }: Seen, minutes = 1, specs = tablesOf([minutes * MINUTE])) {
  const folder = newFolder()
  lakes.push(folder)
  await createLake(folder, specs)
  await appendLive(folder, live, minutes)
  await appendHistory(folder, history)
  return folder
}

test('an outage that history has filled counts once, but for the rest of the first live minute', async () => {
  const before = { at: at('14:59:00'), close: 5, volume: 10, volumeSince: at('14:58:50') }
  // In the minute before 9 were traded after its last total, in the first live one 25 after 16:00:45, of 100.
  const back = { ...BACK, volume: 9 + 61 * 100 - 25 }
  const next = { at: at('16:01:00'), close: 9, volume: 25 + 75, volumeSince: at('16:00:45') }
  const history = Array.from({ length: 61 }, (_, minute) => fetched(minute))
  const folder = await lakeOf({ live: [before, back, next], history })
  const traded = 10 + 9 + 61 * 100 + 75
  expect(await rowsOf(folder, 'SELECT sum(volume) AS volume FROM bars')).toEqual([{ volume: traded }])
  expect(await rowsOf(folder, 'SELECT sum(volume) AS volume FROM bars_all')).toEqual([{ volume: traded - 9 + 25 }])
})

test('of an outage that history has filled the first live bar has its own minute alone', async () => {
  const before = { at: at('14:59:00'), close: 5, volume: 10, volumeSince: at('14:58:50') }
  const history = Array.from({ length: 61 }, (_, minute) => fetched(minute))
  const folder = await lakeOf({ live: [before, BACK], history })
  const [sum] = await rowsOf(folder, 'SELECT sum(volume) AS volume, count(*) AS bars FROM bars_all')
  expect(sum).toEqual({ volume: 10 + 61 * 100, bars: 62 })
  expect(await rowsOf(folder, 'SELECT sum(volume) AS volume FROM bars')).toEqual([{ volume: 6_110 }])
  const [adjusted] = await rowsOf(folder, `SELECT volume, vwap FROM bars_adjusted WHERE window_start = '${BACK.at}Z'`)
  expect(adjusted).toEqual({ volume: 100, vwap: null })
})

const PART = { ...BACK, complete: false }
const NEAR: LiveRow = { ...BACK, volume: 70, volumeSince: at('15:59:40') }
const OF_HISTORY = { ...{ open: 259, close: 260, average: null, vwap: null, count: null }, origin: 'history' }

/** What there is of the minute after the outage, and what bars_all has of it. */
const CASES: readonly [string, Seen, object][] = [
  ['that of history, without a vwap', { live: [BACK], history: [fetched(60)] }, { ...PRICES, volume: 100, vwap: null }],
  [
    'that of history, also before it is final, and when it is 0',
    { live: [BACK], history: [fetched(60, { isFinal: false, volume: 0 })] },
    { ...PRICES, volume: 0, vwap: null },
  ],
  [
    'that of history as it was fetched last',
    { live: [BACK], history: [fetched(60), fetched(60, { volume: 120, fetchedAt: '2026-11-28T11:00:00' })] },
    { ...PRICES, volume: 120, vwap: null },
  ],
  [
    'its own, where the revision that counts is measured from near before',
    { live: [BACK, { ...NEAR, revision: 1 }], history: [fetched(60)] },
    { ...PRICES, volume: 70, vwap: 9 },
  ],
  ['its own, where there is no history', { live: [BACK] }, AS_IT_WAS],
  [
    'its own, where history has other minutes and longer bars alone',
    { live: [BACK], history: [fetched(59), fetched(60, { grain: '5m' })] },
    AS_IT_WAS,
  ],
  ['its own, where history does not know it', { live: [BACK], history: [fetched(60, { volume: null })] }, AS_IT_WAS],
  [
    'its own, where the last total lies no more than a bar before it',
    { live: [{ ...BACK, volumeSince: at('15:59:00') }], history: [fetched(60)] },
    AS_IT_WAS,
  ],
  [
    'its own, where that is of sizes, or the row is older than the column',
    { live: [{ ...BACK, volumeSince: null }], history: [fetched(60)] },
    AS_IT_WAS,
  ],
  ['that of the bar of history, where the live one is not whole', { live: [PART], history: [fetched(60)] }, OF_HISTORY],
  [
    'none, where the live one is not whole and history does not know it',
    { live: [PART], history: [fetched(60, { volume: null })] },
    { ...OF_HISTORY, volume: null },
  ],
  ['its own, where nothing else is known', { live: [PART] }, { ...AS_IT_WAS, complete: false }],
]

describe('the volume of the first live bar after an outage is', () => {
  let bars: readonly Record<string, unknown>[] = []
  beforeAll(async () => {
    const named = (of: 'live' | 'history') =>
      CASES.flatMap(([symbol, seen]) => (seen[of] ?? []).map((bar) => ({ ...bar, symbol })))
    const folder = await lakeOf({ live: named('live'), history: named('history') })
    bars = await rowsOf(folder, `FROM bars_all WHERE window_start = '${BACK.at}Z'`)
  })

  test.each(CASES)('%s', (name, _, expected) => {
    expect(bars.filter(({ symbol }) => symbol === name)).toMatchObject([expected])
  })

  test('shown without the column that decides', () => {
    expect(Object.keys(bars[0] ?? {}).filter((name) => /since|minute_volume|place|nth/.test(name))).toEqual([])
  })
})

test('of bars of five minutes, five minutes before are near, and history of the same length counts', async () => {
  const live = (symbol: string, since: string) => ({ ...BACK, symbol, volumeSince: at(since) })
  const history = ['far', 'near'].flatMap((symbol) => [
    fetched(60, { symbol, grain: '5m', volume: 500 }),
    fetched(60, { symbol }),
  ])
  const folder = await lakeOf({ live: [live('far', '15:54:59'), live('near', '15:55:00')], history }, 5)
  expect(await rowsOf(folder, 'SELECT symbol, volume, vwap FROM bars_all ORDER BY symbol')).toEqual([
    { symbol: 'far', volume: 500, vwap: null },
    { symbol: 'near', volume: 6_100, vwap: 9 },
  ])
})

test('a lake whose bars lack the column has them as they are', async () => {
  const old = tablesOf([MINUTE]).map((spec) => ({
    ...spec,
    columns: spec.columns.filter(({ name }) => name !== 'volume_since'),
  }))
  const { volumeSince: _, ...bar } = BACK
  const folder = await lakeOf({ live: [bar], history: [fetched(60)] }, 1, old)
  expect(await rowsOf(folder, 'FROM bars_all')).toMatchObject([AS_IT_WAS])
})
