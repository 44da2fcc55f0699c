// What the live part begins with, and alerts of the past, out of true tables.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { commitAppend } from '#delta/commit'
import { loadSnapshot } from '#delta/snapshot'
import { schemaOf, type TableSpec, tableNamed } from '#lake/tables'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { within } from '#object-store/object_store'
import { virtualClock } from '#runtime/clock'
import { DAY_MS, type EpochMs, HOUR_MS, offset } from '#runtime/units'
import { HistoryTables } from '#services/web/history/history_tables'
import { LakeHistory } from '#services/web/history/lake_history'
import { LINE_POINTS_MAX } from '#services/web/history/limits'
import { lineStepMs, newestQuotes } from '#services/web/history/seed_statements'
import type { AlertsQuestion } from '#services/web/live/seam'
import { appIdOf } from '#services/writer/commit/txn_progress'
import { testContext } from '#support/delta/delta_table'
import { appendRows, createLake, createSampleLake, createTestTable } from '#support/lake/sql_lake'
import { newFolder, temporaryFolder } from '#support/temporary_folder'

const DAY = Date.UTC(2026, 10, 21) as EpochMs
const NOW = DAY + 16 * HOUR_MS
const { signal } = new AbortController()

let sample = ''
beforeAll(async () => {
  sample = newFolder()
  await createSampleLake(sample)
})

function historyOf(folder: string): LakeHistory {
  const clock = virtualClock(NOW)
  const cache = { folder: join(folder, 'cache'), bytesMax: 0, clock, newId: () => 'x' }
  const tables = new HistoryTables({
    lake: openFilesystemStore({ root: folder }),
    barIntervalMs: 60_000,
    cache,
    clock,
  })
  onTestFinished(() => tables.close())
  return new LakeHistory(tables)
}

