// What the live part begins with, and alerts of the past, out of true tables.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { commitAppend } from '#delta/commit'
import { loadSnapshot } from '#delta/snapshot'
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
import { appendRows, createLake, createSampleLake } from '#support/lake/sql_lake'
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
    const { quotes, alertsToday, taken } = await historyOf(sample).seeds(DAY, signal)
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
    // A point for each ten minutes of sixteen hours: the nine bars of the day lie in one.
    expect(microsoft?.line).toEqual([[DAY + 10 * 60_000, 139]])
    expect(alertsToday).toEqual(new Map([['TSLA', 3]]))
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

  test('are none while there are no tables', async () => {
    expect(await historyOf(temporaryFolder()).seeds(DAY, signal)).toEqual({
      quotes: [],
      alertsToday: new Map(),
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
  for (const sinceMs of [0, 1, 60_000, HOUR_MS, 7 * HOUR_MS, DAY_MS]) {
    for (const barIntervalMs of [1500, 60_000, 900_000]) {
      const stepMs = lineStepMs(sinceMs, barIntervalMs)
      expect(stepMs % barIntervalMs).toBe(0)
      expect(Math.ceil(sinceMs / stepMs)).toBeLessThanOrEqual(LINE_POINTS_MAX)
    }
  }
})

describe('alerts of the past', () => {
  const ask = async (asked: Partial<AlertsQuestion>) => {
    const question = { symbol: null, from: DAY, to: (DAY + DAY_MS) as EpochMs, limit: 10, ...asked }
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
      const question = { symbol: null, from: 0 as EpochMs, to: (DAY + DAY_MS) as EpochMs, limit }
      return (await historyOf(folder).alerts(question, signal)).alerts.map(({ eventTime }) => eventTime)
    }
    const all = await ask(1_000)
    expect(all).toEqual(all.toSorted((a, b) => b - a))
    expect(all.at(-1)).toBe(Date.UTC(2026, 9, 1, 12))
    rmSync(join(folder, 'alerts', 'date=2026-10-01'), { recursive: true })
    expect(await ask(2)).toEqual(all.slice(0, 3))
    await expect(ask(1_000)).rejects.toThrow()
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
