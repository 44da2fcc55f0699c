// The catalog, open for statements: the lake's tables, attached ones and the views, by name, each at the point in time
// that was asked for. Whoever serves queries opens it once: the command line its prompt, a page its HTTP server.

import type { Calendars } from '#calendar/calendar'
import { findTables } from '#lake/found_tables'
import { GENERATED_TABLES, generatedTables, lookedAtFrom } from '#lake/gaps/generated_tables'
import { attachedTables, lakeTables, lakeViews } from '#lake/lake_tables'
import type { QuerySettings, StoreOpener } from '#lake/query_context'
import { cacheOptions, sqlConfig } from '#lake/query_settings'
import { lakeSource, type PointInTime, type TableRead } from '#lake-sql/lake_source'
import type { QueryRequest } from '#lake-sql/query'
import { type TradeDate, tradeDateText } from '#market/session'

/** A table or view and what it is. */
export interface Relation {
  readonly name: string
  readonly description: string
}

/** What is to be read. */
export interface CatalogOptions {
  readonly at: PointInTime
  /** `name=PATH_OR_URL` of foreign tables. */
  readonly attach: readonly string[]
  /** Which bars the views are made of where a lake has several; see `findTables`. */
  readonly barIntervalMs?: number
  /** Those of the settings; they are opened when a query reads what is made of them. */
  readonly calendars: () => Promise<Calendars>
  /** The view `gaps` looks back to this trade date, and no further; without it, to each symbol's first bar. */
  readonly gapsFrom?: TradeDate
  /** Told of each table that a query reads. */
  readonly onRead?: (read: TableRead) => void
}

/** All that can be read. */
export interface Catalog {
  /** Tables first, then attached ones, then views. */
  readonly relations: readonly Relation[]
  /** Of the bars that the views are made of. */
  readonly barIntervalMs: number
  /** What `startQuery` takes, for one statement or more. Aborting the signal ends the query with STOPPED. */
  request(sql: string, signal: AbortSignal): QueryRequest
}

/**
 * Opens the catalog. Nothing of it needs to be closed, and requests may run side by side: each query has a process of
 * its own, within the limits of the settings (`sqlSettings`), and reads the tables as they are when it starts.
 *
 *     const catalog = await openCatalog(context, { at: { kind: 'newest' }, attach: [] })
 *     const query = await startQuery(catalog.request('SELECT * FROM latest_quotes', request.signal))
 *
 * Rows are then pulled with `query.next()`, or written as text by `printResults`; close the query in any case.
 * Throws USAGE for an attached table without a name of its own, and what opening its store throws.
 */
export async function openCatalog(context: QuerySettings & StoreOpener, options: CatalogOptions): Promise<Catalog> {
  const { at, attach, gapsFrom, onRead } = options
  const { settings, clock, newId } = context
  const { limits } = sqlConfig(context)
  const lake = await context.openLake()
  const found = await findTables(lake, options.barIntervalMs)
  const { barIntervalMs } = found
  const barsFrom = gapsFrom === undefined ? undefined : tradeDateText(lookedAtFrom(gapsFrom))
  const views = await lakeViews(found, barsFrom)
  const own = lakeTables(lake, found.tables)
  const taken = [...own, ...GENERATED_TABLES, ...views].map((each) => each.name)
  const attached = await attachedTables(attach, { taken, openStore: context.openStore })
  const tables = [...own, ...attached]
  const told = onRead === undefined ? {} : { onRead }
  const cache = cacheOptions(context)
  const generated = { ...options, lake: lake.url, tables: own, barIntervalMs }
  return {
    barIntervalMs,
    relations: [
      ...found.tables.map(({ name, description }) => ({ name, description })),
      ...attach.map((word) => ({ name: word.split('=')[0] ?? '', description: word })),
      ...GENERATED_TABLES,
      ...views.map(({ name, comment }) => ({ name, description: comment })),
    ],
    request(sql, signal) {
      const made = generatedTables({ settings, clock, newId, signal }, generated)
      const source = lakeSource({ url: lake.url, tables, generated: made, at, cache, ...told })
      return { sql, source, views, limits, signal }
    },
  }
}
