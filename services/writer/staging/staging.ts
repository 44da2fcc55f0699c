// The staging: an in-memory DuckDB in which rows wait for their flush, and which then writes them as Parquet. One table
// a buffer, each with a connection of its own, so that one can be written while another is filled.

import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { connectDuckdb, openDuckdb } from '#duckdb/open'
import { copyToParquet, type ParquetFile } from '#duckdb/parquet_copy'
import { quoteName, quoteText } from '#duckdb/quoting'
import { requiredDuckdbType } from '#duckdb/types'
import { PROVENANCE, type TableSpec, TOPIC_COLUMN } from '#lake/tables'
import { DAY_MS } from '#runtime/units'
import { DUCKDB_THREADS, STAGING_MEMORY_BYTES } from '#services/writer/limits'
import { ASSIGNMENT_COLUMN, type RowChunk, STAGED_DATE_COLUMN, stagedColumns } from '#services/writer/staging/row_chunk'

/** A Parquet file that was written from a staging table. */
export interface StagedFile extends ParquetFile {
  /** Days since the epoch. */
  readonly day: number
}

/** The rows of one date, of some assignments only when `assignments` is given. */
export interface Selection {
  /** Days since the epoch. */
  readonly day: number
  readonly assignments?: readonly number[]
}

/** The process's staging database. */
export class Staging {
  readonly #instance: DuckDBInstance
  readonly #folder: string

  /** Of parts that are open; Staging.open() opens them. */
  constructor(instance: DuckDBInstance, folder: string) {
    this.#instance = instance
    this.#folder = folder
  }

  /** Opens the database; what it spills and writes stays in a fresh folder below `temporaryFolder`. */
  static async open(temporaryFolder: string): Promise<Staging> {
    const folder = await mkdtemp(join(temporaryFolder, 'tickerlake-writer-'))
    const [memoryBytes, tempFolder] = [STAGING_MEMORY_BYTES, join(folder, 'spill')]
    return new Staging(await openDuckdb({ memoryBytes, threads: DUCKDB_THREADS, tempFolder }), folder)
  }

  /** A staging table; `slot` tells the buffers of one Delta table apart. */
  async table(spec: TableSpec, slot: number): Promise<StagingTable> {
    const connection = await connectDuckdb(this.#instance)
    const name = `${spec.name}_${slot}`
    const table = new StagingTable(spec, { connection, name, file: join(this.#folder, `${name}.parquet`) })
    await table.clear()
    return table
  }

  async close(): Promise<void> {
    this.#instance.closeSync()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

interface StagingTableParts {
  readonly connection: DuckDBConnection
  readonly name: string
  readonly file: string
}

/** Rows of one buffer: appended, sealed, copied out date by date, cleared. */
export class StagingTable {
  readonly #spec: TableSpec
  readonly #connection: DuckDBConnection
  readonly #name: string
  readonly #file: string
  #appender: DuckDBAppender | null = null

  constructor(spec: TableSpec, parts: StagingTableParts) {
    this.#spec = spec
    this.#connection = parts.connection
    this.#name = parts.name
    this.#file = parts.file
  }

  append(chunk: RowChunk): void {
    if (this.#appender === null) throw new Error(`staging table ${this.#name} is sealed`)
    chunk.moveTo(this.#appender)
  }

  /** Ends the appending: from here on the rows can be copied. */
  seal(): void {
    this.#appender?.closeSync()
    this.#appender = null
  }

  /** Writes the selected rows as one Parquet file; null when there are none. */
  async copy(selection: Selection): Promise<StagedFile | null> {
    const copy = { rows: this.#rowsOf(selection), file: this.#file, table: this.#name }
    const file = await copyToParquet(this.#connection, copy)
    return file === null ? null : { day: selection.day, ...file }
  }

  /** Drops all rows and takes new ones. */
  async clear(): Promise<void> {
    this.seal()
    const columns = stagedColumns(this.#spec).map(({ name, type }) => `${quoteName(name)} ${requiredDuckdbType(type)}`)
    await this.#connection.run(`CREATE OR REPLACE TABLE ${quoteName(this.#name)} (${columns.join(', ')})`)
    this.#appender = await this.#connection.createAppender(this.#name)
  }

  #rowsOf({ day, assignments }: Selection): string {
    const columns = [
      ...this.#spec.columns.map((column) => quoteName(column.name)),
      `${quoteText(this.#spec.topic)} AS ${quoteName(TOPIC_COLUMN)}`,
      ...PROVENANCE.map((column) => quoteName(column.name)),
    ]
    const conditions = [`${STAGED_DATE_COLUMN} = DATE ${quoteText(isoDate(day))}`]
    if (assignments !== undefined) conditions.push(`list_contains([${assignments.join(', ')}], ${ASSIGNMENT_COLUMN})`)
    return `SELECT ${columns.join(', ')} FROM ${quoteName(this.#name)} WHERE ${conditions.join(' AND ')}`
  }
}

/** The date of a day since the epoch. */
export function isoDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}
