// The views that join live bars with history, adjust them by splits, and go by trading days; in the sandbox, over
// tables as a writer and a backfill fill them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tablesOf } from '#lake/tables'
import { sqlCommand } from '#services/cli/commands/tables/sql'
import { runCommand } from '#support/command_context'
import { appendHistory, appendLive, type BarRow, pricesSql, provenanceSql } from '#support/lake/bar_rows'
import { rowsOf } from '#support/lake/rows_of'
import { appendRows, createLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder } from '#support/temporary_folder'

interface Split {
  readonly symbol?: string
  readonly exDate: string
  readonly ratio: number
  readonly fetchedAt?: string
}

async function appendSplits(folder: string, splits: readonly Split[]): Promise<void> {
  const selects = splits.map(({ symbol = 'A', exDate, ratio, fetchedAt = '2026-11-28T10:00:00' }) => {
    return `SELECT '${symbol}' AS symbol, 'split' AS kind, TIMESTAMPTZ '${exDate}T14:30:00Z' AS ex_time,
      DATE '${exDate}' AS ex_date, ${ratio} AS ratio, 'yahoo' AS source, TIMESTAMPTZ '${fetchedAt}Z' AS fetched_at,
      ${provenanceSql('actions')}, DATE '${exDate}' AS date`
  })
  await appendRows(folder, 'corporate_actions', selects.join(' UNION ALL BY NAME '))
}

const lakes: string[] = []
afterAll(() => lakes.forEach(removeFolder))

function newLake(): string {
  const folder = newFolder()
  lakes.push(folder)
  return folder
}

async function emptyLake(minutes = 1): Promise<string> {
  const folder = newLake()
  await createLake(folder, tablesOf([minutes * 60_000]))
  return folder
}

const at = (time: string) => `2026-11-27T${time}`
const ofAll = (folder: string, columns: string) =>
  rowsOf(folder, `SELECT ${columns} FROM bars_all ORDER BY window_start`)

describe('bars_all', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await emptyLake()
    await appendLive(folder, [
      { at: at('14:30:00'), close: 1, complete: false },
      { at: at('14:31:00'), close: 2 },
      { at: at('14:32:00'), close: 30, complete: false },
      { at: at('14:33:00'), close: 4, tradeDate: null, session: null, complete: false },
      { at: at('14:34:00'), close: 5, tradeDate: null, session: null },
      { at: at('14:35:00'), close: 6, tradeDate: null, session: null },
    ])
    await appendLive(folder, [{ at: at('14:32:00'), close: 3, revision: 1 }])
    await appendHistory(folder, [
      { at: at('14:29:00'), close: 100, volume: null, session: 'pre' },
      { at: at('14:30:00'), close: 101 },
      { at: at('14:31:00'), close: 102 },
      { at: at('14:32:00'), close: 103 },
      { at: at('14:34:00'), close: 105 },
      { at: at('14:36:00'), close: 106, isFinal: false },
      { at: at('14:30:00'), close: 999, grain: '5m' },
      { at: at('14:36:00'), close: 999, grain: '1d' },
    ])
    await appendHistory(folder, [{ at: at('14:36:00'), close: 107, fetchedAt: '2026-11-28T11:00:00' }])
  })

  test('has the live bar where it is complete, else that of history, else the live one as it is', async () => {
    expect((await ofAll(folder, 'close, origin, complete')).map((row) => Object.values(row))).toEqual([
      [100, 'history', true],
      [101, 'history', true],
      [2, 'live', true],
      [3, 'live', true],
      [4, 'live', false],
      [5, 'live', true],
      [6, 'live', true],
      [107, 'history', true],
    ])
  })

  test('has no average, vwap and count of history', async () => {
    const known = await rowsOf(
      folder,
      'SELECT DISTINCT origin, average IS NULL AND vwap IS NULL AND "count" IS NULL AS n FROM bars_all ORDER BY 1',
    )
    expect(known).toEqual([
      { origin: 'history', n: true },
      { origin: 'live', n: false },
    ])
    const [first] = await ofAll(folder, 'volume, session, window_end, date')
    expect(first).toEqual({ volume: null, session: 'pre', window_end: '2026-11-27T14:30:00Z', date: '2026-11-27' })
  })

  test('has a trade date always, and the session of whoever knows it', async () => {
    const found = await ofAll(folder, 'window_start::TIMESTAMP::TIME::VARCHAR AS t, trade_date, session')
    expect(found.filter(({ trade_date }) => trade_date !== '2026-11-27')).toEqual([])
    expect(found.filter(({ session }) => session === null).map(({ t }) => t)).toEqual(['14:33:00', '14:35:00'])
  })

  test('is the same columns over a lake without history, and one without live bars', async () => {
    const [live, history] = [await emptyLake(), await emptyLake()]
    await appendLive(live, [{ at: at('14:30:00'), close: 1 }])
    await appendHistory(history, [{ at: at('14:30:00'), close: 2 }])
    const [one, other] = [await rowsOf(live, 'FROM bars_adjusted'), await rowsOf(history, 'FROM bars_adjusted')]
    expect([one[0]?.close, other[0]?.close]).toEqual([1, 2])
    expect(Object.keys(one[0] ?? {})).toEqual(Object.keys(other[0] ?? {}))
  })
})

