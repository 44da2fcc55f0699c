// The live source: polls Yahoo for all symbols, hands on what is new. It never gives up: whatever goes wrong is a
// warning and a longer wait. Yahoo's service is unofficial; the pace here is meant to burden it little.

import type { Quote } from '#market/quote'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import { YAHOO_SYMBOLS_PER_REQUEST } from '#services/producer/limits'
import {
  type MarketCounts,
  NO_SKIPS,
  type QuoteSource,
  recordOf,
  type SourceBatch,
} from '#services/producer/sources/quote_source'
import { type Login, openLogin } from '#services/producer/sources/yahoo/login'
import { countMarkets } from '#services/producer/sources/yahoo/market_counts'
import { openPollPace, type Round } from '#services/producer/sources/yahoo/poll_pace'
import { openRowReader, type RowReader, type Skipped } from '#services/producer/sources/yahoo/row_reader'
import { YahooFailure } from '#services/producer/sources/yahoo/yahoo_fetch'
import { isMarketClosed } from '#services/producer/sources/yahoo/yahoo_row'

/** What is asked of Yahoo, and how often. */
export interface YahooOptions {
  readonly symbols: readonly string[]
  readonly pollIntervalMs: number
  /** A proxy or a recorded server: each request goes to BASE/original-host/path. */
  readonly baseUrl?: string | undefined
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
}

/** Live quotes, as far as Yahoo has them. */
export function yahooSource(options: YahooOptions): QuoteSource {
  const skips = { ...NO_SKIPS, unchanged: 0, unusable: 0 }
  const known: Known = { markets: null }
  const { symbols, pollIntervalMs, baseUrl } = options
  const from = baseUrl === undefined ? '' : ` through ${new URL(baseUrl).host}`
  return {
    describe: () => `Yahoo quotes of ${symbols.length} symbols${from}, asked for every ${pollIntervalMs / 1000} s`,
    finite: false,
    positionName: async () => null,
    batches: (_, signal) => poll(options, { skips, known }, signal),
    skips: () => ({ ...skips }),
    markets: () => known.markets,
  }
}

const TERMS =
  'Yahoo has no official quote service: for personal use only, not to be passed on, and quotes may be delayed; ' +
  'SOURCE=simulator needs neither Yahoo nor a network'

/** What the last whole round told of the markets. */
interface Known {
  markets: MarketCounts | null
}

async function* poll(
  options: YahooOptions,
  { skips, known }: { readonly skips: Skipped; readonly known: Known },
  signal: AbortSignal,
): AsyncGenerator<SourceBatch> {
  options.logger.warn(TERMS)
  const login = openLogin({ ...options, signal })
  const reader = openRowReader(options.logger, skips)
  const pace = openPollPace(options)
  while (!signal.aborted) {
    const round = yield* askAll(options.symbols, { login, reader, known, signal })
    if (signal.aborted) return
    await options.clock.sleep(pace.waitMsAfter(round), signal)
  }
}

async function* askAll(
  symbols: readonly string[],
  parts: { login: Login; reader: RowReader; known: Known; signal: AbortSignal },
): AsyncGenerator<SourceBatch, Round> {
  const quotes: Quote[] = []
  for (let from = 0; from < symbols.length; from += YAHOO_SYMBOLS_PER_REQUEST) {
    const asked = symbols.slice(from, from + YAHOO_SYMBOLS_PER_REQUEST)
    const rows = await parts.login.rows(asked)
    if (rows instanceof YahooFailure) return { quotes: quotes.length, allClosed: false, failure: rows }
    if (parts.signal.aborted) break
    const read = parts.reader.read(rows, asked)
    quotes.push(...read)
    const news = parts.reader.news(read)
    if (news.length > 0) yield { records: news.map(recordOf), position: null }
  }
  if (!parts.signal.aborted) parts.known.markets = countMarkets(quotes)
  return { quotes: quotes.length, allClosed: quotes.length > 0 && quotes.every(isMarketClosed), failure: null }
}
