// A table of bars as a writer leaves it behind: a day of one-minute bars, most of them in merged files, the newest in
// small ones, a file a minute.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import type { AddFile } from '#delta/log/actions'
import { connectDuckdb, openDuckdb } from '#duckdb/open'
import { copyToParquet } from '#duckdb/parquet_copy'
import { DATE_COLUMN, schemaOf, tableNamed } from '#lake/tables'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { DAY_MS, MINUTE_MS } from '#runtime/units'
import { putDataFile } from '#services/writer/commit/data_file'
import { newFolder, removeFolder } from '#support/temporary_folder'

/** How much of it. */
export interface BarsToMake {
  readonly symbols: number
  readonly minutes: number
  /** The newest minutes, each in a file of its own. */
  readonly smallFiles: number
  /** The start of the last minute. */
  readonly lastMinute: number
}

/** Makes the table below the folder of a lake. */
export async function makeBars(lake: string, bars: BarsToMake): Promise<void> {
  const spec = tableNamed('bars_1m')
  if (spec === undefined) throw new Error('there is no such table')
  const store = openFilesystemStore({ root: join(lake, spec.name) })
  const context = { clock: systemClock, newId: randomUUID, random: () => 0.5 }
  const schema = schemaOf(spec)
  const partitionColumns = [DATE_COLUMN]
  const snapshot = await createTable(store, { name: spec.name, schema, partitionColumns }, context)
  const temporary = newFolder()
  const instance = await openDuckdb({ memoryBytes: 512 * 2 ** 20, threads: 2, tempFolder: temporary })
  const connection = await connectDuckdb(instance)
  const files: AddFile[] = []
  try {
    for (const { from, to } of filesOf(bars)) {
      const copy = { rows: rowsSql(bars.symbols, from, to), file: join(temporary, 'bars.parquet'), table: spec.name }
      const file = await copyToParquet(connection, copy)
      if (file === null) continue
      const partitionValues = { [DATE_COLUMN]: new Date(from).toISOString().slice(0, 10) }
      const facts = { partitionValues, dataChange: true, part: files.length }
      files.push(await putDataFile(file, facts, { table: spec.name, store, schema, partitionColumns, context }))
    }
    await commitAppend(store, snapshot, { files, txns: [], operation: 'WRITE' }, context)
  } finally {
    connection.closeSync()
    instance.closeSync()
    removeFolder(temporary)
  }
}

/** Merged files of half a day at most, none over midnight, then the small ones. */
function filesOf({ minutes, smallFiles, lastMinute }: BarsToMake): { from: number; to: number }[] {
  const end = lastMinute + MINUTE_MS
  const small = end - smallFiles * MINUTE_MS
  const files: { from: number; to: number }[] = []
  for (let from = end - minutes * MINUTE_MS; from < small; ) {
    const to = Math.min(small, (Math.floor(from / (DAY_MS / 2)) + 1) * (DAY_MS / 2))
    files.push({ from, to })
    from = to
  }
  for (let from = small; from < end; from += MINUTE_MS) files.push({ from, to: from + MINUTE_MS })
  return files
}

/** As sorted as compaction leaves them. */
function rowsSql(symbols: number, from: number, to: number): string {
  return `SELECT 'S' || symbol AS symbol, make_timestamptz(${from * 1000} + minute * 60000000) AS window_start,
      window_start + INTERVAL 1 minute AS window_end, 100 + random() AS open, 102 + random() AS high,
      98 + random() AS low, 100 + random() AS close, 100 + random() AS average, 100 + random() AS vwap,
      floor(random() * 1000) AS volume, 60::BIGINT AS "count", 0::INTEGER AS revision, 'watermark' AS closed_by,
      true AS complete, minute * 1000 + symbol AS first_offset, first_offset + 5 AS last_offset,
      window_end AS ingest_time, window_end AS processing_time, 'stock-bars-1m' AS source_topic,
      (symbol % 6)::INTEGER AS source_partition, minute * 170 + symbol // 6 AS source_offset
    FROM range(${symbols}) symbols(symbol), range(${(to - from) / MINUTE_MS}) minutes(minute)
    ORDER BY symbol, window_start`
}
