// Each service as the commands run it: settings read, parts opened, counters shown. `start` runs three of these in one
// process, `produce`, `stream` and `write` one each. Loaded when one runs, so that `sql` need not wait for Kafka and
// Parquet.

import { styleText } from 'node:util'
import { claimProducer } from '#log/embedded/embedded_log'
import type { EventLog, TopicPartition } from '#log/event_log'
import { lagMetrics, transactionMetrics } from '#log/log_metrics'
import type { QuoteDecoder } from '#market/decoding/decoder'
import { timestampReader } from '#market/decoding/timestamp'
import { TOPICS, topicSpecs } from '#market/topics'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { type Health, startHealth } from '#runtime/health'
import { counterMetrics } from '#runtime/metrics'
import type { CommandContext } from '#services/cli/command'
import { decoderConfig, decoderSettings } from '#services/decoder_settings'
import { dataWatch } from '#services/platform/data_watch'
import { checkpointUrl, embeddedLogFile, embeddedLogFolder, prepareDataDir } from '#services/platform/platform'
import { lakeSettings, logSettings, metricsSettings, topicSettings } from '#services/platform/settings'
import type { ProducerSettings } from '#services/producer/config'
import { newProducerCounters, type ProducerSummary, runProducer } from '#services/producer/producer'
import { createSource } from '#services/producer/sources/create_source'
import { streamConfig, streamSettings } from '#services/stream/config'
import { consoleAlertSink } from '#services/stream/console/alert_sink'
import { consoleBarLines } from '#services/stream/console/bar_lines'
import type { StreamCounters } from '#services/stream/outputs'
import { runStream } from '#services/stream/stream'
import { streamMetrics, type WatchedStream } from '#services/stream/stream_metrics'
import { writerConfig, writerSettings } from '#services/writer/config'
import { newCounters, type WriterCounters } from '#services/writer/counters'
import { runWriter } from '#services/writer/writer'

/** What a service runs on. */
export interface ServiceParts {
  readonly log: EventLog
  readonly signal: AbortSignal
  readonly health: Health | undefined
  /** End at the end of what there is. */
  readonly bounded?: boolean
  /** Told of each partition that the service is given. */
  readonly onPartition?: (partition: TopicPartition) => void
}

/** A service with its settings read and checked, not yet running. */
export type Service<T> = (parts: ServiceParts) => Promise<T>

/** The producer. It opens its source when it runs. */
export function producerService(context: CommandContext, settings: ProducerSettings): Service<ProducerSummary> {
  const { clock, random, logger, stdin, console } = context
  const readTimestamp = timestampReader(decoderConfig(context.settings.of(decoderSettings)))
  return async ({ log, signal, health }) => {
    const source = await createSource(settings, { log, clock, random, logger, stdin, fetch, readTimestamp })
    const counters = newProducerCounters()
    const read = () => ({ ...counters, skipped: { ...source.skips() } })
    health?.show(counterMetrics({ service: 'producer', groups: { skipped: 'reason' }, read }))
    health?.ready()
    const print = (line: string) => console.print(line)
    const beginAnew = settings.SOURCE_POSITION === 'start'
    return runProducer({ source, log, beginAnew, clock, random, logger, print, counters, signal })
  }
}

/** The stream. */
export async function streamService(context: CommandContext, decoder: QuoteDecoder): Promise<Service<StreamCounters>> {
  const settings = context.settings.of(streamSettings)
  const [config, rules] = [streamConfig(settings, decoder), settings.ALERT_RULES]
  const checkpoints = await context.openStore(checkpointUrl(context.settings.of(lakeSettings)))
  const { clock, logger, stdout, console } = context
  const print = (line: string) => console.print(line)
  // On a terminal alerts stand out among the quotes; in a pipe they are plain.
  const printAlert = (line: string) => print(styleText(['bold', 'yellow'], line, { stream: stdout }))
  return ({ log, signal, health, bounded = false, onPartition = () => {} }) => {
    const sinks = [consoleAlertSink(printAlert)]
    const onReady = (stream: WatchedStream) => {
      for (const source of streamMetrics(stream, clock)) health?.show(source)
      health?.ready()
    }
    const lines = consoleBarLines(clock, print)
    const told = { sinks, onBars: lines.add, onReady, onPartition }
    const running = runStream({ log, config, rules, checkpoints, clock, logger, signal, bounded, ...told })
    return running.finally(lines.end)
  }
}

