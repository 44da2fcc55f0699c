// Failures as answers: each has a status, a code and a message for people. What is a bug is logged whole, and told in
// one sentence.

import { type ErrorCode, messageOf, PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import type { ErrorAnswer } from '#services/web/api'
import { RequestError } from '#services/web/request_error'

/** What a failure is told as. */
export function errorResponse(error: unknown, logger: Logger): Response {
  if (error instanceof RequestError) return answer(error, error.status, error.headers)
  if (error instanceof PlatformError) return answer(error, statusOf(error.code))
  logger.error({ err: error }, `a request of the page failed, and this is a bug: ${messageOf(error)}`)
  return answer({ code: 'BUG', message: 'this is a bug; the log of the web service says more' }, 500)
}

function answer(
  { code, message }: ErrorAnswer['error'],
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body: ErrorAnswer = { error: { code, message } }
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
}

const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  USAGE: 400,
  SQL_FAILED: 400,
  SQL_LIMIT: 400,
  TABLE_NOT_FOUND: 404,
  TABLE_CORRUPT: 500,
  TABLE_UNSUPPORTED: 500,
}

/** What the log, the store or a table refuses is no fault of the request: it may succeed later. */
function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? 503
}
