// Keeps the live records going: reads the topics on, and asks the tables what the day began with. Whatever log and
// tables do, the records say how they stand; this ends only when it is told to, or when the log stays away.

import type { Calendars } from '#calendar/calendar'
import type { EventLog } from '#log/event_log'
import { tailTopics } from '#log/topic_tail'
import type { InPlaceDecoder } from '#market/decoding/decoder'
import { ALERTS_TOPIC, barsTopic, PRICES_TOPIC } from '#market/topics'
import type { Clock } from '#runtime/clock'
import { messageOf, type PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import { backoffMs } from '#runtime/retry'
import { offset } from '#runtime/units'
import { SEEDS_RETRY, SEEDS_WAIT_MS, TAIL_RETRY } from '#services/web/live/limits'
import { LiveFeed, type ReadAlong } from '#services/web/live/live_feed'
import type { LiveRecords } from '#services/web/live/live_records'
import type { LiveHistory } from '#services/web/live/seam'
import { longestDayStart } from '#services/web/sessions/trading_day'

/** What it takes. */
export interface LiveParts {
  readonly log: EventLog
  readonly decoder: InPlaceDecoder
  readonly barIntervalMs: number
  readonly calendars: Calendars
  readonly history: Pick<LiveHistory, 'seeds'>
  /** Nothing by default. */
  readonly readAlong?: ReadAlong
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** Fills the records until the signal aborts. Throws what the log threw last when it stays away. */
export async function runLive(records: LiveRecords, parts: LiveParts): Promise<void> {
  const { log, barIntervalMs, clock, random, newId, readAlong = NOTHING_ALONG } = parts
  records.board.moveTo(clock.now())
  const onTrouble = (error: PlatformError | null) => tell(records, error, parts)
  const onFull = () =>
    parts.logger.warn({}, `the page shows ${records.board.count} symbols and leaves out further ones`)
  const feed = new LiveFeed({ log, decoder: parts.decoder, records, readAlong, onFull, onTrouble })
  const ended = new AbortController()
  const signal = AbortSignal.any([parts.signal, ended.signal])
  const asked = Promise.withResolvers<void>()
  const seeding = seed(feed, { ...parts, signal, onAsked: asked.resolve })
  await Promise.race([asked.promise, clock.sleep(SEEDS_WAIT_MS, signal)])
  const topics = [PRICES_TOPIC, barsTopic(barIntervalMs), ALERTS_TOPIC, ...readAlong.topics]
  try {
    await tailTopics(log, { topics, group: `web-${newId()}`, signal, reader: feed, retry: TAIL_RETRY, clock, random })
  } finally {
    ended.abort()
    await seeding
  }
}

const NOTHING_ALONG: ReadAlong = { topics: [], startOf: () => offset(0), take() {} }

/** Asks the tables until they answer; told when they were asked once. */
async function seed(feed: LiveFeed, parts: LiveParts & { readonly onAsked: () => void }): Promise<void> {
  const { calendars, history, clock, logger, random, signal, onAsked } = parts
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      const seeds = await history.seeds(longestDayStart(calendars, clock.now()), signal)
      if (!signal.aborted) feed.seed(seeds)
      return onAsked()
    } catch (error) {
      onAsked()
      if (signal.aborted) return
      const reason = messageOf(error)
      logger.warn({ reason, attempt }, 'the tables do not say how the day began; the page goes on without that')
      if (attempt === SEEDS_RETRY.attemptsMax) return
      await clock.sleep(backoffMs(attempt, SEEDS_RETRY, random), signal)
    }
  }
}

function tell(records: LiveRecords, error: PlatformError | null, { logger }: LiveParts): void {
  records.trouble(error)
  if (error === null) logger.info({}, 'the log answers the page again')
  else logger.warn({ code: error.code, reason: error.message }, 'the log does not answer the page; trying again')
}
