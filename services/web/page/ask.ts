// Asks the API. Whatever goes wrong becomes an AskError with a sentence for the viewer.

import type { ErrorAnswer } from '../api.ts'
import { type Answers, AskError, type Query } from './page_context.ts'

/** An answer that takes longer is given up. */
const ANSWER_MAX_MS = 30_000

/** The answer to a GET of that path. */
export async function ask<P extends keyof Answers>(
  path: P,
  query: Query = {},
  signal?: AbortSignal,
): Promise<Answers[P]> {
  const words = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, `${value}`]))
  const timeout = AbortSignal.timeout(ANSWER_MAX_MS)
  const response = await reached(
    fetch(words.size > 0 ? `${path}?${words}` : path, {
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      headers: { accept: 'application/json' },
    }),
    signal,
  )
  if (!response.ok) throw new AskError(response.status, await messageOf(response))
  return (await reached(response.json(), signal)) as Answers[P]
}

/** Waits for what the server does. The caller's own abort stays what it is. */
async function reached<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (signal?.aborted) throw error
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    throw new AskError(0, isLate ? 'The server takes too long to answer.' : 'The server does not answer.')
  }
}

async function messageOf(response: Response): Promise<string> {
  const answer = (await response.json().catch(() => undefined)) as Partial<ErrorAnswer> | undefined
  return sentence(answer?.error?.message ?? `the server answered with ${response.status} ${response.statusText}`)
}

/** The API's messages go on from a name, as on the command line; on the page they stand alone. */
function sentence(message: string): string {
  const begun = message.charAt(0).toUpperCase() + message.slice(1)
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`
}