/** The writer into the lake. */
export function writerService(
  context: CommandContext,
  { lake, decoder }: { readonly lake: ObjectStore; readonly decoder: QuoteDecoder },
): Service<WriterCounters> {
  const config = writerConfig(context.settings.of(writerSettings))
  const { clock, random, newId, logger } = context
  return ({ log, signal, health, bounded = false, onPartition = () => {} }) => {
    const counters = newCounters()
    health?.show(counterMetrics({ service: 'writer', groups: { rows: 'table' }, read: () => counters }))
    const onReady = () => health?.ready()
    const parts = { log, store: lake, config, decoder, clock, random, newId, logger }
    return runWriter({ ...parts, counters, signal, bounded, onReady, onPartition })
  }
}

/** Creates the topics that are missing. */
export async function createTopics(context: CommandContext, log: EventLog): Promise<void> {
  const { TOPIC_PARTITIONS } = context.settings.of(topicSettings)
  await log.createTopics(topicSpecs(TOPIC_PARTITIONS))
}

/** A single service must not begin before `init` has been run. Throws LOG_TOPIC_MISSING. */
export async function requireTopics(log: EventLog): Promise<void> {
  const there = new Set((await log.describeTopics(TOPICS)).map((info) => info.topic))
  const missing = TOPICS.filter((topic) => !there.has(topic))
  if (missing.length === 0) return
  throw new PlatformError(
    'LOG_TOPIC_MISSING',
    `the log has no topic ${missing.join(', ')}; run \`tickerlake init\` first`,
  )
}

/** Runs work with the log opened, and closed afterwards. */
export async function withLog<T>(
  context: CommandContext,
  work: (parts: { log: EventLog; signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const log = await context.openLog()
  try {
    return await work({ log, signal: context.signal })
  } finally {
    await log.close()
  }
}

/** What a service does with its log opened. */
type ServiceWork<T> = (parts: { log: EventLog; health: Health | undefined; signal: AbortSignal }) => Promise<T>

/**
 * The same for a service: the health server is up when METRICS_PORT asks for it, and the service ends when the data
 * that it stands on is gone, the lake's too when its place is given.
 */
export async function withService<T>(
  context: CommandContext,
  work: ServiceWork<T>,
  { lake }: { readonly lake?: string } = {},
): Promise<T> {
  const { METRICS_PORT: port, METRICS_HOST: host } = context.settings.of(metricsSettings)
  const settings = context.settings.of(logSettings)
  await prepareDataDir(settings)
  const health = port === undefined ? undefined : await startHealth({ port, host })
  if (health !== undefined) {
    context.logger.info({ host, port: health.port }, `metrics are served on ${host}, port ${health.port}`)
  }
  const data = dataWatch(context, { log: embeddedLogFile(settings), lake })
  const serving = withLog(context, async ({ log }) => {
    health?.show(transactionMetrics(log))
    health?.show(lagMetrics(log, context.clock))
    await data.begin()
    return work({ log, health, signal: data.signal })
  })
  try {
    return await data.whileThere(serving)
  } finally {
    data.end()
    await health?.close()
  }
}

/** Runs work that feeds the log from a source; the embedded log takes one of these. Throws LOG_IN_USE. */
export async function asOnlyProducer<T>(context: CommandContext, command: string, work: () => Promise<T>): Promise<T> {
  const settings = context.settings.of(logSettings)
  const folder = embeddedLogFolder(settings)
  if (folder === undefined) return work()
  await prepareDataDir(settings)
  const claim = claimProducer(folder, { command, clock: context.clock })
  try {
    return await work()
  } finally {
    claim.release()
  }
}
