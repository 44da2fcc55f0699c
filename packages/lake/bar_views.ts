// The views of bars, fitted to the table of bars that a lake has. sql/views.sql is written for bars of a minute, as
// `bars_1m`; another table takes that place, views that cannot be made of its bars are left out, and so are those whose
// name a table has.

import type { FoundTables } from '#lake/found_tables'
import { BARS_TABLE_PREFIX, barsTableName } from '#lake/tables'
import type { ViewDefinition } from '#lake-sql/view'
import { parseInterval } from '#market/interval'

/** The table that the file of views names. */
const WRITTEN_FOR = /\bbars_1m\b/g

/** The views that the lake's tables give, in their order. */
export function viewsOver(
  { tables, barIntervalMs }: FoundTables,
  views: readonly ViewDefinition[],
): readonly ViewDefinition[] {
  const named = (text: string) => text.replace(WRITTEN_FOR, barsTableName(barIntervalMs))
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
