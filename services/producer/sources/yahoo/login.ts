// A session with Yahoo that outlives its crumb: when the crumb is refused a new client is opened and asked once more.
// A failure is a value here: the poll loop expects it.

import type { Logger } from '#runtime/logger'
import { CRUMB_REFUSED, type YahooClient, yahooClient } from '#services/producer/sources/yahoo/client'
import { YahooFailure, type YahooFetchOptions } from '#services/producer/sources/yahoo/fetch'

/** Asks for rows. */
export interface Session {
  rows(symbols: readonly string[]): Promise<readonly unknown[] | YahooFailure>
}

/** A session that begins with its first question. */
export function openSession(options: YahooFetchOptions & { readonly logger: Logger }): Session {
  let client: YahooClient | null = null
  const ask = async (symbols: readonly string[]) => {
    client ??= yahooClient(options)
    try {
      return await client.rows(symbols)
    } catch (error) {
      if (!(error instanceof YahooFailure)) throw error
      if (isSessionOver(error)) client = null
      return error
    }
  }
  return {
    async rows(symbols) {
      const rows = await ask(symbols)
      if (!(rows instanceof YahooFailure) || !isCrumbRefused(rows)) return rows
      options.logger.info('Yahoo no longer takes the session: opening a new one')
      return ask(symbols)
    },
  }
}

/** A new crumb may help at once. */
function isCrumbRefused(failure: YahooFailure): boolean {
  return failure.request === 'quote' && (failure.status === 401 || CRUMB_REFUSED.test(failure.message))
}

/** A session without a crumb that works is of no use; one that was only told to wait is. */
function isSessionOver(failure: YahooFailure): boolean {
  return failure.request !== 'quote' || failure.status === 403 || isCrumbRefused(failure)
}
