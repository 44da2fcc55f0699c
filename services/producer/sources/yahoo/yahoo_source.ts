// The live source: ticks of Yahoo's streamer, with polling beside it, or one of the two alone. It never gives up:
// whatever goes wrong is a warning and a longer wait. Yahoo's service is unofficial, and is to be burdened little.

import type { Calendars } from '#calendar/calendar'
import type { Clock } from '#runtime/clock'
import { counted } from '#runtime/counted'
import type { Logger } from '#runtime/logger'
import { STREAM_SYMBOLS_PER_CONNECTION } from '#services/producer/limits'
import {
  type MarketCounts,
  NO_SKIPS,
  type QuoteSource,
  type SourceBatch,
} from '#services/producer/sources/quote_source'
import { liveQuotes, type Polling } from '#services/producer/sources/yahoo/live_quotes'
import { openLogin } from '#services/producer/sources/yahoo/polling/login'
import { openPollPace } from '#services/producer/sources/yahoo/polling/poll_pace'
import { pollRounds } from '#services/producer/sources/yahoo/polling/poll_rounds'
import { openRowReader, type Skipped } from '#services/producer/sources/yahoo/polling/row_reader'
import type { StreamSockets } from '#services/producer/sources/yahoo/streamer/stream_socket'

/** What is asked of Yahoo, and how often. */
export interface YahooOptions {
  /** By the streamer with polling beside it, or by one of the two alone. */
  readonly mode: 'auto' | 'stream' | 'poll'
  readonly symbols: readonly string[]
  readonly pollIntervalMs: number
  /** A proxy or a recorded server: each request goes to BASE/original-host/path. */
  readonly baseUrl?: string | undefined
  readonly calendars: Calendars
  readonly fetch: typeof fetch
  /** Node's WebSocket unless a test brings others. */
  readonly openSockets?: () => StreamSockets
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
}

/** Live quotes, as far as Yahoo has them. */
export function yahooSource(options: YahooOptions): QuoteSource {
  return options.mode === 'poll' ? polled(options) : streamed(options, options.mode)
}

/** Ticks, and rows beside them unless the mode is stream. */
function streamed(options: YahooOptions, mode: 'auto' | 'stream'): QuoteSource {
  const live = liveQuotes(options)
  const polling = (signal: AbortSignal) => (mode === 'auto' ? openPolling(options, live.skipped, signal) : null)
  return {
    ...source(options),
    batches: (_, signal) => withTerms(options, live.batches(polling(signal), signal)),
    skips: () => ({ ...NO_SKIPS, ...live.skips() }),
    markets: live.markets,
    metrics: live.metrics,
  }
}

/** Rows alone. */
function polled(options: YahooOptions): QuoteSource {
  const skipped: Skipped = { unchanged: 0, unusable: 0 }
  let markets: MarketCounts | null = null
  const onMarkets = (counts: MarketCounts) => {
    markets = counts
  }
  const rounds = (signal: AbortSignal) =>
    pollRounds({ ...options, ...openPolling(options, skipped, signal), onMarkets }, signal)
  return {
    ...source(options),
    batches: (_, signal) => withTerms(options, rounds(signal)),
    skips: () => ({ ...NO_SKIPS, ...skipped }),
    markets: () => markets,
  }
}

function source(options: YahooOptions) {
  return { describe: () => descriptionOf(options), finite: false, positionName: async () => null }
}

/** A login, a reader and a pace of its own. */
function openPolling(options: YahooOptions, skipped: Skipped, signal: AbortSignal): Polling {
  return {
    login: openLogin({ ...options, signal }),
    reader: openRowReader(options.logger, skipped),
    pace: openPollPace(options),
  }
}

async function* withTerms({ logger }: YahooOptions, batches: AsyncIterable<SourceBatch>): AsyncGenerator<SourceBatch> {
  logger.warn(TERMS)
  yield* batches
}

const TERMS =
  'Yahoo has no official quote service: for personal use only, not to be passed on, and quotes may be delayed; ' +
  'SOURCE=simulator needs neither Yahoo nor a network'

function descriptionOf({ mode, symbols, pollIntervalMs, baseUrl }: YahooOptions): string {
  const from = baseUrl === undefined ? '' : ` through ${new URL(baseUrl).host}`
  const quotes = `Yahoo quotes of ${counted(symbols.length, 'symbol')}${from}`
  const seconds = `every ${pollIntervalMs / 1_000} s`
  if (mode === 'poll') return `${quotes}, asked for ${seconds}`
  const connections = counted(Math.ceil(symbols.length / STREAM_SYMBOLS_PER_CONNECTION), 'connection')
  const streamed = `${quotes}, as they come by ${connections} to the streamer`
  return mode === 'stream' ? streamed : `${streamed}; symbols that stay silent are asked for ${seconds}`
}