describe('a lake from before there was history', () => {
  test('has every view, though its tables lack columns and some are not there', async () => {
    const folder = newLake()
    const old = tablesOf([60_000])
      .slice(0, 5)
      .map((spec) => ({
        ...spec,
        columns: spec.columns.filter(({ name }) => !/^(trade_date|session)$/.test(name)),
      }))
    await createLake(folder, old)
    const bar = pricesSql({ at: at('23:59:00'), close: 5 })
    await appendRows(
      folder,
      'bars_1m',
      `SELECT * EXCLUDE (trade_date, session), 5 AS average, 7 AS "count", true AS complete, 0 AS revision,
        window_start + INTERVAL 1 minute AS window_end, ${provenanceSql('bars')}, window_start::DATE AS date
        FROM (${bar})`,
    )
    const views = ['bars_all', 'bars_adjusted', 'bars_1d', 'moving_averages']
    for (const view of views) expect(await rowsOf(folder, `SELECT close FROM ${view}`)).toEqual([{ close: 5 }])
    for (const view of ['history', 'bars_regular', 'bars_1d_regular'])
      expect(await rowsOf(folder, `FROM ${view}`)).toEqual([])
    expect(await rowsOf(folder, 'SELECT trade_date FROM bars_1d')).toEqual([{ trade_date: '2026-11-27' }])
  })
})

describe('over bars of another length', () => {
  test('history of that grain is joined, where it has one', async () => {
    const five = await emptyLake(5)
    await appendLive(five, [{ at: at('14:30:00'), close: 1 }], 5)
    await appendHistory(five, [
      { at: at('14:35:00'), close: 2, grain: '5m' },
      { at: at('14:36:00'), close: 3 },
    ])
    expect((await ofAll(five, 'close, origin')).map((row) => Object.values(row))).toEqual([
      [1, 'live'],
      [2, 'history'],
    ])
    const three = await emptyLake(3)
    await appendLive(three, [{ at: at('14:30:00'), close: 1 }], 3)
    await appendHistory(three, [{ at: at('14:36:00'), close: 3 }])
    expect(await ofAll(three, 'close')).toEqual([{ close: 1 }])
  })
})

describe('bars_adjusted', () => {
  /** The close, volume and factor of each bar, by trade date. */
  async function adjusted(bars: readonly BarRow[], splits: readonly Split[]) {
    const folder = await emptyLake()
    await appendLive(folder, bars)
    for (const split of splits) await appendSplits(folder, [split])
    const found = await rowsOf(folder, 'SELECT * FROM bars_adjusted ORDER BY symbol, window_start')
    return found.map(({ close, volume, split_factor: factor }) => [close, volume, factor])
  }
  const days = ['2026-11-20', '2026-11-23', '2026-11-24', '2026-11-25']
  const bars = days.map((day) => ({ at: `${day}T15:00:00`, close: 100 }))

  test('has bars before a 4-for-1 at a quarter of the price and four times the volume', async () => {
    expect(await adjusted(bars, [{ exDate: '2026-11-24', ratio: 4 }])).toEqual([
      [25, 400, 4],
      [25, 400, 4],
      [100, 100, 1],
      [100, 100, 1],
    ])
  })

  test('has bars before a reverse split at a multiple of the price', async () => {
    expect((await adjusted(bars, [{ exDate: '2026-11-23', ratio: 0.1 }]))[0]).toEqual([1000, 10, 0.1])
  })

  test('takes all later splits together, also one on a day without bars and two on one day', async () => {
    const splits = [
      { exDate: '2026-11-25', ratio: 2 },
      { exDate: '2026-11-22', ratio: 3 },
      { exDate: '2026-11-23', ratio: 0.5 },
      { exDate: '2026-12-01', ratio: 5 },
    ]
    expect((await adjusted(bars, splits)).map(([, , factor]) => factor)).toEqual([15, 10, 10, 5])
  })

  test('takes a split that was fetched again once, as it was told last', async () => {
    const splits = [
      { exDate: '2026-11-24', ratio: 2, fetchedAt: '2026-11-28T10:00:00' },
      { exDate: '2026-11-24', ratio: 4, fetchedAt: '2026-11-28T12:00:00' },
      { exDate: '2026-11-24', ratio: 3, fetchedAt: '2026-11-28T11:00:00' },
    ]
    expect((await adjusted(bars, splits)).map(([, , factor]) => factor)).toEqual([4, 4, 1, 1])
  })

  test('goes by the trading day: before the open of the first one prices are those after the split', async () => {
    const around = [
      { at: '2026-11-24T00:30:00', close: 100, tradeDate: '2026-11-23', session: 'post' },
      { at: '2026-11-24T12:00:00', close: 25, tradeDate: '2026-11-24', session: 'pre' },
    ]
    expect(await adjusted(around, [{ exDate: '2026-11-24', ratio: 4 }])).toEqual([
      [25, 400, 4],
      [25, 100, 1],
    ])
  })

  test('leaves other symbols, dividends and volumes that are not known alone', async () => {
    const folder = await emptyLake()
    await appendLive(folder, [
      ...bars.slice(0, 1).map((bar) => ({ ...bar, volume: null })),
      { ...bars[0], symbol: 'B' } as BarRow,
    ])
    await appendSplits(folder, [{ exDate: '2026-11-24', ratio: 4 }])
    await appendRows(
      folder,
      'corporate_actions',
      `SELECT 'B' AS symbol, 'dividend' AS kind, TIMESTAMPTZ '2026-11-24T14:30:00Z' AS ex_time,
        DATE '2026-11-24' AS ex_date, 0.5 AS amount, 'yahoo' AS source, now() AS fetched_at,
        ${provenanceSql('actions')}, DATE '2026-11-24' AS date`,
    )
    expect(await rowsOf(folder, 'SELECT symbol, close, average, vwap, volume FROM bars_adjusted ORDER BY 1')).toEqual([
      { symbol: 'A', close: 25, average: 25, vwap: 25, volume: null },
      { symbol: 'B', close: 100, average: 100, vwap: 100, volume: 100 },
    ])
  })
})

