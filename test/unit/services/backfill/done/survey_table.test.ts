import { describe, expect, test } from 'vitest'
import { sqlSettings } from '#lake/query_settings'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { readAllSettings } from '#runtime/settings'
import { DoneDays } from '#services/backfill/done/done_days'
import { surveyTable } from '#services/backfill/done/survey_table'
import { appendRows, createLake } from '#support/lake/sql_lake'
import { temporaryFolder } from '#support/temporary_folder'
import { dateOf, instant } from '../given_unit.ts'

async function survey(folder: string): Promise<DoneDays> {
  const done = new DoneDays(['AAPL', 'MSFT'])
  let ids = 0
  const context = {
    settings: readAllSettings({ DATA_DIR: temporaryFolder() }, [sqlSettings]),
    clock: systemClock,
    newId: () => `id-${++ids}`,
    signal: new AbortController().signal,
    openLake: async () => openFilesystemStore({ root: folder }),
    openStore: async (url: string) => openFilesystemStore({ root: url }),
  }
  await surveyTable(context, { grain: '1m', done })
  return done
}

/** A row of the table as a SELECT. */
function day(
  symbol: string,
  tradeDate: string,
  rest: { state: string; fetched: string; until?: string; grain?: string },
) {
  const until = rest.until === undefined ? 'NULL' : `TIMESTAMPTZ '${rest.until}'`
  return `SELECT '${symbol}' AS symbol, '${rest.grain ?? '1m'}' AS grain, DATE '${tradeDate}' AS trade_date,
    '${rest.state}' AS state, 1 AS bars, ${until} AS covered_until, 'yahoo' AS source,
    TIMESTAMPTZ '${rest.fetched}' AS fetched_at, TIMESTAMPTZ '${rest.fetched}' AS ingest_time,
    TIMESTAMPTZ '${rest.fetched}' AS processing_time, 'stock-history-days' AS source_topic,
    0 AS source_partition, 0 AS source_offset, DATE '${tradeDate}' AS date`
}

describe('what the table tells of days that are done', () => {
  test('is what was fetched last of each day of the grain', async () => {
    const folder = temporaryFolder()
    await createLake(folder)
    const fetched = '2026-11-27T15:00:00Z'
    const later = '2026-11-28T09:00:00Z'
    const rows = [
      day('AAPL', '2026-11-27', { state: 'complete', fetched: later, until: '2026-11-27T22:00:00Z' }),
      day('AAPL', '2026-11-27', { state: 'partial', fetched, until: '2026-11-27T14:30:00Z' }),
      day('MSFT', '2026-11-27', { state: 'partial', fetched, until: '2026-11-27T14:30:00Z' }),
      day('MSFT', '2026-11-25', { state: 'none', fetched }),
      day('MSFT', '2026-11-24', { state: 'complete', fetched, grain: '5m' }),
      day('TSLA', '2026-11-24', { state: 'complete', fetched }),
    ]
    await appendRows(folder, 'history_days', rows.join(' UNION ALL BY NAME '))
    const done = await survey(folder)
    expect(done.of('AAPL', dateOf('2026-11-27'))).toEqual({
      state: 'complete',
      coveredUntil: instant('2026-11-27T22:00:00Z'),
      fetchedAt: instant(later),
    })
    expect(done.of('MSFT', dateOf('2026-11-27'))).toMatchObject({
      state: 'partial',
      coveredUntil: instant('2026-11-27T14:30:00Z'),
    })
    expect(done.of('MSFT', dateOf('2026-11-25'))).toMatchObject({ state: 'none', coveredUntil: null })
    expect(done.of('MSFT', dateOf('2026-11-24'))).toBeUndefined()
    expect(done.of('TSLA', dateOf('2026-11-24'))).toBeUndefined()
  })

  test('is nothing while there is no table', async () => {
    expect((await survey(temporaryFolder())).of('AAPL', dateOf('2026-11-27'))).toBeUndefined()
  })
})
