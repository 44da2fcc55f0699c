// A Parquet file on its way into a table: put under its final, unique name, and described as the log wants it. Until a
// commit names it, it is nobody's; what a crash leaves is vacuum's.

import type { CommitContext } from '#delta/commit'
import { newDataFilePath } from '#delta/data_file/new_path'
import { encodeStatistics } from '#delta/data_file/statistics'
import type { AddFile } from '#delta/log/actions'
import type { StructType } from '#delta/schema/schema'
import type { ParquetFile } from '#duckdb/parquet_copy'
import type { ObjectStore } from '#object-store/object_store'
import { messageOf } from '#runtime/errors'
import { retry } from '#runtime/retry'
import { UPLOAD_RETRY } from '#services/writer/limits'

/** The table that a file is for. */
export interface DataFileTarget {
  /** For people. */
  readonly table: string
  /** At the table's folder. */
  readonly store: ObjectStore
  readonly schema: StructType
  readonly partitionColumns: readonly string[]
  readonly context: CommitContext
}

/** Where in the table a file belongs, and whether its rows are new there. */
export interface DataFileFacts {
  readonly partitionValues: Readonly<Record<string, string | null>>
  readonly dataChange: boolean
  /** Tells the files of one commit apart; 0 by default. */
  readonly part?: number
}

/** Puts the file and returns its add action. Throws STORE_ errors. */
export async function putDataFile(file: ParquetFile, facts: DataFileFacts, target: DataFileTarget): Promise<AddFile> {
  const { store, context, partitionColumns, table } = target
  const { partitionValues, dataChange, part = 0 } = facts
  const path = newDataFilePath({ partitionColumns, partitionValues, id: context.newId(), part })
  const onRetry = (error: unknown, attempt: number, delayMs: number) => {
    const fields = { table, path, attempt, delayMs, cause: messageOf(error) }
    context.logger?.warn(fields, 'a data file could not be put; trying again')
  }
  await retry(() => store.put(path, file.body), UPLOAD_RETRY, { ...context, onRetry })
  return {
    path,
    partitionValues,
    size: file.body.length,
    modificationTime: context.clock.now(),
    dataChange,
    stats: encodeStatistics(target.schema, { ...file.statistics, partitionColumns }),
  }
}
