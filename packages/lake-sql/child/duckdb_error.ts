// DuckDB's errors as one clear line with a code. Its messages say what is wrong and where; the picture of the line with
// a caret below is dropped, the hint "Did you mean" is kept. They quote data, so control characters are spelled out.

import { displayText } from '#runtime/console/display_text'
import { type ErrorCode, messageOf, PlatformError } from '#runtime/errors'

/** What the caller is told about a failure. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
}

/** The failure behind anything that was thrown in the engine. */
export function failureOf(error: unknown): Failure {
  if (error instanceof PlatformError) return { code: error.code, message: error.message }
  const text = error instanceof Error ? error.message : String(error)
  const message = displayText(messageOf(new Error(text.replace(/\n\s*\n?LINE (\d+):[\s\S]*$/, ' (line $1)').trim())))
  if (/^Out of Memory Error/.test(text)) return { code: 'SQL_LIMIT', message: memoryMessage(message) }
  return { code: 'SQL_FAILED', message }
}

function memoryMessage(message: string): string {
  const which = /temp|directory|disk/i.test(message) ? 'temporary file' : 'memory'
  const first = message.replace(/^Out of Memory Error:\s*/, '').split(/ Possible solutions| \* /)[0]
  return `the query ran into its ${which} limit: ${first}; read fewer rows or columns, or raise SQL_MEMORY_MB`
}
