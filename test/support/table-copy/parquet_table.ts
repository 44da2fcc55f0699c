// A table whose data files are real Parquet, with a life of its own: appends, a compaction, a checkpoint. Its rows are
// numbers from 0 on, so that a test can say which of them a version has.

import { writeCheckpoint } from '#delta/checkpoint'
import { type CommitContext, commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { newDataFilePath } from '#delta/data_file/new_path'
import type { AddFile } from '#delta/log/actions'
import { commitRewrite } from '#delta/rewrite_commit'
import type { Snapshot } from '#delta/snapshot'
import type { ObjectStore } from '#object-store/object_store'
import { type SchemaElement, writeParquetColumns } from '#parquet-bytes/write_columns'
import { advanceOf, quotesTable, TEST_START } from '#support/delta/delta_table'

const SCHEMA: readonly SchemaElement[] = [
  { name: 'root', num_children: 2 },
  { name: 'symbol', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'offset', type: 'INT64', repetition_type: 'OPTIONAL' },
]

/** The table, and what may be done to it next. */
export interface ParquetTable {
  readonly store: ObjectStore
  /** As of the last change. */
  snapshot(): Snapshot
  /** Appends so many rows as one file and one commit. */
  append(rows: number): Promise<void>
  /** Merges all live files into one. */
  compact(): Promise<void>
  checkpoint(): Promise<void>
}

/** Makes the table in the store, with one commit of 10 rows for each number asked for. */
export async function parquetTable(
  store: ObjectStore,
  { commits, context }: { readonly commits: number; readonly context: CommitContext },
): Promise<ParquetTable> {
  let snapshot = await createTable(store, quotesTable, context)
  let rows = 0
  const table: ParquetTable = {
    store,
    snapshot: () => snapshot,
    async append(count) {
      const file = await putRows(store, { from: rows, to: rows + count }, context)
      const txn = advanceOf('app', rows === 0 ? null : rows, rows + count)
      const outcome = await commitAppend(store, snapshot, { files: [file], txns: [txn], operation: 'WRITE' }, context)
      if (outcome.kind !== 'committed') throw new Error(`the append ended as ${outcome.kind}`)
      rows += count
      snapshot = outcome.snapshot
    },
    async compact() {
      const file = { ...(await putRows(store, { from: 0, to: rows }, context)), dataChange: false }
      const rewrite = { replaced: [...snapshot.files.values()], files: [file] }
      const outcome = await commitRewrite(store, snapshot, rewrite, context)
      if (outcome.kind !== 'committed') throw new Error(`the compaction ended as ${outcome.kind}`)
      snapshot = outcome.snapshot
    },
    checkpoint: async () => void (await writeCheckpoint(store, snapshot, context)),
  }
  for (let i = 0; i < commits; i++) await table.append(10)
  return table
}

async function putRows(
  store: ObjectStore,
  { from, to }: { readonly from: number; readonly to: number },
  context: CommitContext,
): Promise<AddFile> {
  const partitionValues = { date: '2026-11-21' }
  const path = newDataFilePath({ partitionColumns: ['date'], partitionValues, id: context.newId() })
  const body = await parquetOf(from, to)
  await store.put(path, body)
  const stats = JSON.stringify({ numRecords: to - from })
  return { path, partitionValues, size: body.length, modificationTime: TEST_START, dataChange: true, stats }
}

/** A file with the rows [from, to). */
export async function parquetOf(from: number, to: number): Promise<Uint8Array> {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i)
  return writeParquetColumns({
    schema: SCHEMA,
    columns: [
      { name: 'symbol', data: numbers.map((n) => `S${n % 7}`) },
      { name: 'offset', data: numbers.map(BigInt) },
    ],
    createdBy: 'test',
    rowGroupSize: 1_000,
  })
}

/** Puts every object of one store into another: what a perfect copy of a table that nobody writes to is. */
export async function copyObjects(from: ObjectStore, to: ObjectStore): Promise<void> {
  for await (const { key } of from.list('')) await to.put(key, (await from.get(key)) as Uint8Array)
}
