// What the page asks SQL by: /api/sql runs a statement in the sandbox of `tickerlake sql`, under the same limits, and
// /api/tables says what there is to be queried.

import type { Calendars } from '#calendar/calendar'
import { type Catalog, openCatalog } from '#lake/catalog'
import type { QuerySettings, StoreOpener } from '#lake/query_context'
import { type QueryRequest, startQuery } from '#lake-sql/query'
import { allStatements } from '#lake-sql/statement'
import { timeLimit } from '#runtime/clock'
import { messageOf } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import { barSettings } from '#services/bar_settings'
import type { TableState, TablesAnswer } from '#services/web/api'
import { readFields } from '#services/web/http/body'
import { cutOff } from '#services/web/http/cut_off'
import { jsonRoute, type Route, type Routes } from '#services/web/http/route'
import { streamedBody } from '#services/web/http/streamed_body'
import {
  DOWNLOAD_ROW_CHARS_MAX,
  DOWNLOAD_TIMEOUT_MS,
  DOWNLOADS_RUNNING_MAX,
  DOWNLOADS_WAITING_MAX,
  QUERIES_RUNNING_MAX,
  QUERIES_WAITING_MAX,
  SQL_ANSWER_CHARS_MAX,
} from '#services/web/limits'
import { RequestError, wrongRequest } from '#services/web/request_error'
import { readExamples } from '#services/web/sql/examples'
import { QueryQueue } from '#services/web/sql/query_queue'
import { answerRows, sqlAnswerText } from '#services/web/sql/sql_answer'
import { DOWNLOADS, type DownloadFormat, downloadParts, type FileParts } from '#services/web/sql/sql_download'

/** What queries stand on. */
export interface SqlParts extends QuerySettings, StoreOpener {
  /** Whether there is SQL at all. */
  readonly sql: boolean
  readonly calendars: Calendars
  readonly logger: Logger
  /** Aborted when the service is to end. */
  readonly signal: AbortSignal
  /** How the lake's tables stand. */
  readonly tableStates: () => Promise<readonly TableState[]>
}

/** The routes of SQL. */
export function sqlRoutes(parts: SqlParts): Routes {
  const queries = new QueryQueue({ runningMax: QUERIES_RUNNING_MAX, waitingMax: QUERIES_WAITING_MAX })
  const downloads = new QueryQueue({ runningMax: DOWNLOADS_RUNNING_MAX, waitingMax: DOWNLOADS_WAITING_MAX })
  const ask: Route = async (request) => {
    if (!parts.sql) throw new RequestError(403, 'SQL_OFF', { message: 'SQL is switched off here (WEB_SQL=off)' })
    const format = formatOf(request)
    const sql = statementOf((await readFields(request)).get('sql'))
    const signal = AbortSignal.any([request.signal, parts.signal])
    if (format === undefined) return answer(parts, { sql, signal, queue: queries })
    return download(parts, { sql, signal, queue: downloads, request, format })
  }
  return { '/api/sql': { post: ask }, '/api/tables': { get: jsonRoute(() => tables(parts)) } }
}

interface Asked {
  readonly sql: string
  readonly signal: AbortSignal
  readonly queue: QueryQueue
}

async function answer(parts: SqlParts, { sql, signal, queue }: Asked): Promise<Response> {
  const leave = await queue.enter(signal)
  try {
    const since = parts.clock.now()
    const query = await startQuery(await requestOf(parts, { sql, signal, rowCharsMax: SQL_ANSWER_CHARS_MAX }))
    const rows = await answerRows(query).finally(() => query.close())
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
    return new Response(sqlAnswerText(rows, parts.clock.now() - since), { headers })
  } finally {
    leave()
  }
}

interface AskedFile extends Asked {
  readonly request: Request
  readonly format: DownloadFormat
}

async function download(parts: SqlParts, asked: AskedFile): Promise<Response> {
  const { sql, queue, request, format } = asked
  const limit = timeLimit(DOWNLOAD_TIMEOUT_MS, parts.clock)
  const signal = AbortSignal.any([asked.signal, limit.signal])
  async function* file(): FileParts {
    try {
      const leave = await queue.enter(signal)
      try {
        yield* downloadParts(await requestOf(parts, { sql, signal, rowCharsMax: DOWNLOAD_ROW_CHARS_MAX }), format)
      } finally {
        leave()
      }
    } finally {
      limit.end()
    }
  }
  const headers = {
    'content-type': DOWNLOADS[format],
    'content-disposition': `attachment; filename="result.${format}"`,
    'cache-control': 'no-store',
  }
  const onFailure = (error: unknown) => {
    if (!signal.aborted) parts.logger.warn(`a download was cut off: ${messageOf(error)}`)
    cutOff(request)
  }
  const body = await streamedBody(file(), onFailure)
  // While the client takes what there is nothing else would tell it, and its turn would last as long as it likes.
  signal.addEventListener('abort', () => cutOff(request), { once: true, signal: limit.ended })
  return new Response(body, { headers })
}

interface AskedRows extends Pick<Asked, 'sql' | 'signal'> {
  readonly rowCharsMax: number
}

async function requestOf(parts: SqlParts, { sql, signal, rowCharsMax }: AskedRows): Promise<QueryRequest> {
  const request = (await catalogOf(parts)).request(sql, signal)
  return { ...request, limits: { ...request.limits, rowCharsMax } }
}

/** As the lake is now: its tables may have come since. */
function catalogOf(parts: SqlParts): Promise<Catalog> {
  const { BAR_INTERVAL_MS: barIntervalMs } = parts.settings.of(barSettings)
  const calendars = async () => parts.calendars
  return openCatalog(parts, { at: { kind: 'newest' }, attach: [], barIntervalMs, calendars })
}

async function tables(parts: SqlParts): Promise<TablesAnswer> {
  const [{ relations }, examples, states] = await Promise.all([catalogOf(parts), readExamples(), parts.tableStates()])
  return { tables: states, relations, examples: parts.sql ? examples : [] }
}

function formatOf({ url }: Request): DownloadFormat | undefined {
  const name = new URL(url).searchParams.get('format')
  if (name === null) return undefined
  if (Object.hasOwn(DOWNLOADS, name)) return name as DownloadFormat
  throw wrongRequest(`format must be one of ${Object.keys(DOWNLOADS).join(', ')}, not ${JSON.stringify(name)}`)
}

function statementOf(sql: string | null): string {
  if (sql === null) throw wrongRequest('the body must have the field sql, with one statement')
  const { length } = allStatements(sql)
  if (length === 1) return sql
  throw wrongRequest(`sql must be one statement, and this is ${length === 0 ? 'none' : length}`)
}
