// Reads the lake's tables as an outsider would: the Delta log for the files, DuckDB for the rows.

import { DuckDBInstance } from '@duckdb/node-api'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { type ObjectStore, within } from '#object-store/object_store'
import { newFolder, removeFolder } from '#support/temporary_folder'

/** A row as DuckDB's JSON has it: 64-bit integers, timestamps and dates as text. */
export type TableRow = Readonly<Record<string, unknown>>

/** The newest snapshot of a table of the lake. */
export async function snapshotOf(lake: ObjectStore, table: string): Promise<Snapshot> {
  const snapshot = await loadSnapshot(within(lake, table))
  if (snapshot === undefined) throw new Error(`there is no table ${table}`)
  return snapshot
}

/** All rows of a table, by partition and offset of their source. */
export async function rowsOf(lake: ObjectStore, table: string): Promise<readonly TableRow[]> {
  if (lake.localPath === undefined) return rowsOfCopy(lake, table)
  const { localPath } = lake
  const snapshot = await snapshotOf(lake, table)
  const files = [...snapshot.files.values()].map(({ path, partitionValues }) => {
    const file = localPath(`${table}/${path}`)
    return `SELECT *, DATE '${partitionValues.date}' AS date FROM read_parquet('${file}', hive_partitioning = false)`
  })
  if (files.length === 0) return []
  return query(`SELECT * FROM (${files.join(' UNION ALL BY NAME ')}) ORDER BY source_partition, source_offset`)
}

async function rowsOfCopy(lake: ObjectStore, table: string): Promise<readonly TableRow[]> {
  const folder = newFolder()
  try {
    const copy = openFilesystemStore({ root: folder })
    const { files, version } = await snapshotOf(lake, table)
    const entries = Array.from({ length: version + 1 }, (_, i) => `_delta_log/${String(i).padStart(20, '0')}.json`)
    for (const key of [...entries, ...files.keys()].map((path) => `${table}/${path}`)) {
      await copy.put(key, (await lake.get(key)) ?? new Uint8Array())
    }
    return await rowsOf(copy, table)
  } finally {
    removeFolder(folder)
  }
}

/** Runs a query in a database of its own. */
export async function query(sql: string): Promise<readonly TableRow[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    await connection.run("SET TimeZone = 'UTC'")
    return (await connection.runAndReadAll(sql)).getRowObjectsJson() as TableRow[]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
