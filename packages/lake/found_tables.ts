// Which tables a lake has. All lakes have the same ones but for bars: each interval has a table of its own, and after a
// change of BAR_INTERVAL_MS there are several. They are found by their folders, so that queries need no setting.

import { BARS_TABLE_PREFIX, type TableSpec, tableNamed, tablesOf } from '#lake/tables'
import { BAR_INTERVAL_DEFAULT_MS } from '#market/interval'
import type { ObjectStore } from '#object-store/object_store'

/** What a lake has. */
export interface FoundTables {
  /** In the order of the flow, finer bars first. Those that every lake has are listed before they are there, too. */
  readonly tables: readonly TableSpec[]
  /** The interval of the table that `bars` and the other views of bars are made of. */
  readonly barIntervalMs: number
}

/**
 * Reads which tables of bars are there. The views are made of the one of the given interval if that is there, else of
 * the finest; where none is there yet, the lake is taken as one that will have it.
 */
export async function findTables(
  lake: ObjectStore,
  barIntervalMs: number = BAR_INTERVAL_DEFAULT_MS,
): Promise<FoundTables> {
  const found = await barIntervalsIn(lake)
  const [finest = barIntervalMs] = found
  return {
    tables: tablesOf(found.length === 0 ? [barIntervalMs] : found),
    barIntervalMs: found.includes(barIntervalMs) ? barIntervalMs : finest,
  }
}

/** Finest first. Asks the store once a folder, however many files that holds. */
async function barIntervalsIn(lake: ObjectStore): Promise<readonly number[]> {
  const found: number[] = []
  let folder = await folderAfter(lake, undefined)
  while (folder !== undefined) {
    const interval = tableNamed(folder)?.barIntervalMs
    if (interval !== undefined) found.push(interval)
    folder = await folderAfter(lake, folder)
  }
  return found.sort((a, b) => a - b)
}

/** The character after `/`: with it in the slash's place, a folder's name is behind all of its keys. */
const AFTER_SLASH = '0'

/** The next folder whose name is that of a table of bars or like one. Files in between are passed over. */
async function folderAfter(lake: ObjectStore, folder: string | undefined): Promise<string | undefined> {
  const startAfter = folder === undefined ? undefined : folder + AFTER_SLASH
  for await (const { key } of lake.list(BARS_TABLE_PREFIX, startAfter)) {
    const [name = '', ...below] = key.split('/')
    if (below.length > 0) return name
  }
  return undefined
}
