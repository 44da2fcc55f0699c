// Quotes as the streamer sends them, and those that are polled beside it: both flow into one intake.

import type { Calendars } from '#calendar/calendar'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import type { MetricSource } from '#runtime/metrics'
import type { MarketCounts, SourceBatch, SourceSkips } from '#services/producer/sources/quote_source'
import { followSymbols } from '#services/producer/sources/yahoo/followed_symbols'
import { Intake } from '#services/producer/sources/yahoo/intake'
import { countFollowed } from '#services/producer/sources/yahoo/market_counts'
import type { Login } from '#services/producer/sources/yahoo/polling/login'
import { pollBeside } from '#services/producer/sources/yahoo/polling/poll_beside'
import type { PollPace } from '#services/producer/sources/yahoo/polling/poll_pace'
import type { RowReader, Skipped } from '#services/producer/sources/yahoo/polling/row_reader'
import { streamMetrics } from '#services/producer/sources/yahoo/stream_metrics'
import { nodeSockets, type StreamSockets } from '#services/producer/sources/yahoo/streamer/stream_socket'
import { openStreamer } from '#services/producer/sources/yahoo/streamer/streamer'
import { quoteOfTick, type TickCounts } from '#services/producer/sources/yahoo/streamer/tick_quote'

/** What live quotes need. */
export interface LiveOptions {
  readonly symbols: readonly string[]
  readonly pollIntervalMs: number
  readonly baseUrl?: string | undefined
  readonly calendars: Calendars
  /** Node's WebSocket unless a test brings others. */
  readonly openSockets?: () => StreamSockets
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
}

/** How symbols are polled. */
export interface Polling {
  readonly login: Login
  readonly reader: RowReader
  readonly pace: PollPace
}

/** Live quotes of one source. */
export interface LiveQuotes {
  /** Streams, and polls beside it unless `polling` is null, until the signal aborts. To be called once. */
  batches(polling: Polling | null, signal: AbortSignal): AsyncGenerator<SourceBatch>
  markets(): MarketCounts
  /** Counted by whoever reads rows. */
  readonly skipped: Skipped
  skips(): Pick<SourceSkips, 'unchanged' | 'unusable' | 'leftOut'>
  readonly metrics: readonly MetricSource[]
}

/** Opens nothing yet. */
export function liveQuotes(options: LiveOptions): LiveQuotes {
  const { clock, calendars } = options
  const skipped: Skipped = { unchanged: 0, unusable: 0 }
  const symbols = followSymbols(options.symbols, options)
  const intake = new Intake(clock)
  const counts: TickCounts = { quotes: 0, repeated: 0, merged: 0 }
  const context = { clock, calendars, counts }
  const streamer = openStreamer({
    ...options,
    sockets: (options.openSockets ?? nodeSockets)(),
    symbols,
    onTick(tick, followed) {
      const quote = quoteOfTick(tick, followed, context)
      if (quote !== null) intake.add(quote)
    },
  })
  const isConnected = streamer.isConnected
  return {
    batches(polling, signal) {
      const poll = polling === null ? null : { ...options, ...polling, symbols, intake, isConnected, skipped }
      return whileWorking(intake, signal, (stop) => [streamer.run(stop), poll === null ? null : pollBeside(poll, stop)])
    },
    skipped,
    skips: () => ({
      unchanged: skipped.unchanged + counts.repeated,
      unusable: skipped.unusable + streamer.counts.frames.refused,
      leftOut: intake.leftOut,
    }),
    markets: () => countFollowed(symbols.values(), clock.now()),
    metrics: streamMetrics({ streamer, symbols, counts, intake, clock }),
  }
}

/** The intake's batches while the work goes on. Work that fails ends them, and is thrown. */
async function* whileWorking(
  intake: Intake,
  signal: AbortSignal,
  begin: (stop: AbortSignal) => readonly (Promise<void> | null)[],
): AsyncGenerator<SourceBatch> {
  const over = new AbortController()
  const stop = AbortSignal.any([signal, over.signal])
  const work = Promise.all(begin(stop))
  work.catch(() => over.abort())
  try {
    yield* intake.batches(stop)
  } finally {
    over.abort()
    await work
  }
}
