// What SQL can name: the lake's own tables, attached tables beside them, and the views of sql/views.sql.

import { readFile } from 'node:fs/promises'
import { viewsOver } from '#lake/bar_views'
import type { FoundTables } from '#lake/found_tables'
import { gapsView } from '#lake/gaps/gaps_view'
import { openPlace } from '#lake/named_table'
import { DATE_COLUMN, schemaOf, TABLES, type TableSpec } from '#lake/tables'
import { parseViews } from '#lake/views'
import type { NamedTable } from '#lake-sql/lake_source'
import type { ViewDefinition } from '#lake-sql/view'
import { type ObjectStore, within } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'

const VIEWS_FILE = new URL('../../sql/views.sql', import.meta.url)

/** The lake's own tables. One that is not there yet is an empty one to queries. */
export function lakeTables(lake: ObjectStore, tables: readonly TableSpec[] = TABLES): readonly NamedTable[] {
  return tables.map((spec) => ({
    name: spec.name,
    store: within(lake, spec.name),
    expected: { schema: schemaOf(spec), partitionColumns: [DATE_COLUMN] },
  }))
}

/** The views over them. The view `gaps` looks at no bar of a UTC date before `barsFrom`, such as `2026-11-27`. */
export async function lakeViews(found: FoundTables, barsFrom?: string): Promise<readonly ViewDefinition[]> {
  const written = parseViews(await readFile(VIEWS_FILE, 'utf8'))
  return viewsOver(found, [...written, gapsView({ barIntervalMs: found.barIntervalMs, barsFrom })])
}

const ATTACHMENT = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/s

/** Reads `name=PATH_OR_URL` for each --attach. Throws USAGE when a name is none, or taken. */
export async function attachedTables(
  words: readonly string[],
  parts: { readonly taken: readonly string[]; openStore(url: string): Promise<ObjectStore> },
): Promise<readonly NamedTable[]> {
  const taken = new Set(parts.taken.map((name) => name.toLowerCase()))
  const tables: NamedTable[] = []
  for (const word of words) {
    const [, name, url] = ATTACHMENT.exec(word) ?? []
    if (name === undefined || url === undefined) {
      throw new PlatformError('USAGE', `--attach takes name=PATH_OR_URL, not ${JSON.stringify(word)}`)
    }
    if (taken.has(name.toLowerCase())) throw new PlatformError('USAGE', `--attach ${name}: the name is taken already`)
    taken.add(name.toLowerCase())
    tables.push({ name, store: await openPlace(parts, url) })
  }
  return tables
}