describe('the seeds', () => {
  test('are the newest quote of each symbol with its line of today, and the alerts of today', async () => {
    const { quotes, alerts, taken } = await historyOf(sample).seeds(DAY, signal)
    const [apple, microsoft] = [...quotes].sort((a, b) => a.symbol.localeCompare(b.symbol))
    expect(quotes).toHaveLength(2)
    expect(apple).toMatchObject({
      symbol: 'AAPL',
      price: 107,
      eventTime: Date.UTC(2026, 10, 21, 0, 36, 20),
      previousClose: 100,
      currency: 'USD',
      exchange: null,
      marketState: null,
      source: 'simulator',
    })
    // A point for each quarter of an hour: the nine bars of the day lie in one.
    expect(microsoft?.line).toEqual([[DAY + 10 * 60_000, 139]])
    expect(alerts).toEqual([{ symbol: 'TSLA', eventTime: DAY + 15.5 * HOUR_MS, count: 3 }])
    expect(taken).toEqual({ quotes: null, bars: null, alerts: null })
  })

  test('are the newest bar of a symbol whose quotes are too far back', async () => {
    const folder = temporaryFolder()
    await createLake(folder)
    const bar = `100 AS open, 110 AS high, 90 AS low, 105 AS average, 5 AS "count", 'watermark' AS closed_by,
      true AS complete, 0 AS first_offset, 9 AS last_offset, 'stock-bars-1m' AS source_topic, 0 AS source_partition`
    await appendRows(
      folder,
      'bars_1m',
      `SELECT 'O''H"' AS symbol, TIMESTAMPTZ '2026-11-20 23:58:00Z' + INTERVAL (n) minute AS window_start,
        window_start + INTERVAL 1 minute AS window_end, ${bar}, 100 + 10 * n + revision AS close, revision,
        2 * n + revision AS source_offset, window_end AS ingest_time, window_end AS processing_time,
        window_start::DATE AS date FROM range(4) bars(n), range(2) revisions(revision)`,
    )
    const { quotes } = await historyOf(folder).seeds(DAY, signal)
    expect(quotes).toEqual([
      {
        symbol: `O'H"`,
        price: 131,
        eventTime: DAY + 2 * 60_000 - 1,
        previousClose: null,
        currency: null,
        exchange: null,
        marketState: null,
        source: null,
        line: [[DAY + 2 * 60_000, 131]],
      },
    ])
  })

  test('have the line of history too, where nothing was seen live, and symbols that only history has', async () => {
    const folder = temporaryFolder()
    await createSampleLake(folder)
    await createTestTable(folder, { name: 'history_bars', schema: schemaOf(tableNamed('history_bars') as TableSpec) })
    const bar = `'1m' AS grain, 1 AS open, 1 AS high, 1 AS low, DATE '2026-11-21' AS trade_date, 'regular' AS session,
      true AS is_final, 'yahoo' AS source, window_start AS fetched_at, window_start AS ingest_time,
      window_start AS processing_time, 'stock-history-bars' AS source_topic, 0 AS source_partition,
      window_start::DATE AS date`
    await appendRows(
      folder,
      'history_bars',
      `SELECT symbol, TIMESTAMPTZ '2026-11-21 00:00:00Z' + INTERVAL (n) minute AS window_start,
        window_start + INTERVAL 1 minute AS window_end, n AS close, n AS source_offset, ${bar}
        FROM range(0, 60, 20) bars(n), (VALUES ('MSFT'), ('NEW')) symbols(symbol)`,
    )
    const history = historyOf(folder)
    const { quotes } = await history.seeds(DAY, signal)
    const lineOf = (symbol: string) => quotes.find((quote) => quote.symbol === symbol)?.line
    // Of the first quarter of an hour ours is the newest bar.
    const [first, second, third] = [10, 21, 41].map((minute) => DAY + minute * 60_000)
    expect(lineOf('MSFT')).toEqual([
      [first, 139],
      [second, 20],
      [third, 40],
    ])
    expect(quotes.find(({ symbol }) => symbol === 'NEW')).toMatchObject({ price: 40, eventTime: (third ?? 0) - 1 })
    expect((await history.lines(DAY, signal)).get('MSFT')).toEqual(lineOf('MSFT'))
  })

  test('are none while there are no tables', async () => {
    expect(await historyOf(temporaryFolder()).seeds(DAY, signal)).toEqual({
      quotes: [],
      alerts: [],
      taken: { quotes: null, bars: null, alerts: null },
    })
  })

  test('say how far the tables were, by the life of the topic that was written last', async () => {
    const folder = temporaryFolder()
    await createLake(folder)
    const store = within(openFilesystemStore({ root: folder }), 'alerts')
    const commit = async (topicId: string, partition: number, to: number) => {
      const snapshot = await loadSnapshot(store)
      if (snapshot === undefined) throw new Error('no table')
      const appId = appIdOf({ clusterId: 'c:1', topic: 'stock-alerts', topicId, partition })
      const txns = [{ appId, from: snapshot.txns.has(appId) ? offset(0) : null, to: offset(to) }]
      const context = testContext(`${topicId}-${partition}`, clock)
      await clock.advance(1000)
      const outcome = await commitAppend(store, snapshot, { files: [], txns, operation: 'WRITE' }, context)
      expect(outcome.kind).toBe('committed')
    }
    const clock = virtualClock(NOW)
    await commit('old', 0, 700)
    await commit('new', 2, 5)
    await commit('new', 0, 9)
    const { taken } = await historyOf(folder).seeds(DAY, signal)
    expect(taken.alerts).toEqual({ topicId: 'new', next: [9, 0, 5] })
  })
})

test('of quotes the newest files are read, up to a limit of rows', async () => {
  const file = (name: string, time: string | undefined, numRecords: number) => {
    const stats = JSON.stringify({ numRecords, ...(time === undefined ? {} : { maxValues: { event_time: time } }) })
    const partitionValues = { date: '2026-11-21' }
    return [name, { path: name, partitionValues, size: 1, modificationTime: 1, dataChange: true, stats }] as const
  }
  const snapshot = await loadSnapshot(within(openFilesystemStore({ root: sample }), 'stocks'))
  if (snapshot === undefined) throw new Error('no table')
  const files = new Map([
    file('old', '2026-11-21T09:00:00Z', 10),
    file('newest', '2026-11-21T11:00:00Z', 900_000),
    file('silent', undefined, 50_000),
    file('newer', '2026-11-21T10:00:00Z', 60_000),
  ])
  expect([...(newestQuotes({ ...snapshot, files })?.files.keys() ?? [])]).toEqual(['silent', 'newest'])
})

