// The rows of small files, kept in memory from read to read: to open a file takes longer than to look through its rows,
// and a table that is being written has a hundred small ones. A data file never changes, so what is kept of it stays
// right. Of a table there are two generations at most: the older one goes when the newer one is full.
// Invariant: a statement may fail at any time, since reads are broken off. What is known is what is there.

import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteName, quoteText } from '#duckdb/quoting'
import { readParquetSql, scanSchemaSql } from '#duckdb/read_parquet'
import { createTableView } from '#lake-sql/child/scan/create_view'
import { constantSql } from '#lake-sql/child/scan/table_view'
import { READER_KEPT_ROWS_MAX } from '#lake-sql/limits'
import type { FileGroup, LakeColumn, LocalTable } from '#lake-sql/local_table'

/** Rows of some files, in a table of their own. */
interface Generation {
  /** As SQL. */
  readonly name: string
  /** The number that the rows of each file have. */
  readonly files: Map<string, number>
  rows: number
}

/** What is kept of one table, the newest first. */
interface Kept {
  /** Another shape of the table begins anew. */
  readonly shape: string
  readonly columns: readonly LakeColumn[]
  readonly generations: Generation[]
}

const SCHEMA = 'kept'
const FILE_COLUMN = quoteName('__file')

/** The kept rows of a connection. */
export class KeptRows {
  readonly #connection: DuckDBConnection
  readonly #tables = new Map<string, Kept>()
  /** Generations that are not known any more, by name, and are to be dropped. */
  readonly #unused: string[] = []
  #made = 0

  constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  /** Takes in what is not kept yet of the table's small files. Not within a transaction that is rolled back. */
  async load(table: LocalTable): Promise<void> {
    if (table.small === undefined || table.small.length === 0) return
    const kept = this.#keptOf(table)
    if ((kept.generations[0]?.rows ?? READER_KEPT_ROWS_MAX) >= READER_KEPT_ROWS_MAX) await this.#renew(kept)
    await this.#dropUnused()
    const missing = table.small.filter((file) => !kept.generations.some(({ files }) => files.has(file)))
    if (missing.length > 0) await this.#loadFiles(kept, missing)
  }

  async #loadFiles({ columns, generations }: Kept, files: readonly string[]): Promise<void> {
    const generation = generations[0] as Generation
    const numbers = new Map(files.map((file) => [file, ++this.#made]))
    const names = [...numbers].map(([file, number]) => `(${quoteText(file)}, ${number})`)
    const scan = readParquetSql(files, scanSchemaSql(columns.map(scanColumn)))
    const result = await this.#connection.run(`INSERT INTO ${generation.name}
      SELECT ${['__of.number', ...columns.map(({ name }) => `__rows.${quoteName(name)}`)].join(', ')}
      FROM ${scan} AS __rows JOIN (VALUES ${names.join(', ')}) AS __of(file, number) ON __rows.filename = __of.file`)
    for (const [file, number] of numbers) generation.files.set(file, number)
    generation.rows += result.rowsChanged
  }

  /** Makes the table readable under its name: from its files, and from what is kept of them. */
  async createView(table: LocalTable): Promise<void> {
    const kept = this.#tables.get(table.name)
    const { small, content } = table
    if (kept === undefined || small === undefined || small.length === 0 || content === 'listed') {
      return createTableView(this.#connection, table)
    }
    const isSmall = new Set(small)
    const others = groupsOf(content, (file) => !isSmall.has(file))
    const rest = { ...table, name: `${table.name}__files`, content: others }
    await createTableView(this.#connection, rest)
    const groups = groupsOf(content, (file) => isSmall.has(file))
    const selects = groups.flatMap((group) => keptSql(table, kept, group))
    const all = [`FROM ${quoteName(rest.name)}`, ...selects].join('\nUNION ALL\n')
    await this.#connection.run(`CREATE VIEW ${quoteName(table.name)} AS\n${all}`)
  }

  #keptOf(table: LocalTable): Kept {
    const shape = JSON.stringify([table.columns, table.partitionColumns])
    const known = this.#tables.get(table.name)
    if (known?.shape === shape) return known
    this.#forget(known?.generations ?? [])
    const columns = table.columns.filter(({ name }) => !table.partitionColumns.includes(name))
    const kept: Kept = { shape, columns, generations: [] }
    this.#tables.set(table.name, kept)
    return kept
  }

  async #renew(kept: Kept): Promise<void> {
    this.#forget(kept.generations.splice(1))
    const name = `${SCHEMA}.rows_${++this.#made}`
    const columns = kept.columns.map((column) => `${quoteName(column.name)} ${column.type}`)
    await this.#connection.run(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`)
    await this.#connection.run(`CREATE TABLE ${name} (${[`${FILE_COLUMN} INTEGER`, ...columns].join(', ')})`)
    kept.generations.unshift({ name, files: new Map(), rows: 0 })
  }

  #forget(generations: readonly Generation[]): void {
    this.#unused.push(...generations.map(({ name }) => name))
  }

  async #dropUnused(): Promise<void> {
    for (const name of this.#unused.slice()) {
      await this.#connection.run(`DROP TABLE IF EXISTS ${name}`)
      this.#unused.shift()
    }
  }
}

function scanColumn({ name, type }: LakeColumn) {
  return { key: quoteText(name), name, type }
}

/** The groups with those files alone. */
function groupsOf(groups: readonly FileGroup[], isIn: (file: string) => boolean): readonly FileGroup[] {
  return groups.map((group) => ({ ...group, files: group.files.filter(isIn) })).filter(({ files }) => files.length > 0)
}

/** The kept rows of a group's files, with its partition values. */
function keptSql(table: LocalTable, kept: Kept, group: FileGroup): string[] {
  const columns = table.columns.map(({ name, type }) => {
    const isStored = !table.partitionColumns.includes(name)
    return isStored
      ? quoteName(name)
      : `${constantSql(group.partitionValues[name] ?? null, type)} AS ${quoteName(name)}`
  })
  return kept.generations.flatMap((generation) => {
    const numbers = group.files.flatMap((file) => generation.files.get(file) ?? [])
    if (numbers.length === 0) return []
    return [`SELECT ${columns.join(', ')} FROM ${generation.name} WHERE ${FILE_COLUMN} IN (${numbers.join(', ')})`]
  })
}
