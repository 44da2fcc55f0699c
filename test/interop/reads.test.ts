// Tables that the platform wrote, read by delta-rs and by Spark as by us: every value of every row, and the rows that
// are left when an engine skips files by our statistics.

import { expect, test } from 'vitest'
import { HISTORY_TABLES } from '#lake/history_specs'
import { liveTablesOf, schemaOf, type TableSpec } from '#lake/tables'
import { BAR_INTERVAL_DEFAULT_MS } from '#market/interval'
import { temporaryFolder } from '#support/temporary_folder'
import { boundaryFilters, difference, expectSameAggregates, expectSameFiltered, expectSameRows } from './agreement.ts'
import { filterCounts, type Row, sparkDialect } from './dialect.ts'
import { describeWithEngines } from './engines.ts'
import { HISTORY_BARS, HISTORY_DATES, landHistory } from './history.ts'
import { checkpointsOf, drain, forgetEntries, snapshotAt, tablePath } from './lake.ts'
import { recording } from './recording.ts'
import { equalities, quotesIn, quoteTexts } from './stock_rows.ts'

const STOCKS = 'stocks'
const BOUND_FILES_MAX = 6

describeWithEngines('tables that we wrote', (engines) => {
  test('every engine reads every row of all five tables of live data as we do', async () => {
    const folder = temporaryFolder()
    const recorded = recording(0, 2000)
    await drain(folder, recorded, 100)
    const rows = new Map<string, readonly Row[]>()
    for (const { name } of liveTablesOf([BAR_INTERVAL_DEFAULT_MS])) {
      rows.set(name, await expectSameRows(engines(), tablePath(folder, name)))
      await expectSameAggregates(engines(), tablePath(folder, name))
    }
    expect((await snapshotAt(tablePath(folder, STOCKS))).version).toBeGreaterThan(12)
    expect(difference(quotesIn(rows.get(STOCKS) ?? []), quoteTexts(recorded.quotes))).toEqual([])
    expect(rows.get('dead_letters')).toHaveLength(recorded.lines.length - recorded.quotes.length)
    for (const name of ['bars_1m', 'late_quotes']) expect(rows.get(name)?.length).toBeGreaterThan(10)
  })

  test('every engine reads every row of history as we do, and no bound of a date loses one', async () => {
    const folder = temporaryFolder()
    await landHistory(folder, 60)
    for (const { name } of HISTORY_TABLES) await expectSameAggregates(engines(), tablePath(folder, name))
    const path = tablePath(folder, 'history_bars')
    const rows = await expectSameRows(engines(), path)
    const dates = schemaOf(HISTORY_TABLES[0] as TableSpec).fields.findIndex(({ name }) => name === 'trade_date')
    expect(new Set(rows.map((row) => row[dates]))).toEqual(new Set(HISTORY_DATES))
    expect(rows).toHaveLength(HISTORY_BARS)
    const filters = boundaryFilters(await snapshotAt(path), 'trade_date', BOUND_FILES_MAX)
    expect(filters.length).toBeGreaterThan(5)
    expect(await expectSameFiltered(engines(), path, { filters, rows })).not.toContain(0)
  })

  test('in a table of 300 commits, its log cut behind our checkpoint, no statistic loses a row', async () => {
    const folder = temporaryFolder()
    await drain(folder, recording(0, 3000), 9)
    const path = tablePath(folder, STOCKS)
    const snapshot = await snapshotAt(path)
    expect(snapshot.version).toBeGreaterThan(300)
    forgetEntries(path, checkpointsOf(path).at(-1) ?? 0)
    const rows = await expectSameRows(engines(), path)
    await expectSameAggregates(engines(), path)

    const bounds = ['event_time', 'symbol', 'id', 'price'].flatMap((column) =>
      boundaryFilters(snapshot, column, BOUND_FILES_MAX),
    )
    const values = ['symbol', 'id', 'date'].flatMap((column) => equalities(rows, column))
    const counts = await expectSameFiltered(engines(), path, { filters: [...bounds, ...values], rows })
    expect(counts.slice(bounds.length)).not.toContain(0)

    const [filter] = bounds
    if (filter === undefined) throw new Error('there are no statistics')
    const skipping = filterCounts(snapshot.schema, [filter], sparkDialect)
    expect(await engines().spark.filesRead(path, skipping)).toBeLessThan(snapshot.files.size / 4)
    const range = { column: 'event_time', low: filter.value, high: filter.value }
    expect(await engines().deltaRs.countBetween(path, range)).toBe(counts[0])
  })
})
