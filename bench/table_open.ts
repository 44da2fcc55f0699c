// `node bench/table_open.ts`: how long a table with a long log takes to open, from its checkpoint and from its entries
// alone, and what memory that takes, as one JSON object. Each figure is taken in a process of its own, which this file
// is, too.

import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { renameSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { writeCheckpoint } from '#delta/checkpoint'
import { createTable } from '#delta/create'
import { newDataFilePath } from '#delta/data_file/new_path'
import { encodeStatistics } from '#delta/data_file/statistics'
import type { Action, AddFile } from '#delta/log/actions'
import { encodeLogEntry } from '#delta/log/entry'
import { checkpointKey, commitKey } from '#delta/log/listing'
import { loadSnapshot } from '#delta/snapshot'
import { schemaOf, TABLES, type TableSpec } from '#lake/tables'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { tableVersion } from '#runtime/units'
import { newFolder, removeFolder } from '#support/temporary_folder'

const run = promisify(execFile)
const COMMITS = 10_000
const FILES_PER_COMMIT = 2
const stocks = TABLES[0] as TableSpec
const MIB = 1024 * 1024
const context = { clock: systemClock, newId: randomUUID, random: () => 0.5 }

const [work, folder] = process.argv.slice(2)
if (work === 'open' && folder !== undefined) await measureOpen(folder)
else if (work === 'checkpoint' && folder !== undefined) await measureCheckpoint(folder)
else if (work === 'foreign' && folder !== undefined) await makeForeign(folder)
else await compare()

async function compare(): Promise<void> {
  const root = newFolder()
  try {
    await writeLog(root)
    const fromEntries = await inProcess('open', root)
    const checkpoint = await inProcess('checkpoint', root)
    const fromCheckpoint = await inProcess('open', root)
    await inProcess('foreign', root)
    const fromForeignCheckpoint = await inProcess('open', root)
    const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}`
    const measured = { fromEntries, checkpoint, fromCheckpoint, fromForeignCheckpoint }
    const result = { machine, node: process.version, commits: COMMITS, ...measured }
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  } finally {
    removeFolder(root)
  }
}

async function inProcess(what: string, root: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'table_open.ts'), what, root])
  return JSON.parse(stdout)
}

/** The log of a table that was written to every five seconds for half a day. */
async function writeLog(root: string): Promise<void> {
  const store = openFilesystemStore({ root })
  const schema = schemaOf(stocks)
  await createTable(store, { name: stocks.name, schema, partitionColumns: ['date'] }, context)
  for (let version = 1; version <= COMMITS; version++) {
    const adds = Array.from({ length: FILES_PER_COMMIT }, (_, part) => dataFile(version, part))
    const txn = { appId: 'writer:bench', version, lastUpdated: systemClock.now() }
    const commitInfo = { timestamp: systemClock.now(), operation: 'STREAMING UPDATE', txnId: randomUUID() }
    const actions: Action[] = [{ commitInfo }, { txn }, ...adds.map((add) => ({ add }))]
    await store.put(commitKey(tableVersion(version)), encodeLogEntry(actions))
  }
}

function dataFile(version: number, part: number): AddFile {
  const partitionValues = { date: `2026-11-${String(1 + (version % 28)).padStart(2, '0')}` }
  const first = version * 1000
  const columns = new Map([
    ['symbol', { nullCount: 0, min: 'AAPL', max: 'TSLA' }],
    ['price', { nullCount: 0, min: 10.25 + (version % 100), max: 900.75 }],
    ['event_time', { nullCount: 0, min: BigInt(first) * 5_000_000n, max: BigInt(first + 999) * 5_000_000n }],
    ['source_offset', { nullCount: 0, min: first, max: first + 999 }],
  ])
  return {
    path: newDataFilePath({ partitionColumns: ['date'], partitionValues, id: randomUUID(), part }),
    partitionValues,
    size: 40_000 + (version % 1000),
    modificationTime: systemClock.now(),
    dataChange: true,
    stats: encodeStatistics(schemaOf(stocks), { numRecords: 1000, columns }),
  }
}

async function measureOpen(root: string): Promise<void> {
  const started = performance.now()
  const snapshot = await loadSnapshot(openFilesystemStore({ root }))
  const milliseconds = Math.round(performance.now() - started)
  print({ milliseconds, files: snapshot?.files.size, version: snapshot?.version })
}

async function measureCheckpoint(root: string): Promise<void> {
  const store = openFilesystemStore({ root })
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) throw new Error('there is no table')
  const started = performance.now()
  const { sizeInBytes } = await writeCheckpoint(store, snapshot, context)
  print({ milliseconds: Math.round(performance.now() - started), sizeInBytes, key: checkpointKey(snapshot.version) })
}

/** The same checkpoint as other engines write it: in one row group, by Snappy, in pages of version 1. */
async function makeForeign(root: string): Promise<void> {
  // Only here: DuckDB itself takes memory, which the others are measured without.
  const { query } = await import('#support/lake/lake_tables')
  const store = openFilesystemStore({ root })
  const ours = store.localPath(checkpointKey(tableVersion(COMMITS)))
  const foreign = join(root, 'foreign.parquet')
  const options = 'FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 1_000_000'
  await query(`COPY (SELECT * FROM '${ours}') TO '${foreign}' (${options})`)
  renameSync(foreign, ours)
  print({ key: ours })
}

function print(facts: object): void {
  const { maxRSS } = process.resourceUsage()
  process.stdout.write(JSON.stringify({ ...facts, peakMiB: Math.round((maxRSS * 1024) / MIB) }))
}
