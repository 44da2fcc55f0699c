// Deletion vectors inside the child: one row of a table for each 4,096 rows of a file of which some are deleted, with a
// bit for each of them. So they take a bit a row of the file at most, and DuckDB may move them to its temporary files.
// A scan joins them by its virtual columns filename and file_row_number, which filters and skipped row groups leave
// right.

import type { DuckDBConnection } from '@duckdb/node-api'
import { deletedRows } from '#delta/deletion_vector/deletion_vector'
import { quoteName } from '#duckdb/quoting'
import type { FileDeletions, LocalTable } from '#lake-sql/local_table'

/** Rows of a file that share one row of the table of deletions. */
const BLOCK_ROWS = 4_096
const BLOCK_BYTES = BLOCK_ROWS / 8

/** Blocks that the appender holds before DuckDB takes them over. */
const BLOCKS_PER_FLUSH = 4_096

/** Apart from the tables, so that lists of tables do not have it. */
const SCHEMA = 'deletion_vectors'

/** Loads the deletion vectors of a table's files. Throws TABLE_CORRUPT when one is damaged. */
export async function loadDeletions(connection: DuckDBConnection, table: LocalTable): Promise<void> {
  if (table.deletions === undefined || table.deletions.length === 0) return
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`)
  await connection.run(`CREATE TABLE ${SCHEMA}.loading (file VARCHAR, block BIGINT, deleted BLOB)`)
  const appender = await connection.createAppender('loading', SCHEMA)
  let waiting = 0
  for (const deletions of table.deletions) {
    for (const { block, bits } of blocksOf(deletions, table.name)) {
      appender.appendVarchar(deletions.file)
      appender.appendBigInt(BigInt(block))
      appender.appendBlob(bits)
      appender.endRow()
      if (++waiting % BLOCKS_PER_FLUSH === 0) appender.flushSync()
    }
  }
  appender.closeSync()
  const bits = 'SELECT file, block, deleted::BIT AS deleted'
  await connection.run(`CREATE TABLE ${deletionsTable(table.name)} AS ${bits} FROM ${SCHEMA}.loading`)
  await connection.run(`DROP TABLE ${SCHEMA}.loading`)
}

/** The alias of a scan that withoutDeleted reads. */
export const SCAN_ALIAS = '__data'

/** What follows a scan of the table's files, called SCAN_ALIAS, to leave out the deleted rows. */
export function withoutDeleted(table: string): string {
  const [file, row] = [`${SCAN_ALIAS}.filename`, `${SCAN_ALIAS}.file_row_number`]
  const block = `__deleted.file = ${file} AND __deleted.block = ${row} // ${BLOCK_ROWS}`
  const isLeft = `__deleted.deleted IS NULL OR get_bit(__deleted.deleted, (${row} % ${BLOCK_ROWS})::INTEGER) = 0`
  return `LEFT JOIN ${deletionsTable(table)} AS __deleted ON ${block} WHERE ${isLeft}`
}

function deletionsTable(table: string): string {
  return `${SCHEMA}.${quoteName(`of ${table}`)}`
}

interface Block {
  /** Of the file's rows, from 0 on. */
  readonly block: number
  readonly bits: Uint8Array
}

function* blocksOf({ file, vector, cardinality }: FileDeletions, table: string): Generator<Block, void, void> {
  const rows = deletedRows(Buffer.from(vector, 'base64'), { cardinality, table, file })
  for (const { firstRow, bits } of rows) {
    for (let at = 0; at < bits.length * 8; at += BLOCK_ROWS) {
      const slice = bits.subarray(at / 8, at / 8 + BLOCK_BYTES)
      if (slice.some((byte) => byte !== 0)) yield { block: (firstRow + at) / BLOCK_ROWS, bits: slice }
    }
  }
}
