// All rows of a query as a file, no faster than the client takes them: a query waits for its reader. What goes wrong
// before the first byte is told; after that the connection is cut, so that nobody takes a part for the whole.

import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { resultFormat } from '#lake-sql/formats'
import { type QueryRequest, RESULT_FILE, type RunningQuery, startQuery } from '#lake-sql/query'
import type { ResultFormat } from '#lake-sql/result_format'
import { PlatformError } from '#runtime/errors'
import { DOWNLOAD_BYTES_MAX, DOWNLOAD_SIZE_CHECK_MS } from '#services/web/limits'

/** What a download may be, with its media type. */
export const DOWNLOADS = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
  json: 'application/json',
  parquet: 'application/vnd.apache.parquet',
} as const

/** The name of a download's format. */
export type DownloadFormat = keyof typeof DOWNLOADS

/** Parts of a file. Ending it (`return`) ends the query. */
export type FileParts = AsyncGenerator<Uint8Array, void, void>

/** The query's rows as parts of a file. */
export function downloadParts(request: QueryRequest, format: DownloadFormat): FileParts {
  return format === 'parquet' ? parquetParts(request) : textParts(request, resultFormat(format, { width: undefined }))
}

async function* textParts(request: QueryRequest, format: ResultFormat): FileParts {
  const query = await startQuery(request)
  try {
    for (;;) {
      const event = await query.next()
      if (event.kind === 'end') return
      const text = event.kind === 'columns' ? format.begin(event.columns) : textOf(event, format)
      if (text !== '') yield Buffer.from(text)
    }
  } finally {
    await query.close()
  }
}

type RowsEvent = Exclude<Awaited<ReturnType<RunningQuery['next']>>, { kind: 'columns' | 'end' }>

function textOf(event: RowsEvent, format: ResultFormat): string {
  return event.kind === 'rows' ? format.rows(event.rows) : format.end(event)
}

/** The file is made whole first: Parquet has its beginning at its end. */
async function* parquetParts(request: QueryRequest): FileParts {
  const file = await parquetFile(request)
  try {
    for await (const part of file.createReadStream({ autoClose: false })) yield part as Buffer
  } finally {
    await file.close()
  }
}

/** Opened, and then removed with the query's folder: it lives as long as it is read. */
async function parquetFile(request: QueryRequest) {
  const tooLarge = new AbortController()
  const signal = AbortSignal.any([tooLarge.signal, ...(request.signal === undefined ? [] : [request.signal])])
  const query = await startQuery({ ...request, signal, toParquet: true })
  const path = join(query.folder, RESULT_FILE)
  const watch = setInterval(async () => {
    const { size } = await stat(path).catch(() => ({ size: 0 }))
    if (size > DOWNLOAD_BYTES_MAX) tooLarge.abort()
  }, DOWNLOAD_SIZE_CHECK_MS)
  try {
    await query.next()
    return await open(path)
  } catch (error) {
    throw tooLarge.signal.aborted ? aboveLimit(error) : error
  } finally {
    clearInterval(watch)
    await query.close()
  }
}

function aboveLimit(cause: unknown): PlatformError {
  const limit = `the result has more than ${DOWNLOAD_BYTES_MAX / 2 ** 20} MB`
  return new PlatformError('SQL_LIMIT', `${limit}; narrow it, or use \`tickerlake sql -o\``, { cause })
}
