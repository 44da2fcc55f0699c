// Polling beside the streamer. Failures make it wait by its own measure, whatever the streamer does.

import type { Calendars } from '#calendar/calendar'
import { exchangeZoneOf } from '#market/quote'
import type { Clock } from '#runtime/clock'
import { POLL_STEP_MS, YAHOO_SYMBOLS_PER_REQUEST } from '#services/producer/limits'
import {
  type FollowedSymbol,
  type FollowedSymbols,
  learnMarket,
} from '#services/producer/sources/yahoo/followed_symbols'
import type { Intake } from '#services/producer/sources/yahoo/intake'
import type { Login } from '#services/producer/sources/yahoo/polling/login'
import type { PollPace } from '#services/producer/sources/yahoo/polling/poll_pace'
import type { RowReader, Skipped } from '#services/producer/sources/yahoo/polling/row_reader'
import { isDue } from '#services/producer/sources/yahoo/polling/silent_symbols'
import { YahooFailure } from '#services/producer/yahoo_fetch'

/** What polling needs. */
export interface PollerOptions {
  readonly symbols: FollowedSymbols
  readonly isConnected: (followed: FollowedSymbol) => boolean
  readonly pollIntervalMs: number
  readonly login: Login
  readonly reader: RowReader
  readonly pace: PollPace
  readonly intake: Intake
  readonly skipped: Skipped
  readonly calendars: Calendars
  readonly clock: Clock
  readonly random: () => number
}

/** Polls the symbols that are due, again and again, until the signal aborts. */
export async function pollBeside(options: PollerOptions, signal: AbortSignal): Promise<void> {
  const { symbols, isConnected, pollIntervalMs, clock, pace } = options
  while (!signal.aborted) {
    const now = clock.now()
    const due = [...symbols.values()].filter((followed) => {
      return isDue(followed, { now, pollIntervalMs, isConnected: isConnected(followed) })
    })
    const failure = due.length === 0 ? null : await ask(due, options, signal)
    if (signal.aborted) return
    const backoffMs = due.length === 0 ? 0 : pace.waitMsAfter({ quotes: due.length, allClosed: false, failure })
    await clock.sleep(failure === null ? Math.min(POLL_STEP_MS, pollIntervalMs) : backoffMs, signal)
  }
}

async function ask(
  due: readonly FollowedSymbol[],
  options: PollerOptions,
  signal: AbortSignal,
): Promise<YahooFailure | null> {
  for (let from = 0; from < due.length && !signal.aborted; from += YAHOO_SYMBOLS_PER_REQUEST) {
    const asked = due.slice(from, from + YAHOO_SYMBOLS_PER_REQUEST)
    const rows = await options.login.rows(asked.map(({ symbol }) => symbol))
    if (rows instanceof YahooFailure) return rows
    takeRows(rows, asked, options)
  }
  return null
}

function takeRows(rows: readonly unknown[], asked: readonly FollowedSymbol[], options: PollerOptions): void {
  const { symbols, reader, intake, skipped, calendars, clock, random } = options
  const now = clock.now()
  for (const followed of asked) {
    followed.askedAt = now
    followed.jitter = 2 * random() - 1
  }
  const quotes = reader.read(
    rows,
    asked.map(({ symbol }) => symbol),
  )
  for (const quote of quotes) {
    const followed = symbols.get(quote.symbol)
    if (followed === undefined) continue
    followed.row = quote
    learnMarket(followed, { exchange: quote.exchange, zone: exchangeZoneOf(quote) }, calendars)
    // A row has its time in whole seconds, so one of the newest tick's second is not later either.
    if (quote.timestamp <= followed.tickTime) {
      skipped.unchanged++
      continue
    }
    const [news] = reader.news([quote])
    if (news === undefined) continue
    followed.sentRow = news
    intake.add(news)
  }
}
