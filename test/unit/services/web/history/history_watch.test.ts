// Bars of history that come while somebody looks.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { schemaOf, type TableSpec, tableNamed } from '#lake/tables'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { StreamEvents } from '#services/web/api'
import { HistoryTables } from '#services/web/history/history_tables'
import { type HistoryWatchParts, watchHistory } from '#services/web/history/history_watch'
import { LakeHistory } from '#services/web/history/lake_history'
import { LINES_AGAIN_MS } from '#services/web/history/limits'
import { appendRows, createTestTable } from '#support/lake/sql_lake'
import { temporaryFolder } from '#support/temporary_folder'

const until = (what: () => void) => vi.waitFor(what, { timeout: 20_000, interval: 10 })
/** It goes on fast, so that looks are not far apart. */
const hasty = { now: () => systemClock.now(), sleep: (_: number, signal: AbortSignal) => systemClock.sleep(20, signal) }

function startWatch(folder: string, parts: Partial<HistoryWatchParts> = {}) {
  const cache = { folder: join(folder, 'cache'), bytesMax: 0, clock: systemClock, newId: randomUUID }
  const lake = openFilesystemStore({ root: folder })
  const tables = new HistoryTables({ lake, barIntervalMs: 60_000, cache, clock: systemClock })
  const shown: StreamEvents['history'][] = []
  const lines = new Map<string, number>()
  const end = new AbortController()
  const board = { prependLine: (symbol: string, line: readonly unknown[]) => void lines.set(symbol, line.length) }
  const running = watchHistory({
    ...{ tables, history: new LakeHistory(tables), board, calendars: openCalendars({}) },
    viewers: { isWatched: true, showHistory: (news) => void shown.push(news) },
    ...{ clock: hasty as HistoryWatchParts['clock'], logger: silentLogger, signal: end.signal, ...parts },
  })
  onTestFinished(async () => {
    end.abort()
    await running
    await tables.close()
  })
  return { shown, lines }
}

async function createHistory(folder: string): Promise<void> {
  await createTestTable(folder, { name: 'history_bars', schema: schemaOf(tableNamed('history_bars') as TableSpec) })
}

/** A bar of each minute before now. */
async function appendMinutes(folder: string, symbol: string, count: number): Promise<void> {
  await appendRows(
    folder,
    'history_bars',
    `SELECT '${symbol}' AS symbol, '1m' AS grain, date_trunc('minute', now()) - INTERVAL (n + 1) minute AS window_start,
      window_start + INTERVAL 1 minute AS window_end, 1 AS open, 1 AS high, 1 AS low, 1 AS close,
      window_start::DATE AS trade_date, 'regular' AS session, true AS is_final, 'yahoo' AS source,
      now() AS fetched_at, now() AS ingest_time, now() AS processing_time, 'stock-history-bars' AS source_topic,
      0 AS source_partition, n AS source_offset, window_start::DATE AS date FROM range(${count}) bars(n)`,
  )
}

test('viewers are told what has come, and the lines of the day are read again', async () => {
  const folder = temporaryFolder()
  await createHistory(folder)
  const { shown, lines } = startWatch(folder)
  await until(() => expect(shown).toEqual([{ historyVersion: 0, changes: null }]))
  await appendMinutes(folder, 'AAPL', 3)
  await until(() => expect(shown).toHaveLength(2))
  // The files of this test have no statistics, so they may hold anything.
  expect(shown[1]).toEqual({ historyVersion: 1, changes: null })
  await until(() => expect([...lines.keys()]).toEqual(['AAPL']))
})

test('bars that came before anybody looked are in the lines of the day too', async () => {
  const folder = temporaryFolder()
  await createHistory(folder)
  await appendMinutes(folder, 'AAPL', 3)
  const { lines } = startWatch(folder)
  await until(() => expect([...lines.keys()]).toEqual(['AAPL']))
})

test('lines that could not be read are read again', async () => {
  const folder = temporaryFolder()
  await createHistory(folder)
  await appendMinutes(folder, 'AAPL', 3)
  let [reads, ahead] = [0, 0]
  const history = {
    lines: async () => {
      if (++reads === 1) throw new Error('away')
      return new Map([['AAPL', []]])
    },
  }
  const clock = {
    now: () => systemClock.now() + ahead,
    sleep: (_: number, signal: AbortSignal) => {
      ahead += LINES_AGAIN_MS
      return systemClock.sleep(20, signal)
    },
  } as HistoryWatchParts['clock']
  const { lines } = startWatch(folder, { history, clock })
  await until(() => expect([...lines.keys()]).toEqual(['AAPL']))
  expect(reads).toBe(2)
})

test('a table that comes only now is told of, and one that stays as it is is not', async () => {
  const folder = temporaryFolder()
  const { shown } = startWatch(folder)
  await until(() => expect(shown).toEqual([{ historyVersion: null, changes: null }]))
  await systemClock.sleep(200)
  expect(shown).toHaveLength(1)
  await createHistory(folder)
  await until(() => expect(shown.at(-1)).toEqual({ historyVersion: 0, changes: null }))
})

test('while nobody looks nothing is looked for, and what cannot be read is said once', async () => {
  const said: unknown[] = []
  const logger = { ...silentLogger, warn: (...words: unknown[]) => void said.push(words[1]) }
  let looks = 0
  const failing = {
    version: async () => {
      looks++
      throw new Error('away')
    },
  } as unknown as HistoryTables['history']
  const viewers = { isWatched: false, showHistory: () => {} }
  startWatch(temporaryFolder(), { tables: { history: failing }, logger, viewers })
  await systemClock.sleep(100)
  expect(looks).toBe(0)
  viewers.isWatched = true
  await until(() => expect(looks).toBeGreaterThan(2))
  expect(said).toEqual(['the table of history cannot be read'])
})
