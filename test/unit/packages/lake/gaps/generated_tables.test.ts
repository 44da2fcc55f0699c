// The tables that come out of the calendars, asked as users ask them: through the catalog, over a lake in a folder.

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { type CatalogOptions, openCatalog } from '#lake/catalog'
import { sqlSettings } from '#lake/query_settings'
import type { TableRead } from '#lake-sql/lake_source'
import { startQuery } from '#lake-sql/query'
import type { ResultRow } from '#lake-sql/result'
import { parseTradeDate } from '#market/session'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { readAllSettings } from '#runtime/settings'
import { type EpochMs, epochMs } from '#runtime/units'
import { appendLiveBars, appendQuotes, type QuoteOf } from '#support/lake/gap_lake'
import { createLake } from '#support/lake/sql_lake'
import { temporaryFolder } from '#support/temporary_folder'

/** A Monday, half an hour before New York opens. */
const NOW = epochMs(Date.parse('2026-11-30T14:00:00Z'))

/** Asks a lake in the folder. */
async function asked(folder: string, sql: string, options: Partial<CatalogOptions> & { now?: EpochMs } = {}) {
  const { now = NOW, ...more } = options
  const context = {
    settings: readAllSettings({ DATA_DIR: folder }, [sqlSettings]),
    clock: { ...systemClock, now: () => now },
    newId: () => 'copy',
    openLake: async () => openFilesystemStore({ root: join(folder, 'lake') }),
    openStore: async (url: string) => openFilesystemStore({ root: url }),
  }
  const calendars = async () => openCalendars({})
  const catalog = await openCatalog(context, { at: { kind: 'newest' }, attach: [], calendars, ...more })
  const query = await startQuery(catalog.request(sql, new AbortController().signal))
  const rows: ResultRow[] = []
  try {
    for (let event = await query.next(); event.kind !== 'end'; event = await query.next()) {
      if (event.kind === 'rows') rows.push(...event.rows)
    }
    return rows
  } finally {
    await query.close()
  }
}

/** A lake with a first bar, a newest bar and two quotes of each symbol; the newer quote says nothing of its market. */
async function lakeOf(quotes: readonly QuoteOf[]): Promise<string> {
  const folder = temporaryFolder()
  const lake = join(folder, 'lake')
  await createLake(lake)
  const bars = quotes.flatMap(({ symbol, time }, n) => [
    { symbol, start: `2026-11-23T14:${30 + n}:00Z` },
    { symbol, start: `${time.slice(0, 16)}:00Z` },
  ])
  await appendLiveBars(lake, bars)
  const silent = quotes.map(({ symbol, time, source = 'yahoo', delayMinutes = 0 }) => ({
    ...{ symbol, source, time: later(time) },
    delayMinutes: delayMinutes + 1,
  }))
  await appendQuotes(lake, [...quotes, ...silent])
  return folder
}

function later(time: string): string {
  return new Date(Date.parse(time) + 1_000).toISOString()
}

describe('market_sessions', () => {
  test('has what the calendars say, without a lake', async () => {
    const rows = await asked(
      temporaryFolder(),
      `SELECT session, starts, ends, provisional FROM market_sessions
       WHERE calendar = 'XNYS' AND trade_date = '2026-11-30' ORDER BY starts`,
    )
    expect(rows).toContainEqual(['regular', '2026-11-30T14:30:00Z', '2026-11-30T21:00:00Z', 'false'])
    expect(rows.map(([session]) => session)).toEqual(['overnight', 'pre', 'regular', 'post'])
  })

  test('reaches from the first bar to some days ahead, and has no calendar whose hours are not known', async () => {
    const folder = await lakeOf([{ symbol: 'AAPL', time: '2026-11-27T15:00:10Z', exchange: 'NMS' }])
    const [range] = await asked(
      folder,
      `SELECT min(trade_date), max(trade_date), count(DISTINCT calendar) > 2, bool_or(calendar LIKE '%/%' AND
         calendar <> '24/7') FROM market_sessions`,
    )
    expect(range).toEqual(['2026-11-21', '2026-12-30', 'true', 'false'])
  })
})

