// Many Parquet files into one by DuckDB: the same rows, sorted, in the physical types of the table's schema. Files that
// are objects are copied here first; nothing of them stays. Invariant: what comes out has as many rows as the footers
// of what went in say.

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { notAsLogged, objectKeyOf } from '#delta/data_file/path'
import type { AddFile } from '#delta/log/actions'
import type { Snapshot } from '#delta/snapshot'
import { connectDuckdb, openDuckdb } from '#duckdb/open'
import { copyToParquet, type ParquetFile } from '#duckdb/parquet_copy'
import { quoteName, quoteText } from '#duckdb/quoting'
import { fileListSql, readParquetSql, scanSchemaSql } from '#duckdb/read_parquet'
import { requiredDuckdbType } from '#duckdb/types'
import type { ObjectStore } from '#object-store/object_store'
import { DUCKDB_THREADS, MERGE_FETCHES_MAX, MERGE_MEMORY_BYTES } from '#services/writer/limits'

/** What to merge. */
export interface MergeWork {
  /** For messages. */
  readonly table: string
  readonly store: ObjectStore
  readonly snapshot: Snapshot
  readonly files: readonly AddFile[]
  /** Columns that the rows are sorted by; those that the table lacks are skipped. */
  readonly sortedBy: readonly string[]
}

/** The database that merges, one merge at a time. */
export class Merger {
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  readonly #folder: string

  /** Of parts that are open; Merger.open() opens them. */
  constructor(instance: DuckDBInstance, connection: DuckDBConnection, folder: string) {
    this.#instance = instance
    this.#connection = connection
    this.#folder = folder
  }

  /** Opens the database; what it spills, fetches and writes stays in a fresh folder below `temporaryFolder`. */
  static async open(temporaryFolder: string = tmpdir()): Promise<Merger> {
    const folder = await mkdtemp(join(temporaryFolder, 'tickerlake-merge-'))
    const [memoryBytes, tempFolder] = [MERGE_MEMORY_BYTES, join(folder, 'spill')]
    const instance = await openDuckdb({ memoryBytes, threads: DUCKDB_THREADS, tempFolder })
    return new Merger(instance, await connectDuckdb(instance), folder)
  }

  /** The rows of all files in one. Throws TABLE_CORRUPT when a file is not what the log says, STORE_ errors. */
  async merge(work: MergeWork, signal?: AbortSignal): Promise<ParquetFile> {
    const interrupt = () => this.#connection.interrupt()
    signal?.addEventListener('abort', interrupt)
    const fetched: string[] = []
    try {
      const paths = await localPaths(work, this.#folder, fetched)
      signal?.throwIfAborted()
      return await this.#merge(work, paths)
    } finally {
      signal?.removeEventListener('abort', interrupt)
      await Promise.all(fetched.map((path) => rm(path, { force: true })))
    }
  }

  async close(): Promise<void> {
    this.#connection.closeSync()
    this.#instance.closeSync()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #merge(work: MergeWork, paths: readonly string[]): Promise<ParquetFile> {
    const footers = await this.#connection.runAndReadAll(
      `SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(${fileListSql(paths)})`,
    )
    const rows = Number(footers.getRows()[0]?.[0])
    const copy = { rows: mergeQuery(work, paths), file: join(this.#folder, 'merged.parquet'), table: work.table }
    const file = await copyToParquet(this.#connection, copy)
    if (file === null || file.statistics.numRecords !== rows) {
      throw new Error(`merging ${rows} rows of ${work.table} gave ${file?.statistics.numRecords ?? 0}`)
    }
    return file
  }
}

function mergeQuery({ snapshot, sortedBy }: MergeWork, paths: readonly string[]): string {
  const { partitionColumns } = snapshot.metadata
  const columns = snapshot.schema.fields.filter((field) => !partitionColumns.includes(field.name))
  const schema = columns.map(({ name, type }) => ({ key: quoteText(name), name, type: requiredDuckdbType(type) }))
  const names = columns.map((column) => column.name)
  const order = sortedBy.filter((name) => names.includes(name)).map(quoteName)
  const scan = readParquetSql(paths, scanSchemaSql(schema))
  const sorting = order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`
  return `SELECT ${names.map(quoteName).join(', ')} FROM ${scan}${sorting}`
}

/** The files on this machine; those that had to be fetched are noted in `fetched`. */
async function localPaths(work: MergeWork, folder: string, fetched: string[]): Promise<readonly string[]> {
  const paths: string[] = []
  const queue = work.files.entries()
  const worker = async () => {
    for (const [i, file] of queue) paths[i] = await localFile(work, file, { to: join(folder, `${i}.parquet`), fetched })
  }
  const results = await Promise.allSettled(Array.from({ length: MERGE_FETCHES_MAX }, worker))
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return paths
}

async function localFile(work: MergeWork, file: AddFile, options: { to: string; fetched: string[] }): Promise<string> {
  const [key, logged] = [objectKeyOf(file.path, work.store.url), Number(file.size)]
  const otherThanLogged = (found: number | undefined) =>
    notAsLogged(work.store.url, { path: file.path, bytes: { found, logged } })
  const local = work.store.localPath?.(key)
  if (local !== undefined) {
    const size = (await stat(local).catch(() => undefined))?.size
    if (size !== logged) throw otherThanLogged(size)
    return local
  }
  const body = await work.store.get(key)
  if (body?.length !== logged) throw otherThanLogged(body?.length)
  options.fetched.push(options.to)
  await writeFile(options.to, body)
  return options.to
}
