// The source that the settings name.

import type { Readable } from 'node:stream'
import type { Calendars } from '#calendar/calendar'
import type { EventLog } from '#log/event_log'
import type { TimestampReader } from '#market/decoding/timestamp'
import { PRICES_TOPIC } from '#market/topics'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import type { ProducerSettings } from '#services/producer/config'
import type { QuoteSource } from '#services/producer/sources/quote_source'
import { replaySource } from '#services/producer/sources/replay/replay_source'
import { simulatorSource } from '#services/producer/sources/simulator/simulator_source'

/** What the sources need from outside. */
export interface SourceParts {
  /** Asked whether it holds quotes already: only a first start simulates a past. */
  readonly log: Pick<EventLog, 'ranges'>
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly stdin: Readable
  readonly fetch: typeof fetch
  readonly calendars: Calendars
  /** Reads the times of a recording, as the decoder will. */
  readonly readTimestamp: TimestampReader
}

/** Opens the source. Reads nothing of it yet. */
export async function createSource(settings: ProducerSettings, parts: SourceParts): Promise<QuoteSource> {
  if (settings.SOURCE === 'replay') return replaySource({ ...parts, ...replayOptions(settings) })
  if (settings.SOURCE === 'simulator') {
    const backlogMs = (await hasQuotes(parts.log)) ? 0 : settings.SIMULATOR_BACKLOG_MS
    return simulatorSource({ ...parts, ...simulatorOptions(settings), backlogMs })
  }
  // Loaded when it is asked for: it brings sixty modules.
  const { yahooSource } = await import('#services/producer/sources/yahoo/yahoo_source')
  return yahooSource({
    ...parts,
    symbols: settings.SYMBOLS,
    pollIntervalMs: settings.POLL_INTERVAL_MS,
    baseUrl: settings.YAHOO_BASE_URL,
    mode: settings.YAHOO_MODE,
  })
}

function replayOptions(settings: ProducerSettings) {
  return { file: settings.REPLAY_FILE as string, speed: settings.REPLAY_SPEED }
}

function simulatorOptions(settings: ProducerSettings) {
  return {
    symbols: settings.SYMBOLS,
    seed: settings.SIMULATOR_SEED,
    rate: settings.SIMULATOR_RATE,
    session: settings.SIMULATOR_SESSION,
    faults: settings.SIMULATOR_FAULTS,
    ...(settings.SIMULATOR_QUOTES === 0 ? {} : { quotesMax: settings.SIMULATOR_QUOTES }),
  }
}

/** True when anything was ever published to stock-prices. */
async function hasQuotes(log: Pick<EventLog, 'ranges'>): Promise<boolean> {
  const ranges = await log.ranges(PRICES_TOPIC)
  return ranges.some((range) => range.end > 0)
}
