// Bars of history beside our own, against the rule by hand: of each stretch of time the finest counts that covers it.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReadRow } from '#lake-sql/reader/lake_reader'
import type { HistoryGrain } from '#market/history/history_bar'
import type { EpochMs } from '#runtime/units'
import type { BarRow } from '#services/web/api'
import { type BarsSelection, wholeWindows } from '#services/web/history/bars/bars_selection'
import { barOf, barsSql } from '#services/web/history/bars/bars_statement'
import type { TopicBar } from '#services/web/live/seam'
import { barOfSymbol } from './bars_rig.ts'
import { fillBars, fillHistory, type HistoryRow, openTables, SYMBOL } from './given_bars.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Regular hours in New York begin at half past the hour. */
const OPENING = Date.UTC(2026, 10, 20, 14, 30)

const TABLE = { table: 'bars_1m', hasSessions: true, hasVolumeSince: true, barIntervalMs: MINUTE }

let tables: Awaited<ReturnType<typeof openTables>>
beforeAll(async () => {
  tables = await openTables()
})
afterAll(() => tables.close())

async function barsOf(selection: Partial<BarsSelection>): Promise<BarRow[]> {
  const { grainMs = MINUTE } = selection
  const range = wholeWindows({ from: OPENING - 24 * HOUR, to: OPENING + 24 * HOUR }, grainMs)
  const facts = { ...TABLE, live: [], isRegularOnly: false }
  const sql = barsSql({ ...facts, symbol: SYMBOL, range, grainMs, history: ['1m', '5m', '1h'], ...selection })
  return (await tables.connection.runAndReadAll(sql)).getRows().map((row) => barOf(row as ReadRow))
}

function ours(minute: number, fields: Partial<TopicBar> = {}): TopicBar {
  const { symbol: _, ...bar } = barOfSymbol('A', { start: OPENING, index: minute })
  return { ...bar, complete: true, ...fields }
}

const LENGTHS: Readonly<Record<HistoryGrain, number>> = { '1m': MINUTE, '5m': 5 * MINUTE, '1h': HOUR, '1d': 24 * HOUR }

function fetched(grain: HistoryGrain, minute: number, fields: Partial<HistoryRow> = {}): HistoryRow {
  const windowStart = (OPENING + minute * MINUTE) as EpochMs
  const windowEnd = (windowStart + LENGTHS[grain]) as EpochMs
  return { grain, windowStart, windowEnd, tradeDate: '2026-11-20', ...fields }
}

const minutes = (count: number) => Array.from({ length: count }, (_, minute) => minute)
const told = (bars: readonly BarRow[]) =>
  bars.map(({ windowStart, close, origin }) => `${(windowStart - OPENING) / MINUTE} ${origin} ${close}`)

describe('of a minute', () => {
  test('our bar counts where it is whole, else that of history, else ours', async () => {
    await fillBars(tables.connection, [
      ours(0, { close: 10 }),
      ours(1, { close: 11, complete: false }),
      ours(2, { close: 12, complete: false }),
    ])
    await fillHistory(tables.connection, [
      ...[0, 1, 3].map((minute) => fetched('1m', minute, { close: 20 + minute, volume: 5 })),
    ])
    const bars = await barsOf({})
    expect(told(bars)).toEqual(['0 live 10', '1 history 21', '2 live 12', '3 history 23'])
    expect(bars[1]).toEqual({
      ...{ windowStart: OPENING + MINUTE, windowEnd: OPENING + 2 * MINUTE, open: 1, high: 2, low: 1, close: 21 },
      ...{ average: null, vwap: null, volume: 5, count: null, revision: 0, complete: true },
      ...{ origin: 'history', session: 'regular', tradeDate: '2026-11-20' },
    })
  })

  test('the last one fetched counts, and says that it was put out again', async () => {
    await fillBars(tables.connection, [])
    const again = fetched('1m', 0, { close: 6, isFinal: true })
    await fillHistory(tables.connection, [fetched('1m', 0, { close: 5, isFinal: false }), again])
    expect(await barsOf({})).toMatchObject([{ close: 6, revision: 1, complete: true }])
  })

  test('a live bar of the topic counts as one of the table', async () => {
    await fillBars(tables.connection, [])
    await fillHistory(tables.connection, [fetched('1m', 0), fetched('1m', 1)])
    const live = [ours(0, { close: 50 }), ours(1, { close: 51, complete: false })]
    expect(told(await barsOf({ live }))).toEqual(['0 live 50', '1 history 2'])
  })
})

