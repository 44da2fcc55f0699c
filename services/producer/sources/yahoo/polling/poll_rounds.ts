// Polling alone, without the streamer: all symbols, round after round. Yahoo's service is unofficial; the pace here is
// meant to burden it little.

import type { Quote } from '#market/quote'
import type { Clock } from '#runtime/clock'
import { YAHOO_SYMBOLS_PER_REQUEST } from '#services/producer/limits'
import { type MarketCounts, recordOf, type SourceBatch } from '#services/producer/sources/quote_source'
import { countMarkets } from '#services/producer/sources/yahoo/market_counts'
import type { Login } from '#services/producer/sources/yahoo/polling/login'
import type { PollPace, Round } from '#services/producer/sources/yahoo/polling/poll_pace'
import type { RowReader } from '#services/producer/sources/yahoo/polling/row_reader'
import { isMarketClosed } from '#services/producer/sources/yahoo/polling/yahoo_row'
import { YahooFailure } from '#services/producer/yahoo_fetch'

/** What the rounds need. */
export interface RoundsOptions {
  readonly symbols: readonly string[]
  readonly login: Login
  readonly reader: RowReader
  readonly pace: PollPace
  readonly clock: Clock
  /** Told after each whole round. */
  readonly onMarkets: (markets: MarketCounts) => void
}

/** What is new in each answer, until the signal aborts. */
export async function* pollRounds(options: RoundsOptions, signal: AbortSignal): AsyncGenerator<SourceBatch> {
  while (!signal.aborted) {
    const round = yield* askAll(options, signal)
    if (signal.aborted) return
    await options.clock.sleep(options.pace.waitMsAfter(round), signal)
  }
}

async function* askAll(options: RoundsOptions, signal: AbortSignal): AsyncGenerator<SourceBatch, Round> {
  const { symbols, login, reader, onMarkets } = options
  const quotes: Quote[] = []
  for (let from = 0; from < symbols.length; from += YAHOO_SYMBOLS_PER_REQUEST) {
    const asked = symbols.slice(from, from + YAHOO_SYMBOLS_PER_REQUEST)
    const rows = await login.rows(asked)
    if (rows instanceof YahooFailure) return { quotes: quotes.length, allClosed: false, failure: rows }
    if (signal.aborted) break
    const read = reader.read(rows, asked)
    quotes.push(...read)
    const news = reader.news(read)
    if (news.length > 0) yield { records: news.map(recordOf), position: null }
  }
  if (!signal.aborted) onMarkets(countMarkets(quotes))
  return { quotes: quotes.length, allClosed: quotes.length > 0 && quotes.every(isMarketClosed), failure: null }
}