test('a line has few enough points, in whole bars', () => {
  for (const barIntervalMs of [1500, 60_000, 900_000, DAY_MS]) {
    const stepMs = lineStepMs(barIntervalMs)
    expect(stepMs % barIntervalMs).toBe(0)
    expect(Math.ceil(DAY_MS / stepMs)).toBeLessThanOrEqual(LINE_POINTS_MAX)
  }
})

describe('alerts of the past', () => {
  const ask = async (asked: Partial<AlertsQuestion>) => {
    const question = { symbol: null, from: DAY, to: (DAY + DAY_MS) as EpochMs, after: null, limit: 10, ...asked }
    return (await historyOf(sample).alerts(question, signal)).alerts
  }

  test('are the newest first, as they were in their topic', async () => {
    const alerts = await ask({})
    expect(alerts.map(({ percent }) => percent)).toEqual([4.5, 3.5, 2.5])
    expect(alerts[2]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      rule: 'move',
      symbol: 'TSLA',
      direction: 'up',
      level: 1,
      percent: 2.5,
      price: 100,
      referencePrice: 97,
      referenceTime: null,
      eventTime: DAY + 15.5 * HOUR_MS,
      message: 'ALERT TSLA',
    })
  })

  test('are read of the newest dates alone where those fill the answer', async () => {
    const folder = temporaryFolder()
    await createSampleLake(folder)
    const old = `SELECT 'old' AS id, 'move' AS rule, 'TSLA' AS symbol, 'up' AS direction, 1 AS level, 2.0 AS percent,
      1.0 AS price, 1.0 AS reference_price, TIMESTAMPTZ '2026-10-01 12:00:00Z' AS event_time, '' AS message,
      DATE '2026-10-01' AS date`
    await appendRows(folder, 'alerts', old)
    const ask = async (limit: number) => {
      const question = { symbol: null, from: 0 as EpochMs, to: (DAY + DAY_MS) as EpochMs, after: null, limit }
      return (await historyOf(folder).alerts(question, signal)).alerts.map(({ eventTime }) => eventTime)
    }
    const all = await ask(1_000)
    expect(all).toEqual(all.toSorted((a, b) => b - a))
    expect(all.at(-1)).toBe(Date.UTC(2026, 9, 1, 12))
    rmSync(join(folder, 'alerts', 'date=2026-10-01'), { recursive: true })
    expect(await ask(2)).toEqual(all.slice(0, 3))
    await expect(ask(1_000)).rejects.toThrow()
  })

  test('are paged through however many have the same time', async () => {
    const folder = temporaryFolder()
    await createSampleLake(folder)
    const same = `SELECT 'same' || n AS id, 'move' AS rule, 'TSLA' AS symbol, 'up' AS direction, 1 AS level,
      2.0 AS percent, 1.0 AS price, 1.0 AS reference_price, TIMESTAMPTZ '2026-10-01 12:00:00Z' AS event_time,
      '' AS message, DATE '2026-10-01' AS date FROM range(2500) numbers(n)`
    await appendRows(folder, 'alerts', same)
    const history = historyOf(folder)
    const seen: string[] = []
    for (let after: AlertsQuestion['after'] = null, pages = 0; pages < 10; pages++) {
      const range = { from: 0 as EpochMs, to: (after === null ? DAY + DAY_MS : after.eventTime + 1) as EpochMs }
      const { alerts } = await history.alerts({ symbol: null, ...range, after, limit: 1_000 }, signal)
      const page = alerts.slice(0, 1_000)
      seen.push(...page.map(({ id }) => id))
      if (alerts.length === page.length) break
      after = page.at(-1) ?? null
    }
    expect(seen).toHaveLength(2_503)
    expect(new Set(seen).size).toBe(2_503)
  })

  test('are those of the symbol and the range, one more than the limit', async () => {
    const from = (DAY + 15.5 * HOUR_MS + 60_000) as EpochMs
    expect((await ask({ from })).map(({ percent }) => percent)).toEqual([4.5, 3.5])
    expect((await ask({ to: from })).map(({ percent }) => percent)).toEqual([2.5])
    expect(await ask({ limit: 1 })).toHaveLength(2)
    expect(await ask({ symbol: 'TSLA' })).toHaveLength(3)
    expect(await ask({ symbol: `TSLA' OR '1' = '1` })).toEqual([])
  })
})