describe('the volume of a live bar that is measured from further back than a bar before it', () => {
  const earlier = (ms: number) => (OPENING - ms) as EpochMs
  const back = (fields: Partial<TopicBar> = {}) =>
    ours(0, { volume: 900, vwap: 101, volumeSince: earlier(MINUTE + 1), ...fields })
  const volumes = async (selection: Partial<BarsSelection> = {}) =>
    (await barsOf(selection)).map(({ volume, vwap, origin, close }) => [volume, vwap, origin, close])
  const { close } = ours(0)

  test('is that of history, without a vwap, and all else is live', async () => {
    await fillBars(tables.connection, [back()])
    await fillHistory(tables.connection, [fetched('1m', 0, { volume: 7, isFinal: false })])
    const { volumeSince: _, ...bar } = back({ volume: 7, vwap: null })
    expect(await barsOf({})).toEqual([bar])
  })

  test('of the topic, too', async () => {
    await fillBars(tables.connection, [])
    await fillHistory(tables.connection, [fetched('1m', 0, { volume: 7 })])
    expect(await volumes({ live: [back()] })).toEqual([[7, null, 'live', close]])
    expect(await volumes({ live: [back({ volumeSince: null })] })).toEqual([[900, 101, 'live', close]])
  })

  test.each([
    ['history has another minute alone', {}, [fetched('1m', 1, { volume: 7 })]],
    ['history does not know it', {}, [fetched('1m', 0)]],
    ['history has longer bars alone', {}, [fetched('5m', 0, { volume: 7, isFinal: false })]],
    ['the total before is near enough', { volumeSince: earlier(MINUTE) }, [fetched('1m', 0, { volume: 7 })]],
    ['it comes from sizes', { volumeSince: null }, [fetched('1m', 0, { volume: 7 })]],
  ])('stays as it is where %s', async (_, fields, history) => {
    await fillBars(tables.connection, [back(fields)])
    await fillHistory(tables.connection, history)
    expect((await volumes())[0]).toEqual([900, 101, 'live', close])
  })

  test('is none where the bar itself gives way to history', async () => {
    await fillBars(tables.connection, [back({ complete: false })])
    await fillHistory(tables.connection, [fetched('1m', 0, { volume: null })])
    expect(await volumes()).toEqual([[null, null, 'history', 2]])
  })

  test('counts once in longer bars, which are put out again', async () => {
    await fillBars(tables.connection, [ours(-60, { volume: 10 }), back()])
    await fillHistory(tables.connection, [])
    const ofHour = async () => (await barsOf({ grainMs: HOUR })).map(({ volume, revision }) => [volume, revision])
    expect(await ofHour()).toEqual([
      [10, 0],
      [900, 0],
    ])
    await fillHistory(
      tables.connection,
      minutes(60).map((i) => fetched('1m', i - 59, { volume: 15 })),
    )
    expect(await ofHour()).toEqual([
      [10 + 29 * 15, 29],
      [31 * 15, 31],
    ])
  })

  test('stays as it is in a table that does not tell it', async () => {
    await fillBars(tables.connection, [back()])
    await fillHistory(tables.connection, [fetched('1m', 0, { volume: 7 })])
    expect(await volumes({ hasVolumeSince: false })).toEqual([[900, 101, 'live', close]])
  })
})

describe('a longer bar of history', () => {
  test('counts where nothing finer covers its window', async () => {
    await fillBars(tables.connection, [
      ours(0, { close: 10 }),
      ...minutes(5).map((i) => ours(5 + i, { close: 20 + i })),
    ])
    await fillHistory(
      tables.connection,
      [0, 5, 10].map((minute) => fetched('5m', minute, { close: 100 + minute })),
    )
    expect(told(await barsOf({ grainMs: 5 * MINUTE }))).toEqual(['0 history 100', '5 live 24', '10 history 110'])
  })

  test('gives way to anything finer while it is not final', async () => {
    await fillBars(tables.connection, [ours(0, { close: 10 })])
    await fillHistory(tables.connection, [fetched('5m', 0, { isFinal: false }), fetched('5m', 5, { isFinal: false })])
    expect(told(await barsOf({ grainMs: 5 * MINUTE }))).toEqual(['0 live 10', '5 history 2'])
  })

  test('keeps its own window, and leaves none of its minutes to others', async () => {
    await fillBars(tables.connection, [
      ...minutes(10).map((i) => ours(i - 10)),
      ...minutes(10).map((i) => ours(55 + i)),
    ])
    await fillHistory(tables.connection, [fetched('1h', 0, { close: 7 })])
    const bars = await barsOf({ grainMs: HOUR })
    expect(told(bars)).toEqual([`-30 live ${ours(-1).close}`, '0 history 7', `30 live ${ours(64).close}`])
    expect(bars.map(({ windowStart, windowEnd }) => windowEnd - windowStart)).toEqual([HOUR, HOUR, HOUR])
  })

  test('and our own make one bar of both, which has no averages', async () => {
    await fillBars(
      tables.connection,
      minutes(5).map((i) => ours(i)),
    )
    await fillHistory(tables.connection, [fetched('5m', 5, { volume: 7, high: 900 })])
    const count = minutes(5).reduce((sum, i) => sum + (ours(i).count ?? 0), 0)
    expect(await barsOf({ grainMs: 15 * MINUTE })).toMatchObject([
      { high: 900, average: null, vwap: null, count, origin: 'both', revision: 5 },
    ])
  })

  test('raises the revision of what it is made part of, whether it counts or not', async () => {
    await fillBars(
      tables.connection,
      minutes(5).map((i) => ours(i)),
    )
    const revision = async () => (await barsOf({ grainMs: 5 * MINUTE }))[0]?.revision ?? Number.NaN
    await fillHistory(tables.connection, [])
    const before = await revision()
    await fillHistory(tables.connection, [fetched('5m', 0)])
    expect(await revision()).toBeGreaterThan(before)
  })

  test('is not taken for bars that are shorter', async () => {
    await fillBars(tables.connection, [])
    await fillHistory(tables.connection, [fetched('1h', 0)])
    expect(await barsOf({ grainMs: MINUTE, history: ['1m'] })).toEqual([])
  })
})

