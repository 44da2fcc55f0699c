// Our checkpoints in other engines' hands: DuckDB's Parquet reader for the types, delta-rs for the whole table with its
// log cleaned behind the checkpoint; and delta-rs' checkpoints in ours, going on after them.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeCheckpoint } from '#delta/checkpoint'
import { type CommitContext, commitAppend } from '#delta/commit'
import { createTable, type TableDefinition } from '#delta/create'
import { newDataFilePath } from '#delta/data_file/new_path'
import { objectKeyOf } from '#delta/data_file/path'
import type { AddFile } from '#delta/log/actions'
import { encodeLogEntry } from '#delta/log/entry'
import { commitKey } from '#delta/log/listing'
import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { quoteText } from '#duckdb/quoting'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { systemClock } from '#runtime/clock'
import { tableVersion } from '#runtime/units'
import { advanceOf, column, testContext } from '#support/delta/delta_table'
import { pythonEnvironment } from '#support/engines/python'
import { query } from '#support/lake/lake_tables'
import { temporaryFolder } from '#support/temporary_folder'

const BIG = 9007199254740993n

const definition: TableDefinition = {
  name: 'engines',
  schema: {
    type: 'struct',
    fields: [column('id', 'long'), column('note', 'string'), column('place', 'string'), column('day', 'date')],
  },
  partitionColumns: ['place', 'day'],
}

const PLACES = [null, "it's", 'a b/c%d', 'ünï\u{1f600}', 'plain']

interface Engines {
  readonly root: string
  readonly store: Required<ObjectStore>
  readonly context: CommitContext
}

/** One commit of three rows in a file of their own. */
async function appendRows({ root, store, context }: Engines, snapshot: Snapshot, commit: number): Promise<Snapshot> {
  const partitionValues = { place: PLACES[commit % PLACES.length] ?? null, day: commit % 4 === 3 ? null : '2026-11-21' }
  const { partitionColumns } = definition
  const path = newDataFilePath({ partitionColumns, partitionValues, id: `${commit}` })
  await store.put(path, new Uint8Array())
  const first = BIG + BigInt(commit * 3)
  const rows = `SELECT ${first} + i AS id, CASE i WHEN 1 THEN NULL ELSE 'n' || i END AS note FROM range(3) t(i)`
  await query(`COPY (${rows}) TO '${join(root, path)}' (FORMAT parquet)`)
  const bytes = await store.get(path)
  const file: AddFile = {
    path,
    partitionValues,
    size: bytes?.length ?? 0,
    modificationTime: context.clock.now(),
    dataChange: true,
    stats: `{"numRecords":3,"minValues":{"id":${first}},"maxValues":{"id":${first + 2n}},"nullCount":{"note":1}}`,
  }
  const txns = [advanceOf('app', commit === 0 ? null : commit, commit + 1)]
  const outcome = await commitAppend(store, snapshot, { files: [file], txns, operation: 'WRITE' }, context)
  expect(outcome.kind).toBe('committed')
  return outcome.snapshot
}

/** 14 commits, one file removed, a checkpoint at 15 and no entry before it, one more commit. */
async function checkpointedTable(): Promise<Engines> {
  const root = temporaryFolder()
  const engines: Engines = {
    root,
    store: openFilesystemStore({ root }) as Required<ObjectStore>,
    // The machine's clock: it stamps the log's files too, and delta-rs forgets tombstones by it.
    context: testContext('c', systemClock),
  }
  const { store, context } = engines
  let snapshot = await createTable(store, definition, {
    ...context,
    newId: () => '6f1ba0f4-5d0f-4c1e-9d5c-0a4f2a4dd001',
  })
  for (let commit = 0; commit < 14; commit++) snapshot = await appendRows(engines, snapshot, commit)
  const [gone] = snapshot.files.values()
  if (gone === undefined) throw new Error('there is no file')
  const { path, partitionValues, size } = gone
  const deletionTimestamp = context.clock.now()
  const remove = { path, partitionValues, size, dataChange: true, deletionTimestamp, extendedFileMetadata: true }
  await store.put(commitKey(tableVersion(15)), encodeLogEntry([{ remove }]))
  await writeCheckpoint(store, await load(store), context)
  for (let version = 0; version < 15; version++) await store.delete(commitKey(tableVersion(version)))
  await appendRows(engines, await load(store), 14)
  return engines
}

async function load(store: ObjectStore): Promise<Snapshot> {
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) throw new Error('there is no table')
  return snapshot
}

