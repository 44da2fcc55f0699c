// What is done and no longer in the topic, whose records Kafka deletes after a while: the table has it for good.

import { lakeTables } from '#lake/lake_tables'
import type { QueryContext, StoreOpener } from '#lake/query_context'
import { queryTables } from '#lake/query_rows'
import type { HistoryGrain } from '#market/history/history_bar'
import type { HistoryDayState } from '#market/history/history_day'
import { PlatformError } from '#runtime/errors'
import type { EpochMs } from '#runtime/units'
import type { DoneDays } from '#services/backfill/done/done_days'

/** The table of what is known of each trading day. */
const TABLE = 'history_days'

/** What to read, and who is told. */
export interface TableSurvey {
  readonly grain: HistoryGrain
  readonly done: DoneDays
}

/** Notes all days of the grain that the table has; none while it is not there. */
export async function surveyTable(context: QueryContext & StoreOpener, { grain, done }: TableSurvey): Promise<void> {
  const lake = await context.openLake()
  const tables = lakeTables(lake).filter(({ name }) => name === TABLE)
  const statements = [
    `SELECT symbol, CAST(trade_date AS VARCHAR), state, epoch_ms(covered_until), epoch_ms(fetched_at)
     FROM ${TABLE} WHERE grain = '${grain}'
     QUALIFY row_number() OVER (PARTITION BY symbol, trade_date ORDER BY fetched_at DESC, source_offset DESC) = 1`,
  ]
  const query = { lake: lake.url, tables, statements }
  const querying = queryTables(context, query, ([symbol, tradeDate, state, until, fetchedAt]) => {
    done.note({
      symbol: symbol ?? '',
      tradeDate: tradeDate ?? '',
      state: state as HistoryDayState,
      coveredUntil: until == null ? null : (Number(until) as EpochMs),
      fetchedAt: Number(fetchedAt) as EpochMs,
    })
  })
  await querying.catch((error: unknown) => {
    // A lake without any table says as little as an empty one.
    if (!(error instanceof PlatformError && error.code === 'TABLE_NOT_FOUND')) throw error
  })
}