test('of regular hours alone are those, and the ones of which it is not known', async () => {
  await fillBars(tables.connection, [
    ours(0, { session: 'pre' }),
    ours(1),
    ours(2, { session: null }),
    ours(3, { session: 'post' }),
  ])
  await fillHistory(tables.connection, [fetched('1m', 4, { session: 'pre' }), fetched('1m', 5)])
  const bars = await barsOf({ isRegularOnly: true })
  expect(bars.map(({ windowStart }) => (windowStart - OPENING) / MINUTE)).toEqual([1, 2, 5])
})

test('a table of before there were sessions is read all the same', async () => {
  await fillBars(tables.connection, [ours(0)])
  await fillHistory(tables.connection, [])
  expect(await barsOf({ hasSessions: false, history: [] })).toMatchObject([{ session: null, tradeDate: null }])
})

/** A minute of a market by chance: what there is of it. */
const market = fc.record({
  live: fc.uniqueArray(fc.integer({ min: 0, max: 179 }), { maxLength: 180 }),
  incomplete: fc.uniqueArray(fc.integer({ min: 0, max: 179 }), { maxLength: 40 }),
  history1m: fc.uniqueArray(fc.integer({ min: 0, max: 179 }), { maxLength: 180 }),
  history5m: fc.uniqueArray(fc.integer({ min: 0, max: 35 }), { maxLength: 36 }),
  history1h: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }),
  notFinal: fc.uniqueArray(fc.integer({ min: 0, max: 35 }), { maxLength: 6 }),
})

test('whatever there is, each minute is told by the finest that covers it', async () => {
  await fc.assert(
    fc.asyncProperty(market, fc.constantFrom(5 * MINUTE, 15 * MINUTE, HOUR), async (given, grainMs) => {
      const live = given.live.map((minute) => ours(minute, { complete: !given.incomplete.includes(minute), volume: 1 }))
      const isFinal = (i: number) => !given.notFinal.includes(i)
      const history = [
        ...given.history1m.map((minute) => fetched('1m', minute, { volume: 100 })),
        ...given.history5m.map((i) => fetched('5m', 5 * i, { volume: 10_000, isFinal: isFinal(i) })),
        ...given.history1h.map((i) => fetched('1h', 60 * i, { volume: 1_000_000, isFinal: isFinal(i) })),
      ]
      await fillBars(tables.connection, live)
      await fillHistory(tables.connection, history)
      const grains = (['1m', '5m', '1h'] as const).filter((grain) => LENGTHS[grain] <= grainMs)
      const bars = await barsOf({ grainMs, history: grains })
      const found = new Map(bars.map(({ windowStart, volume }) => [windowStart as number, volume]))
      expect(found).toEqual(volumesByHand({ live, history }, grains, grainMs))
    }),
    { numRuns: 100 },
  )
})

interface Part {
  readonly start: number
  readonly ms: number
  readonly volume: number
  readonly isHistory: boolean
}

/** What each window's volume must be: it says which parts count. */
function volumesByHand(
  { live, history }: { readonly live: readonly BarRow[]; readonly history: readonly HistoryRow[] },
  grains: readonly HistoryGrain[],
  grainMs: number,
): Map<number, number> {
  let parts: Part[] = []
  const of = (grain: HistoryGrain) => history.filter((row) => row.grain === grain)
  const starts = new Set([...live, ...of('1m')].map(({ windowStart }) => windowStart))
  for (const start of starts) {
    const [own, fetchedOne] = [
      live.find((bar) => bar.windowStart === start),
      of('1m').find((row) => row.windowStart === start),
    ]
    const isHistory = fetchedOne !== undefined && own?.complete !== true
    parts.push({ start, ms: MINUTE, volume: isHistory ? 100 : 1, isHistory })
  }
  for (const grain of grains.filter((each) => each !== '1m')) {
    const ms = LENGTHS[grain]
    for (const { windowStart, isFinal, volume } of of(grain)) {
      const within = parts.filter(({ start }) => start >= windowStart && start < windowStart + ms)
      const covered = within.reduce((sum, part) => sum + part.ms, 0)
      if (isFinal === true ? covered >= 0.9 * ms : covered > 0) continue
      parts = parts.filter((part) => !within.includes(part))
      parts.push({ start: windowStart, ms, volume: volume ?? 0, isHistory: true })
    }
  }
  const volumes = new Map<number, number>()
  for (const { start, ms, volume, isHistory } of parts) {
    const window = isHistory && ms === grainMs ? start : Math.floor(start / grainMs) * grainMs
    volumes.set(window, (volumes.get(window) ?? 0) + volume)
  }
  return volumes
}