test('gaps from a date on read the files of bars from shortly before it alone', async () => {
  const folder = await lakeOf([{ symbol: 'AAPL', time: '2026-11-27T15:00:10Z', exchange: 'NMS' }])
  const files = new Map<string, string>()
  const onRead = ({ table, ...read }: TableRead) => void files.set(table, `${read.files} of ${read.filesTotal}`)
  const gapsFrom = parseTradeDate('2026-11-27') as number
  const rows = await asked(folder, 'SELECT count(*) > 0 FROM gaps', { onRead, gapsFrom })
  expect([rows, files.get('bars_1m')]).toEqual([[['true']], '1 of 2'])
})

describe('symbol_calendars', () => {
  test('goes by what the newest quotes say, by the rule of the calendars', async () => {
    const folder = await lakeOf([
      { symbol: 'AAPL', time: '2026-11-27T15:00:10Z', exchange: 'NMS', zone: 'America/New_York' },
      { symbol: 'BTC-USD', time: '2026-11-30T13:59:10Z' },
      { symbol: 'ES=F', time: '2026-11-30T13:58:10Z', exchange: 'CME', source: 'simulator' },
      { symbol: 'SOMEWHERE', time: '2026-11-24T03:00:10Z', exchange: 'WHO', zone: 'Australia/Darwin' },
    ])
    const rows = await asked(folder, `SELECT * EXCLUDE (expected_from, expected_until) FROM symbol_calendars`)
    const reach = '2026-10-31T14:00:00Z'
    expect(rows).toEqual([
      ['AAPL', 'XNYS', 'NMS', 'America/New_York', 'true', '2026-11-23T14:30:00Z', reach],
      ['BTC-USD', '24/7', null, null, 'true', '2026-11-23T14:31:00Z', reach],
      [
        'ES=F',
        openCalendars({}).of({ symbol: 'ES=F', exchange: 'CME', zone: null }).name,
        'CME',
        null,
        'true',
        '2026-11-23T14:32:00Z',
        null,
      ],
      ['SOMEWHERE', 'Australia/Darwin', 'WHO', 'Australia/Darwin', 'false', '2026-11-23T14:33:00Z', reach],
    ])
  })

  test('expects bars from the first one until five minutes ago, or as of the time that is asked for', async () => {
    const folder = await lakeOf([{ symbol: 'AAPL', time: '2026-11-27T15:00:10Z' }])
    const expected = `SELECT expected_from, expected_until FROM symbol_calendars`
    expect(await asked(folder, expected)).toEqual([['2026-11-23T14:30:00Z', '2026-11-30T13:55:00Z']])
    const at = { kind: 'asOf', time: epochMs(Date.parse('2026-12-24T00:00:00Z')) } as const
    expect(await asked(folder, expected, { at })).toEqual([['2026-11-23T14:30:00Z', '2026-12-23T23:55:00Z']])
  })
  test('expects bars of a delayed feed as much later, and does not take an old quote for a long delay', async () => {
    const folder = await lakeOf([
      { symbol: 'AAPL', time: '2026-11-30T13:59:10Z' },
      { symbol: 'VOD.L', time: '2026-11-30T13:44:10Z', delayMinutes: 15 },
      { symbol: 'THIN', time: '2026-11-30T06:00:10Z', delayMinutes: 470 },
    ])
    expect(await asked(folder, 'SELECT symbol, expected_until FROM symbol_calendars ORDER BY 1')).toEqual([
      ['AAPL', '2026-11-30T13:55:00Z'],
      ['THIN', '2026-11-30T13:25:00Z'],
      ['VOD.L', '2026-11-30T13:40:00Z'],
    ])
  })
})
