// Opens the tables that a user names: one of the lake's by its name, or any other by its path or URL.

import { findTables } from '#lake/found_tables'
import type { StoreOpener } from '#lake/query_context'
import { noTables } from '#lake-sql/lake_source'
import { type ObjectStore, within } from '#object-store/object_store'
import { placeFault } from '#object-store/place'
import { PlatformError } from '#runtime/errors'

/** The store at the table's folder. Throws USAGE when the name is none of the lake's and no path either. */
export async function openNamedTable(opener: StoreOpener, name: string): Promise<ObjectStore> {
  if (isPlace(name)) return openPlace(opener, name)
  const lake = await opener.openLake()
  const { tables } = await findTables(lake)
  if (tables.some((spec) => spec.name === name)) return within(lake, name)
  const known = tables.map((spec) => spec.name).join(', ')
  throw new PlatformError(
    'USAGE',
    `there is no table ${JSON.stringify(name)}; there are: ${known}, or give a path or URL`,
  )
}

/** The store at a place that the command line names. Throws USAGE when it is none. */
export async function openPlace(opener: Pick<StoreOpener, 'openStore'>, url: string): Promise<ObjectStore> {
  const fault = placeFault(url)
  if (fault !== null) throw new PlatformError('USAGE', `the table's place ${fault}`)
  return await opener.openStore(url)
}

function isPlace(name: string): boolean {
  return /[/\\:]/.test(name)
}

/** The failure of asking for tables of which none is there. */
export function noneOf(tables: readonly { readonly name: string; readonly store: ObjectStore }[]): PlatformError {
  const [first, ...others] = tables
  if (first === undefined || others.length > 0) return noTables('the lake')
  return isPlace(first.name) ? noTableAt(first.store) : noTables(first.store.url)
}

/** The failure of a place that is to hold a table, and does not. */
export function noTableAt({ url }: ObjectStore): PlatformError {
  const message = `there is no Delta table at ${url}: name the folder that holds _delta_log`
  return new PlatformError('TABLE_NOT_FOUND', message, { fields: { table: url } })
}

/** The table that is named, or all of the lake's. Throws USAGE. */
export async function openTables(
  opener: StoreOpener,
  names: readonly string[],
): Promise<readonly { readonly name: string; readonly store: ObjectStore }[]> {
  const [name, ...more] = names
  if (more.length > 0) throw new PlatformError('USAGE', `one table at a time, or none for all: not ${names.join(' ')}`)
  if (name !== undefined) return [{ name, store: await openNamedTable(opener, name) }]
  const lake = await opener.openLake()
  const { tables } = await findTables(lake)
  return tables.map((spec) => ({ name: spec.name, store: within(lake, spec.name) }))
}
