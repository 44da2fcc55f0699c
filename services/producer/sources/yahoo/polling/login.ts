// Being logged in to Yahoo, with a cookie and a crumb but without an account. When Yahoo refuses the crumb, a new
// client gets another one and is asked once more. A failure is a value here: the poll loop expects it.

import type { Logger } from '#runtime/logger'
import { CRUMB_REFUSED, type YahooClient, yahooClient } from '#services/producer/sources/yahoo/polling/yahoo_client'
import { YahooFailure, type YahooFetchOptions } from '#services/producer/yahoo_fetch'

/** Asks for rows, and logs in again when that is needed. */
export interface Login {
  rows(symbols: readonly string[]): Promise<readonly unknown[] | YahooFailure>
}

/** A login that begins with its first question. */
export function openLogin(options: YahooFetchOptions & { readonly logger: Logger }): Login {
  let client: YahooClient | null = null
  const ask = async (symbols: readonly string[]) => {
    client ??= yahooClient(options)
    try {
      return await client.rows(symbols)
    } catch (error) {
      if (!(error instanceof YahooFailure)) throw error
      if (isLoginOver(error)) client = null
      return error
    }
  }
  return {
    async rows(symbols) {
      const rows = await ask(symbols)
      if (!(rows instanceof YahooFailure) || !isCrumbRefused(rows)) return rows
      options.logger.info('Yahoo no longer accepts the login: logging in again')
      return ask(symbols)
    },
  }
}

/** A new crumb may help at once. */
function isCrumbRefused(failure: YahooFailure): boolean {
  return failure.request === 'quote' && (failure.status === 401 || CRUMB_REFUSED.test(failure.message))
}

/** A login without a crumb that works is of no use; one that was only told to wait still is. */
function isLoginOver(failure: YahooFailure): boolean {
  return failure.request !== 'quote' || failure.status === 403 || isCrumbRefused(failure)
}
