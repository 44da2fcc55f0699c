// The page over a platform of the test's own: an embedded log and a folder, the web service in this process, and stream
// and writer only as long as the test wants them.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openCalendars } from '#calendar/calendars'
import { sqlSettings } from '#lake/query_settings'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import type { EventLog } from '#log/event_log'
import { PRICES_TOPIC, topicSpecs } from '#market/topics'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { type Clock, systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import { type Env, readAllSettings } from '#runtime/settings'
import { barSettings } from '#services/bar_settings'
import { decoderSettings } from '#services/decoder_settings'
import { DEFAULT_ALERT_RULES } from '#services/stream/alerts/rules'
import { DEFAULT_STREAM_CONFIG } from '#services/stream/config'
import { runStream } from '#services/stream/stream'
import { webConfig, webSettings } from '#services/web/config'
import { runWeb } from '#services/web/web'
import { runWriter } from '#services/writer/writer'
import { defaultDecoder } from '#support/decoder'
import { patientConfig } from '#support/lake/writer'
import { temporaryFolder } from '#support/temporary_folder'

/** A quote as a producer sends it. */
export interface SentQuote {
  readonly symbol: string
  readonly price: number
  readonly timestamp: number
  readonly [other: string]: unknown
}

/** A platform that is served until the running test is over. */
export interface ServedPlatform {
  readonly url: string
  readonly log: EventLog
  /** Publishes values as they are, keyed by symbol where they have one. */
  send(values: readonly (SentQuote | string)[]): Promise<void>
  /** Runs the stream, or the writer, until the function that it gives is called. */
  startStream(): () => Promise<void>
  startWriter(): () => Promise<void>
}

/** How it is served. */
export interface ServedOptions {
  /** Further settings. */
  readonly env?: Env
  /** The time by which all of it goes; the machine's unless told. */
  readonly clock?: Clock
}

/** Serves the page. */
export async function servedPlatform({ env = {}, clock = systemClock }: ServedOptions = {}): Promise<ServedPlatform> {
  const folder = temporaryFolder()
  const log = openEmbeddedLog({ path: join(folder, 'log.sqlite'), clock, logger: silentLogger })
  await log.createTopics(topicSpecs(2))
  const lake = openFilesystemStore({ root: join(folder, 'lake') })
  const web = await serve({ log, lake, clock, env: { DATA_DIR: folder, WEB_PORT: '0', ...env } })
  const checkpoints = openMemoryStore()
  const running = new Set<() => Promise<void>>()
  onTestFinished(async () => {
    await Promise.all([...running].map((end) => end()))
    await web.end()
    await log.close()
  })
  const start = (run: (signal: AbortSignal) => Promise<unknown>) => {
    const end = new AbortController()
    const ended = run(end.signal)
    const stopRun = async () => {
      running.delete(stopRun)
      end.abort()
      await ended
    }
    running.add(stopRun)
    return stopRun
  }
  return {
    url: web.url,
    log,
    send: (values) => log.publish(values.map(recordOf)),
    startStream: () => start((signal) => runStream({ log, signal, checkpoints, clock, ...streamParts })),
    startWriter: () => start((signal) => runWriter({ log, signal, store: lake, clock, ...writerParts })),
  }
}

const streamParts = {
  config: DEFAULT_STREAM_CONFIG,
  rules: DEFAULT_ALERT_RULES,
  logger: silentLogger,
  sinks: [],
}

const writerParts = {
  config: { ...patientConfig, flushIntervalMs: 500 },
  decoder: defaultDecoder,
  random: () => 0.5,
  newId: randomUUID,
}

function recordOf(value: SentQuote | string) {
  if (typeof value === 'string') return { topic: PRICES_TOPIC, key: 'AAPL', value }
  return { topic: PRICES_TOPIC, key: value.symbol, value: JSON.stringify(value) }
}

interface ServeParts {
  readonly log: EventLog
  readonly lake: ObjectStore
  readonly clock: Clock
  readonly env: Env
}

async function serve(parts: ServeParts) {
  const settings = readAllSettings(parts.env, [webSettings, sqlSettings, barSettings, decoderSettings])
  const end = new AbortController()
  const ready = Promise.withResolvers<number>()
  const running = runWeb({
    config: webConfig(settings.of(webSettings)),
    settings,
    log: parts.log,
    calendars: openCalendars({}),
    clock: parts.clock,
    newId: randomUUID,
    random: () => 0.5,
    logger: silentLogger,
    openLake: async () => parts.lake,
    openStore: async () => parts.lake,
    signal: end.signal,
    onReady: ready.resolve,
  })
  // A log that stays away ends the service: that is the test's own doing.
  const ended = running.catch(ready.reject)
  return {
    url: `http://127.0.0.1:${await ready.promise}/`,
    async end() {
      end.abort()
      await ended
    },
  }
}
