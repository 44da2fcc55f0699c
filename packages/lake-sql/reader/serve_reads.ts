// Answers the reads of a reader's caller, one after the other, in one DuckDB that stays open. Each is a transaction
// that is rolled back: no read leaves anything behind for the next one. The process dies with its caller, and by
// itself when its memory is used up.

import { rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type DuckDBConnection, DuckDBListValue, type DuckDBValue } from '@duckdb/node-api'
import { connectDuckdb, openDuckdb } from '#duckdb/open'
import { fileListSql } from '#duckdb/read_parquet'
import { failureOf } from '#lake-sql/child/duckdb_error'
import {
  READ_INTERRUPT_MS,
  READER_MEMORY_CHECK_MS,
  READER_OVERHEAD_BYTES_MAX,
  READER_THREADS_MAX,
} from '#lake-sql/limits'
import { KeptRows } from '#lake-sql/reader/kept_rows'
import type {
  ReaderAnswer,
  ReaderPlace,
  ReaderRequest,
  ReadRow,
  ReadStatement,
  ReadValue,
} from '#lake-sql/reader/read_messages'
import { PlatformError } from '#runtime/errors'

/** Answers for as long as the caller is there. */
export function serveReads(place: ReaderPlace): void {
  process.on('disconnect', () => {
    rmSync(place.tempFolder, { recursive: true, force: true })
    die()
  })
  guardMemory(place.memoryBytes)
  const opening = openReaderDatabase(place)
  // Whether it could be opened is told to the first who asks.
  opening.catch(() => {}).then(() => answer({ kind: 'open' }))
  let current: Work | undefined
  process.on('message', (request: ReaderRequest) => {
    if (request.kind === 'cancel') return request.id === current?.id ? cancel(current) : undefined
    const work: Work = { id: request.id, cancelled: false, connection: undefined }
    current = work
    read(opening, work, request.statement)
      .then((rows): ReaderAnswer => ({ kind: 'rows', id: work.id, rows }))
      .catch((error: unknown): ReaderAnswer => ({ kind: 'failed', id: work.id, ...failureOf(error) }))
      .then(answer)
  })
}

function answer(message: ReaderAnswer): void {
  process.send?.(message)
}

/** A read under way. */
interface Work {
  readonly id: number
  cancelled: boolean
  /** While it may be interrupted. */
  connection: DuckDBConnection | undefined
}

function cancel(work: Work): void {
  work.cancelled = true
  interrupt(work)
}

/** Again and again while there is something to interrupt: DuckDB forgets what comes before it begins a statement. */
function interrupt(work: Work): void {
  if (work.connection === undefined) return
  work.connection.interrupt()
  setTimeout(interrupt, READ_INTERRUPT_MS, work)
}

/** Does a part of the work that may be interrupted. */
async function interruptible<T>(work: Work, connection: DuckDBConnection, part: () => Promise<T>): Promise<T> {
  goOn(work)
  work.connection = connection
  try {
    return await part()
  } finally {
    work.connection = undefined
  }
}

/** The DuckDB of a reader. */
interface ReaderDatabase {
  readonly connection: DuckDBConnection
  readonly kept: KeptRows
}

/** Its files are all that it can open. */
async function openReaderDatabase({ memoryBytes, tempFolder, folders }: ReaderPlace): Promise<ReaderDatabase> {
  const threads = Math.min(READER_THREADS_MAX, availableParallelism())
  const connection = await connectDuckdb(await openDuckdb({ memoryBytes, threads, tempFolder }))
  await connection.run('SET parquet_metadata_cache = true')
  // The system keeps the files in memory already.
  await connection.run('SET enable_external_file_cache = false')
  await connection.run(`SET allowed_directories = ${fileListSql(folders)}`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
  return { connection, kept: new KeptRows(connection) }
}

/** Throws when the read was cancelled: an interrupt between two statements stops nothing. */
function goOn({ cancelled }: Work): void {
  if (cancelled) throw new PlatformError('STOPPED', 'the read was stopped')
}

/** Beginning and rolling back are not to be interrupted: the connection would be of no more use. */
async function read(opening: Promise<ReaderDatabase>, work: Work, { tables, sql }: ReadStatement): Promise<ReadRow[]> {
  const { connection, kept } = await opening
  await interruptible(work, connection, async () => {
    for (const table of tables) await kept.load(table)
  })
  await connection.run('BEGIN')
  try {
    return await interruptible(work, connection, async () => {
      for (const table of tables) await kept.createView(table)
      goOn(work)
      const reader = await connection.runAndReadAll(sql)
      return reader.getRows().map((row) => row.map(plainValue))
    })
  } finally {
    await connection.run('ROLLBACK')
  }
}

function plainValue(value: DuckDBValue): ReadValue {
  if (value instanceof DuckDBListValue) return value.items.map(plainValue)
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value
  }
  throw new Error('a read gives doubles, texts, booleans, or lists of them')
}

/** DuckDB does not count everything it allocates, so the process is measured as a whole. */
function guardMemory(memoryBytes: number): void {
  setInterval(() => {
    if (process.memoryUsage.rss() > memoryBytes + READER_OVERHEAD_BYTES_MAX) die()
  }, READER_MEMORY_CHECK_MS).unref()
  // Where the system itself runs out of memory first, this process should be the one that goes.
  if (process.platform === 'linux') writeFileSync('/proc/self/oom_score_adj', '1000')
}

/** By a signal: exit code of libraries would run while they are at work in other threads. */
function die(): void {
  process.kill(process.pid, 'SIGKILL')
}