/** All rows by our own file list, as `id|note|place|day`. */
async function ourRows({ root, store }: Engines): Promise<string[]> {
  const rows: string[] = []
  for (const { path, partitionValues } of (await load(store)).files.values()) {
    const file = join(root, objectKeyOf(path, root))
    const found = await query(`SELECT id, note FROM read_parquet(${quoteText(file)}, hive_partitioning = false)`)
    for (const { id, note } of found)
      rows.push([id, note, partitionValues.place, partitionValues.day].map(String).join('|'))
  }
  return rows.sort()
}

const READ = `
import json, sys
from deltalake import DeltaTable
table = DeltaTable(sys.argv[1])
rows = table.to_pyarrow_table().to_pylist()
def text(value): return 'null' if value is None else str(value)
print(json.dumps({
  'version': table.version(),
  'txn': table.transaction_version('app'),
  'rows': sorted('|'.join(text(row[name]) for name in ('id', 'note', 'place', 'day')) for row in rows),
}))
`

const GO_ON = `
import datetime, sys
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
for place in (None, 'a b/c%d'):
    write_deltalake(sys.argv[1], pa.table({
        'id': pa.array([9007199254749999], pa.int64()), 'note': pa.array(['theirs']),
        'place': pa.array([place], pa.string()), 'day': pa.array([datetime.date(2026, 11, 22)]),
    }), mode='append')
table = DeltaTable(sys.argv[1])
table.create_checkpoint()
print(table.version())
`

test('DuckDB finds the nested types of the protocol, and every value', async () => {
  const { root, store } = await checkpointedTable()
  const file = join(root, '_delta_log/00000000000000000015.checkpoint.parquet')
  const types = await query(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '${file}')`)
  expect(Object.fromEntries(types.map((row) => [row.column_name, row.column_type]))).toEqual({
    txn: 'STRUCT(appId VARCHAR, "version" BIGINT, lastUpdated BIGINT)',
    add:
      'STRUCT(path VARCHAR, partitionValues MAP(VARCHAR, VARCHAR), size BIGINT, modificationTime BIGINT, ' +
      'dataChange BOOLEAN, tags MAP(VARCHAR, VARCHAR), stats VARCHAR)',
    remove:
      'STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN, ' +
      'partitionValues MAP(VARCHAR, VARCHAR), size BIGINT)',
    metaData:
      'STRUCT(id VARCHAR, "name" VARCHAR, description VARCHAR, ' +
      'format STRUCT(provider VARCHAR, "options" MAP(VARCHAR, VARCHAR)), schemaString VARCHAR, ' +
      'partitionColumns VARCHAR[], "configuration" MAP(VARCHAR, VARCHAR), createdTime BIGINT)',
    protocol:
      'STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[], writerFeatures VARCHAR[])',
  })
  const counts = await query(
    `SELECT count(*) AS n, count(add) AS adds, count(remove) AS removes, count(txn) AS txns FROM '${file}'`,
  )
  expect(counts).toEqual([{ n: '17', adds: '13', removes: '1', txns: '1' }])
  const found = await query(`SELECT add.path AS path, add.partitionValues['place'] AS place,
    add.stats AS stats FROM '${file}' WHERE add IS NOT NULL ORDER BY 1`)
  const live = [...(await load(store)).files.values()].filter(({ path }) => !path.endsWith('-14.c000.zstd.parquet'))
  const ours = live.map(({ path, partitionValues, stats }) => ({ path, place: partitionValues.place, stats }))
  expect(found).toEqual(ours.sort((a, b) => (a.path < b.path ? -1 : 1)))
})

/** pyarrow is what delta-rs hands its rows out in. */
const python = await pythonEnvironment(['deltalake==1.6.6', 'pyarrow==26.0.1'])

test.skipIf('missing' in python)('delta-rs reads a table from our checkpoint, and we go on from its own', async () => {
  if ('missing' in python) return
  const engines = await checkpointedTable()
  const read = async () => JSON.parse(await python.run(READ, [engines.root]))
  const ours = await ourRows(engines)
  expect(ours).toHaveLength(14 * 3)
  expect(await read()).toEqual({ version: 16, txn: 15, rows: ours })

  expect(Number(await python.run(GO_ON, [engines.root]))).toBe(18)
  for (const version of [15, 16, 17]) await engines.store.delete(commitKey(tableVersion(version)))
  const theirs = await ourRows(engines)
  expect(theirs.filter((row) => !ours.includes(row))).toEqual([
    '9007199254749999|theirs|a b/c%d|2026-11-22',
    '9007199254749999|theirs|null|2026-11-22',
  ])
  const snapshot = await load(engines.store)
  expect([...snapshot.tombstones.keys()]).toHaveLength(1)
  const after = await appendRows(engines, snapshot, 15)
  await writeCheckpoint(engines.store, after, engines.context)
  expect(await read()).toEqual({ version: 19, txn: 16, rows: await ourRows(engines) })
})
