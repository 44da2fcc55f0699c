// Which symbols have to be polled beside the streamer, and how often: those of which it says nothing in their open
// hours, all while it is out, and each one now and then for what ticks do not carry.

import {
  REFERENCE_EVERY_MS,
  SILENT_SYMBOL_AFTER_MS,
  YAHOO_CLOSED_POLL_MS,
  YAHOO_JITTER,
} from '#services/producer/limits'
import { type FollowedSymbol, isOpenAt, silenceMs } from '#services/producer/sources/yahoo/followed_symbols'

/** What is asked of a symbol. */
export interface PollQuestion {
  readonly now: number
  readonly pollIntervalMs: number
  /** Whether its connection to the streamer is open. */
  readonly isConnected: boolean
}

/** Whether a symbol is to be polled now. */
export function isDue(followed: FollowedSymbol, question: PollQuestion): boolean {
  const restMs = restMsOf(followed, question)
  return question.now - followed.askedAt >= restMs * (1 + YAHOO_JITTER * followed.jitter)
}

/** How long a symbol rests between two polls. */
function restMsOf(followed: FollowedSymbol, { now, pollIntervalMs, isConnected }: PollQuestion): number {
  const isFed = isConnected && silenceMs(followed, now) < SILENT_SYMBOL_AFTER_MS
  if (!isFed && isOpenAt(followed, now)) return pollIntervalMs
  // The last row says that the market is closed where its calendar says that it is open: it may open late, or not.
  const mayOpen = !isFed && followed.calendar.spanAt(now).session === 'regular'
  return mayOpen || !isConnected ? Math.max(pollIntervalMs, YAHOO_CLOSED_POLL_MS) : REFERENCE_EVERY_MS
}
