// A client of Yahoo through yahoo-finance2, with a cookie jar of its own and the crumb that belongs to it. The library
// gets a crumb once and keeps it for good, so a client whose crumb is refused is thrown away: login.ts opens a new one.

import YahooFinance from 'yahoo-finance2'
import { ExtendedCookieJar } from 'yahoo-finance2/lib/cookieJar'
import { messageOf } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import { YahooFailure, type YahooFetchOptions, yahooFetch } from '#services/producer/yahoo_fetch'

/** Asks Yahoo for rows, with one cookie and one crumb. */
export interface YahooClient {
  /** The rows of Yahoo's answer, unchecked. Unknown symbols have none. All rejections are YahooFailures. */
  rows(symbols: readonly string[]): Promise<readonly unknown[]>
}

/** Opens a client; nothing is asked before the first `rows`. */
export function yahooClient(options: YahooFetchOptions & { readonly logger: Logger }): YahooClient {
  const client = new YahooFinance({
    cookieJar: new ExtendedCookieJar(),
    fetch: yahooFetch(options),
    queue: { concurrency: 1 },
    versionCheck: false,
    validation: { logErrors: false, logOptionsErrors: false },
    suppressNotices: ['yahooSurvey'],
    logger: quietLogger(options.logger),
  })
  return {
    async rows(symbols) {
      try {
        // One row that breaks the library's schema would fail the whole batch; yahoo_row.ts reads them singly.
        const rows: unknown = await client.quote([...symbols], { fields: [...FIELDS], return: 'array' }, UNCHECKED)
        return Array.isArray(rows) ? rows : []
      } catch (error) {
        throw asFailure(error)
      }
    },
  }
}

const UNCHECKED = { validateResult: false } as const

/** What is asked of each symbol. */
const FIELDS = [
  'symbol',
  'regularMarketPrice',
  'regularMarketTime',
  'regularMarketVolume',
  'regularMarketPreviousClose',
  'regularMarketOpen',
  'regularMarketDayHigh',
  'regularMarketDayLow',
  'bid',
  'ask',
  'bidSize',
  'askSize',
  'currency',
  'exchange',
  'fullExchangeName',
  'exchangeTimezoneName',
  'exchangeDataDelayedBy',
  'marketState',
  'quoteType',
  'preMarketPrice',
  'preMarketTime',
  'postMarketPrice',
  'postMarketTime',
] as const

/** What the library itself throws: an answer that it cannot make sense of. It may quote all of it, so cut short. */
function asFailure(error: unknown): YahooFailure {
  if (error instanceof YahooFailure) return error
  const text = messageOf(error).slice(0, MESSAGE_CHARS_MAX)
  const isAboutLogin = /crumb|cookie|consent|redirect/i.test(text) && !CRUMB_REFUSED.test(text)
  const request = isAboutLogin ? 'crumb' : 'quote'
  return new YahooFailure(withoutCrumb(text), { request, status: null })
}

/** What Yahoo says of a crumb that it no longer takes. */
export const CRUMB_REFUSED = /invalid (crumb|cookie)/i

const MESSAGE_CHARS_MAX = 200

function withoutCrumb(text: string): string {
  return text.replace(/crumb=[^&\s"]+/g, 'crumb=...')
}

/** The library's debug lines hold the crumb, so they are dropped; the rest is for those who look for it. */
function quietLogger(logger: Logger) {
  const note = (...words: unknown[]) => logger.debug(`yahoo-finance2: ${withoutCrumb(words.map(String).join(' '))}`)
  return { info: note, warn: note, error: note, debug: () => {}, dir: () => {} }
}
