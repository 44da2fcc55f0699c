// The two ends of a copy, opened: which tables, and where each goes. A place is never copied into itself.

import { basename } from 'node:path'
import { noTableAt, openNamedTable, openPlace } from '#lake/named_table'
import { noTables } from '#lake-sql/lake_source'
import { probeConditionalPut, probeKey } from '#object-store/conditional_put_probe'
import { assertWritableKey } from '#object-store/keys'
import { type ObjectStore, within } from '#object-store/object_store'
import { removeUnfinished } from '#object-store/unfinished_files'
import { PlatformError } from '#runtime/errors'
import type { CommandContext } from '#services/cli/command'
import type { CopyWish } from '#services/cli/copy/copy_words'
import { overlapOfFolders } from '#services/copy/overlapping_folders'
import { openTarget } from '#services/platform/open'
import { lakeSettings, targetSettings } from '#services/platform/settings'
import { type CopyEnds, isSourceInTarget, type Overlap, overlapByObject } from '#table-copy/apart'
import type { CopiedTable } from '#table-copy/follow'
import { hasTable, tableFirstBelow, tablesBelow } from '#table-copy/tables_below'

/** The ends of a copy. */
export interface CopyPlaces {
  /** The table, or the root of the tables. */
  readonly source: ObjectStore
  readonly target: ObjectStore
  /** Whether they are roots of tables. */
  readonly isAll: boolean
  /** The tables that there are now; none is no failure. */
  readonly findTables: () => Promise<readonly CopiedTable[]>
}

/** Opens both ends. Throws USAGE when one lies in the other. */
export async function openPlaces(context: CommandContext, wish: CopyWish): Promise<CopyPlaces> {
  const source = await openSource(context, wish)
  const target = await openTarget(wish.target, context.settings)
  requireApart({ source, target }, context)
  if (!wish.isAll) {
    await requireTable(source)
    const table = { name: nameOf(source), source, target }
    return { source, target, isAll: false, findTables: async () => [table] }
  }
  const tables = new Map<string, CopiedTable>()
  const findTables = async () => {
    for (const name of await tablesBelow(source)) {
      if (!tables.has(name)) tables.set(name, tableOf({ source, target }, name))
    }
    return [...tables.values()]
  }
  return { source, target, isAll: true, findTables }
}

/** One of all tables: the copy of it gets a folder of its name, which not every name can be. */
function tableOf({ source, target }: Pick<CopyPlaces, 'source' | 'target'>, name: string): CopiedTable {
  const table = { name, source: within(source, name), target: within(target, name) }
  try {
    assertWritableKey(name)
    return table
  } catch {
    const fact = `${table.source.url} has a name that not every store takes (letters, digits and . _ = - are taken)`
    const message = `${fact}, so --all does not copy it; copy it by itself: tickerlake copy SOURCE TARGET`
    return { ...table, fault: new PlatformError('TABLE_UNSUPPORTED', message) }
  }
}

/** All tables of a copy that is made once. Throws TABLE_NOT_FOUND when there is none. */
export async function foundTables({ findTables, source }: CopyPlaces, wish: CopyWish): Promise<readonly CopiedTable[]> {
  const tables = await findTables()
  if (tables.length > 0) return tables
  if (wish.source === undefined) throw noTables(source.url)
  const message = `there are no Delta tables right below ${source.url}; name the folder that holds their folders`
  throw new PlatformError('TABLE_NOT_FOUND', message)
}

/** Before anything is left at the target. Throws TABLE_NOT_FOUND. */
async function requireTable(source: ObjectStore): Promise<void> {
  if (!(await hasTable(source))) throw noTableAt(source)
}

/**
 * Makes sure of the target before it is written to. A store that is not on this machine has to prove that it keeps the
 * condition, since two copiers would overwrite each other at one that does not, and that it is apart from the source.
 * A folder keeps the condition by its links, and is told apart by its path; what a killed copier left of these tables
 * long ago is removed. Throws STORE_NO_CONDITIONAL_PUT, USAGE, and STORE_ errors.
 */
export async function prepareTarget(places: CopyPlaces, context: CommandContext): Promise<void> {
  const isFolder = places.target.localPath !== undefined
  if (!isFolder) await requireProof(places, context)
  await refuseNesting(places)
  if (!isFolder) return
  // Trouble at the source is told when it is copied from.
  const tables = await places.findTables().catch(() => [])
  for (const { target } of tables) await removeUnfinished(target.url, context.clock.now())
}

async function requireProof(ends: CopyEnds, context: CommandContext): Promise<void> {
  await probeConditionalPut(ends.target, {
    newId: context.newId,
    whileThere: async (key) => refuse(ends, await overlapByObject(ends, key)),
  })
  if (await isSourceInTarget(ends, probeKey(context.newId()))) refuse(ends, 'source in target')
}

/** A table around others would have them swept away by an engine that vacuums it. Throws USAGE. */
async function refuseNesting({ source, target, isAll }: CopyPlaces): Promise<void> {
  if (isAll) {
    if (!(await hasTable(target))) return
    const message = `copy: the TARGET ${target.url} is a table itself; --all needs a place for the tables' folders`
    throw new PlatformError('USAGE', message)
  }
  const inner = await tableFirstBelow(target)
  if (inner === undefined) return
  const fact = `copy: the TARGET ${target.url} holds other tables, such as ${inner}`
  throw new PlatformError('USAGE', `${fact}; name a folder for this one: ${target.url}/${nameOf(source)}`)
}

function openSource(context: CommandContext, { isAll, source }: CopyWish): Promise<ObjectStore> {
  if (source === undefined) return context.openLake()
  return isAll ? openPlace(context, source) : openNamedTable(context, source)
}

/** The last part of a table's place. */
function nameOf({ url }: ObjectStore): string {
  return basename(url.replace(/\/+$/, '')) || url
}

/** What can be told before anything is asked or written. */
function requireApart(ends: CopyEnds, { settings }: CommandContext): void {
  const { source, target } = ends
  const [from, to] = [source.localPath !== undefined, target.localPath !== undefined]
  if (from && to) refuse(ends, overlapOfFolders(source.url, target.url))
  else if (!from && !to && isSameService(settings)) refuse(ends, overlapOfUrls(ends))
}

function overlapOfUrls({ source, target }: CopyEnds): Overlap {
  if (source.url === target.url) return 'same'
  if (target.url.startsWith(`${source.url}/`)) return 'target in source'
  return source.url.startsWith(`${target.url}/`) ? 'source in target' : undefined
}

/** Whether one setting leads both ends to one service; services at two addresses may have buckets of one name. */
function isSameService(settings: CommandContext['settings']): boolean {
  const [ours, theirs] = [settings.of(lakeSettings), settings.of(targetSettings)] as Readonly<Record<string, unknown>>[]
  return Object.keys(targetSettings.shape)
    .filter((name) => name.endsWith('_ENDPOINT'))
    .every((name) => ours?.[name] === theirs?.[name])
}

/** Throws USAGE unless they are apart. */
function refuse({ source, target }: CopyEnds, overlap: Overlap): void {
  if (overlap === undefined) return
  const hows = {
    same: `is the source itself${source.url === target.url ? '' : `, ${source.url}`}`,
    'target in source': `lies in the source ${source.url}`,
    'source in target': `holds the source ${source.url}`,
  }
  throw new PlatformError('USAGE', `copy: the TARGET ${target.url} ${hows[overlap]}; name a place apart from it`)
}