describe('trading days', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await emptyLake()
    const friday = { tradeDate: '2026-11-27' }
    const monday = { tradeDate: '2026-11-30' }
    await appendLive(folder, [
      { at: '2026-11-27T12:00:00', close: 10, session: 'pre', ...friday },
      { at: '2026-11-27T14:30:00', close: 11, ...friday },
      { at: '2026-11-27T17:59:00', close: 12, ...friday },
      { at: '2026-11-28T00:59:00', close: 13, session: 'post', ...friday },
      { at: '2026-11-30T01:00:00', close: 14, session: 'overnight', ...monday },
    ])
  })

  test('are the days of bars_1d, from the first bar to the last', async () => {
    const found = await rowsOf(folder, 'FROM bars_1d ORDER BY trade_date')
    expect(found).toMatchObject([
      {
        ...{ trade_date: '2026-11-27', window_start: '2026-11-27T12:00:00Z', window_end: '2026-11-28T01:00:00Z' },
        ...{ open: 9, close: 13, high: 15, low: 8, volume: 400, count: 28, bars: 4, complete: true },
      },
      { trade_date: '2026-11-30', window_start: '2026-11-30T01:00:00Z', bars: 1 },
    ])
  })

  test('have their regular hours in bars_1d_regular, which are the bars of bars_regular', async () => {
    expect(await rowsOf(folder, 'FROM bars_1d_regular')).toMatchObject([
      {
        ...{ trade_date: '2026-11-27', window_start: '2026-11-27T14:30:00Z', window_end: '2026-11-27T18:00:00Z' },
        ...{ open: 10, close: 12, bars: 2 },
      },
    ])
    expect(await rowsOf(folder, 'SELECT close FROM bars_regular ORDER BY 1')).toEqual([{ close: 11 }, { close: 12 }])
  })

  test('are what the running vwap begins anew with', async () => {
    const found = await rowsOf(folder, 'SELECT vwap_today FROM moving_averages ORDER BY window_start')
    expect(found.map(({ vwap_today }) => vwap_today)).toEqual([10, 10.5, 11, 11.5, 14])
  })
})

test('a query for one symbol and day reads the files of that day alone, of live bars and of history', async () => {
  const folder = await emptyLake()
  for (const day of ['2026-11-23', '2026-11-24', '2026-11-25']) {
    await appendLive(folder, [{ at: `${day}T15:00:00`, close: 1 }])
    await appendHistory(folder, [{ at: `${day}T15:01:00`, close: 2 }])
  }
  const sql = "SELECT close FROM bars_all WHERE symbol = 'A' AND date = '2026-11-24' ORDER BY window_start"
  const call = { env: { LAKE_URL: folder }, positionals: [sql], values: { json: true, explain: true } }
  const { stdout, stderr } = await runCommand(sqlCommand, call)
  expect(JSON.parse(stdout)).toEqual([{ close: 1 }, { close: 2 }])
  expect(stderr).toMatch(/bars_1m[^\n]*\b1 of 3 files/)
  expect(stderr).toMatch(/history_bars[^\n]*\b1 of 3 files/)
})
