// The views of bars, fitted to the table of bars that a lake has. sql/views.sql is written for bars of a minute, as
// `bars_1m`, and for history of the grain '1m'; another table and grain take their place. Views that cannot be made of
// these bars are left out, and so are those whose name a table has.

import type { FoundTables } from '#lake/found_tables'
import { BARS_TABLE_PREFIX, barsTableName } from '#lake/tables'
import type { ViewDefinition } from '#lake-sql/view'
import { intervalName, parseInterval } from '#market/interval'

/** The table that the file of views names, and the grain of history that goes with it. */
const [TABLE_WRITTEN_FOR, GRAIN_WRITTEN_FOR] = [/\bbars_1m\b/g, /'1m'/g]

/** The views that the lake's tables give, in their order. */
export function viewsOver(
  { tables, barIntervalMs }: FoundTables,
  views: readonly ViewDefinition[],
): readonly ViewDefinition[] {
  const [table, grain] = [barsTableName(barIntervalMs), `'${intervalName(barIntervalMs)}'`]
  const named = (text: string) => text.replace(TABLE_WRITTEN_FOR, table).replace(GRAIN_WRITTEN_FOR, grain)
  const taken = new Set(tables.map((table) => table.name))
  return views
    .filter(({ name }) => !taken.has(name) && canBeMade(name, barIntervalMs))
    .map(({ name, comment, query }) => ({ name, comment: named(comment), query: named(query) }))
}

/** Longer bars are made of whole shorter ones only. */
function canBeMade(view: string, barIntervalMs: number): boolean {
  const rolledUpTo = view.startsWith(BARS_TABLE_PREFIX)
    ? parseInterval(view.slice(BARS_TABLE_PREFIX.length))
    : undefined
  return rolledUpTo === undefined || (rolledUpTo > barIntervalMs && rolledUpTo % barIntervalMs === 0)
}
