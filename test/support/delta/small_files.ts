// A table of many small Parquet files with a column of every primitive type, for tests of compaction: made of SQL, read
// back as text, so that two states of it can be compared as multisets.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commitAppend } from '#delta/commit'
import { createTable, type TableDefinition } from '#delta/create'
import { objectKeyOf } from '#delta/data_file/path'
import type { AddFile } from '#delta/log/actions'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { quoteText } from '#duckdb/quoting'
import type { ObjectStore } from '#object-store/object_store'
import { column, testContext } from '#support/delta/delta_table'
import { query } from '#support/lake/lake_tables'
import { newFolder, removeFolder } from '#support/temporary_folder'

/** Columns by name: Delta's type and DuckDB's. */
const TYPES: readonly (readonly [name: string, delta: string, duckdb: string])[] = [
  ['symbol', 'string', 'VARCHAR'],
  ['event_time', 'timestamp', 'TIMESTAMPTZ'],
  ['big', 'long', 'BIGINT'],
  ['whole', 'integer', 'INTEGER'],
  ['amount', 'decimal(38,9)', 'DECIMAL(38,9)'],
  ['price', 'double', 'DOUBLE'],
  ['ratio', 'float', 'FLOAT'],
  ['flag', 'boolean', 'BOOLEAN'],
  ['day', 'date', 'DATE'],
  ['raw', 'binary', 'BLOB'],
]

export const smallFilesTable: TableDefinition = {
  name: 'small_files',
  schema: {
    type: 'struct',
    fields: [...TYPES.map(([name, type]) => column(name, type as 'string')), column('part', 'string')],
  },
  partitionColumns: ['part'],
}

/** A row as SQL values, by column; absent is NULL. */
export type SqlRow = Readonly<Record<string, string>>

/** The bytes of a Parquet file with the rows. */
export async function parquetOf(rows: readonly SqlRow[]): Promise<Uint8Array> {
  const folder = newFolder()
  try {
    const file = join(folder, 'x.parquet')
    const tuples = rows.map((row) => {
      return `SELECT ${TYPES.map(([name, , type]) => `(${row[name] ?? 'NULL'})::${type} AS ${name}`).join(', ')}`
    })
    await query(`COPY (${tuples.join(' UNION ALL ')}) TO '${file}' (FORMAT parquet, COMPRESSION zstd)`)
    return readFileSync(file)
  } finally {
    removeFolder(folder)
  }
}

/** Appends each list of rows as a file of its own, with a commit of its own. */
export async function appendFiles(
  store: ObjectStore,
  files: readonly (readonly SqlRow[])[],
  options: { readonly name: string; readonly part?: string | null },
): Promise<Snapshot> {
  const context = testContext(options.name)
  let snapshot = await createTable(store, smallFilesTable, testContext(`create-${options.name}`))
  for (const rows of files) {
    const body = await parquetOf(rows)
    const path = `part=${options.part ?? 'null'}/${context.newId()}.parquet`
    await store.put(path, body)
    const facts = { path, partitionValues: { part: options.part ?? null }, size: body.length, dataChange: true }
    const stats = JSON.stringify({ numRecords: rows.length })
    const file: AddFile = { ...facts, modificationTime: context.clock.now(), stats }
    const outcome = await commitAppend(store, snapshot, { files: [file], txns: [], operation: 'WRITE' }, context)
    if (outcome.kind !== 'committed') throw new Error(`the append ended as ${outcome.kind}`)
    snapshot = outcome.snapshot
  }
  return snapshot
}

/** All rows of the table as texts, sorted: equal lists are equal multisets. */
export async function multisetOf(store: ObjectStore, snapshot: Snapshot): Promise<readonly string[]> {
  const folder = newFolder()
  try {
    const rows: string[] = []
    for (const file of snapshot.files.values()) {
      const body = await store.get(objectKeyOf(file.path, store.url))
      if (body === undefined) throw new Error(`${file.path} is gone`)
      const copy = join(folder, 'x.parquet')
      writeFileSync(copy, body)
      const columns = TYPES.map(([name]) => (name === 'event_time' ? `epoch_us(${name})` : name))
      const found = await query(`SELECT ${columns.join(', ')} FROM read_parquet('${copy}', hive_partitioning = false)`)
      rows.push(...found.map((row) => JSON.stringify([...Object.values(row), file.partitionValues.part])))
    }
    return rows.sort()
  } finally {
    removeFolder(folder)
  }
}

/** Bounds of the file's statistics that a row of it is outside of, by column. */
export async function brokenBounds(store: ObjectStore, file: AddFile): Promise<readonly string[]> {
  const folder = newFolder()
  try {
    const copy = join(folder, 'x.parquet')
    writeFileSync(copy, (await store.get(objectKeyOf(file.path, store.url))) ?? new Uint8Array())
    const checks = TYPES.flatMap(([name, , type]) =>
      (['min', 'max'] as const).flatMap((side) => {
        const bound = rawBound(file, `${side}Values`, name)
        if (bound === undefined) return []
        const outside = `${name} ${side === 'min' ? '<' : '>'} ${quoteText(bound)}::${type}`
        return `SELECT '${side} of ${name}' AS broken FROM read_parquet('${copy}') WHERE ${outside}`
      }),
    )
    const broken = checks.length === 0 ? [] : await query(checks.join(' UNION ALL '))
    return broken.map((row) => String(row.broken))
  } finally {
    removeFolder(folder)
  }
}

/** The bound as the log has it, digit by digit. */
function rawBound(file: AddFile, side: string, name: string): string | undefined {
  const reviver = (_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' ? context.source : value
  const parse = JSON.parse as (text: string, reviver: unknown) => Record<string, Record<string, string>>
  return parse(file.stats ?? '{}', reviver)[side]?.[name]
}

/** The table's newest snapshot. */
export async function newest(store: ObjectStore): Promise<Snapshot> {
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) throw new Error('there is no table')
  return snapshot
}
