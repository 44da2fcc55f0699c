// A query of our own over the lake, with its few rows as values: what commands ask, not what users type.

import { lakeSource } from '#lake-sql/lake'
import { startQuery } from '#lake-sql/query'
import type { ResultRow } from '#lake-sql/result'
import type { TableVersion } from '#runtime/units'
import type { CommandContext } from '#services/cli/command'
import { lakeTables, lakeViews } from '#services/cli/lake_tables'
import { sqlConfig } from '#services/cli/sql_settings'

/** A statement over one table as it was at a version. */
export interface VersionQuery {
  readonly sql: string
  readonly version: TableVersion
}

/** The rows of a statement, all in memory: the statement itself must keep them few. */
export async function queryRows(context: CommandContext, query: VersionQuery): Promise<readonly ResultRow[]> {
  const { env, clock, newId, signal } = context
  const { limits, cacheFolder, cacheBytesMax } = sqlConfig(env)
  const lake = await context.openLake()
  const cache = { folder: cacheFolder, bytesMax: cacheBytesMax, clock, newId }
  const source = lakeSource({
    url: lake.url,
    tables: lakeTables(lake),
    at: { kind: 'version', version: query.version },
    cache,
  })
  const running = await startQuery({ sql: query.sql, source, views: await lakeViews(), limits, signal })
  try {
    const rows: ResultRow[] = []
    for (let event = await running.next(); event.kind !== 'end'; event = await running.next()) {
      if (event.kind === 'rows') rows.push(...event.rows)
    }
    return rows
  } finally {
    await running.close()
  }
}
