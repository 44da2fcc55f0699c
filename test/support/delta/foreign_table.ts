// Delta tables as other engines write them: the log's actions are given as they stand, so that a test can say what no
// writer of ours would. Queries go the way of `tickerlake sql --attach`: snapshot, pruning, sandbox.

import { cpSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Protocol } from '#delta/log/actions'
import { PLAIN_PROTOCOL } from '#delta/protocol'
import { lakeSource, type TableRead } from '#lake-sql/lake_source'
import { SQL_LIMITS_DEFAULT } from '#lake-sql/limits'
import { startQuery } from '#lake-sql/query'
import type { ResultRow } from '#lake-sql/result'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { entry } from '#support/delta/delta_table'

/** What the first log entry of a table says. */
export interface ForeignTable {
  /** As schemaString holds it; any type name may stand in it. */
  readonly schema: object
  readonly partitionColumns?: readonly string[]
  readonly configuration?: Readonly<Record<string, string>>
  readonly protocol?: Protocol
  /** Further actions: adds, removes. */
  readonly actions: readonly object[]
}

/** Writes version 0 of a table below the folder. */
export function writeForeignLog(folder: string, table: ForeignTable): void {
  const { schema, partitionColumns = [], configuration = {}, protocol = PLAIN_PROTOCOL, actions } = table
  const format = { provider: 'parquet', options: {} }
  const metaData = { id: 'foreign', format, schemaString: JSON.stringify(schema), partitionColumns, configuration }
  writeEntry(folder, 0, [{ protocol }, { metaData }, ...actions])
}

/** Writes a log entry of the table below the folder. */
export function writeEntry(folder: string, version: number, actions: readonly object[]): void {
  mkdirSync(join(folder, '_delta_log'), { recursive: true })
  writeFileSync(join(folder, '_delta_log', `${String(version).padStart(20, '0')}.json`), entry(...actions))
}

/** An add of a file that is in the folder. */
export function addOf(folder: string, path: string, more: object = {}): { readonly add: object } {
  const { size } = statSync(join(folder, decodeURIComponent(path)))
  return { add: { path, partitionValues: {}, size, modificationTime: 1, dataChange: true, ...more } }
}

/** Copies a file of test/fixtures/foreign into the table's folder and gives its add. */
export function addFixture(folder: string, name: string, more: object = {}): { readonly add: object } {
  mkdirSync(folder, { recursive: true })
  cpSync(join(import.meta.dirname, '../../fixtures/foreign', name), join(folder, name))
  return addOf(folder, name, more)
}

/** Writes the rows of a query as a file of the table's folder and gives its add. `options` are those of COPY. */
export async function addRows(
  folder: string,
  file: { readonly path: string; readonly rows: string; readonly options?: string; readonly more?: object },
): Promise<{ readonly add: object }> {
  const target = join(folder, file.path)
  mkdirSync(dirname(target), { recursive: true })
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  await connection.run(`COPY (${file.rows}) TO '${target}' (FORMAT parquet${file.options ?? ''})`)
  connection.closeSync()
  instance.closeSync()
  return addOf(folder, file.path, file.more)
}

/** What a query of the table found, and which of its files it read. */
export interface ForeignResult {
  /** Of each statement. */
  readonly rows: readonly ResultRow[][]
  readonly columns: readonly (readonly string[])[]
  readonly read: TableRead | undefined
}

/** Queries the table of the folder (or store), called `t`, in the sandbox. */
export async function queryForeign(table: string | ObjectStore, sql: string): Promise<ForeignResult> {
  const store = typeof table === 'string' ? openFilesystemStore({ root: table }) : table
  let read: TableRead | undefined
  const source = lakeSource({
    url: store.url,
    tables: [{ name: 't', store }],
    at: { kind: 'newest' },
    cache: { folder: '/nowhere', bytesMax: 0, clock: systemClock, newId: () => 'id' },
    onRead: (found) => {
      read = found
    },
  })
  const query = await startQuery({ sql, source, views: [], limits: SQL_LIMITS_DEFAULT })
  const rows: ResultRow[][] = []
  const columns: string[][] = []
  try {
    for (let event = await query.next(); event.kind !== 'end'; event = await query.next()) {
      if (event.kind === 'columns') {
        columns.push(event.columns.map(({ name }) => name))
        rows.push([])
      }
      if (event.kind === 'rows') rows.at(-1)?.push(...event.rows)
    }
    return { rows, columns, read }
  } finally {
    await query.close()
  }
}
