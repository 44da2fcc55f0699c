// What the page's service asks the tables, made ready.

import { cacheOptions } from '#lake/query_settings'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { Settings } from '#runtime/settings'
import { barSettings } from '#services/bar_settings'
import { Bars } from '#services/web/history/bars/bars'
import { barsRoute } from '#services/web/history/bars/bars_route'
import { HistoryTables } from '#services/web/history/history_tables'
import { LakeHistory } from '#services/web/history/lake_history'
import type { Routes } from '#services/web/http/route'
import type { LiveBars, LiveHistory } from '#services/web/live/seam'

/** What it is made from. */
export interface OpenHistoryParts {
  /** Of queries and of bars. */
  readonly settings: Settings
  readonly lake: ObjectStore
  readonly clock: Clock
  readonly newId: () => string
}

/** The tables, open. */
export interface History {
  /** Starts the process that reads, so that the first answer need not wait for it. */
  warmUp(): void
  /** As the live part asks them. */
  readonly seam: LiveHistory
  /** For what others ask of other tables. */
  readonly tables: Pick<HistoryTables, 'read' | 'history'>
  /** With the bars that the tables do not have yet. */
  routes(live: LiveBars): Routes
  /** Ends the process that reads. */
  close(): Promise<void>
}

/** Opens them. Nothing runs before it is asked for. */
export function openHistory({ settings, lake, clock, newId }: OpenHistoryParts): History {
  const barIntervalMs = settings.of(barSettings).BAR_INTERVAL_MS
  const cache = cacheOptions({ settings, clock, newId })
  const tables = new HistoryTables({ lake, barIntervalMs, cache, clock })
  return {
    warmUp: () => tables.warmUp(),
    seam: new LakeHistory(tables),
    tables,
    routes: (live) => ({ '/api/bars': { get: barsRoute(new Bars(tables, live), { barIntervalMs, clock }) } }),
    close: () => tables.close(),
  }
}
