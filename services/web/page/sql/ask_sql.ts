// Sends a statement to the server: for its rows, or for a file of all of them. What goes wrong is an AskError with the
// engine's own words.

import type { ErrorAnswer, SqlAnswer } from '../../api.ts'
import { AskError } from '../page_context.ts'

/** What a result can be downloaded as. */
export type FileFormat = 'csv' | 'parquet'

/** The rows of one statement. Aborting the signal cancels the query. */
export async function askSql(sql: string, signal: AbortSignal): Promise<SqlAnswer> {
  return (await post('/api/sql', sql, signal)).json() as Promise<SqlAnswer>
}

/** The result of one statement as a file, whole. */
export async function askSqlFile(sql: string, format: FileFormat, signal: AbortSignal): Promise<Blob> {
  return (await post(`/api/sql?format=${format}`, sql, signal)).blob()
}

async function post(path: string, sql: string, signal: AbortSignal): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify({ sql }), signal }).catch(
    (error) => {
      if (signal.aborted) throw error
      throw new AskError(0, 'The server does not answer.')
    },
  )
  if (response.ok) return response
  const answer = (await response.json().catch(() => undefined)) as Partial<ErrorAnswer> | undefined
  throw new AskError(response.status, answer?.error?.message ?? `The server answered with ${response.status}.`)
}
