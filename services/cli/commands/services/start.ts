// `tickerlake start`: producer, stream and writer in one process; on Kafka and S3, or on an embedded log and a folder.
// When one of them fails, the others are ended in good order and the failure is the command's.

import { PRICES_TOPIC, TOPICS } from '#market/topics'
import { probeConditionalPut } from '#object-store/conditional_put_probe'
import type { ObjectStore } from '#object-store/object_store'
import { createStoreRoot } from '#object-store/open'
import { PlatformError } from '#runtime/errors'
import type { Command, CommandArguments, CommandContext } from '#services/cli/command'
import { counted } from '#services/cli/counted'
import { DRAIN_JSON, drainContext, drainLine, drainService, requireDrainForJson } from '#services/cli/drain'
import { jsonText } from '#services/cli/json_text'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { lakeUrl, s3SettingsOf } from '#services/platform/platform'
import type { Service, ServiceParts } from '#services/platform/running'
import { lakeSettings, logSettings, metricsSettings, topicSettings } from '#services/platform/settings'
import { producerSettings, sourceEnds } from '#services/producer/config'
import type { ProducerSummary } from '#services/producer/producer'
import { streamSettings } from '#services/stream/config'
import type { StreamCounters } from '#services/stream/outputs'
import { writerSettings } from '#services/writer/config'
import type { WriterCounters } from '#services/writer/counters'

const PRODUCER = producerSettings('simulator')

/** Everything in one process. */
export const startCommand: Command = {
  name: 'start',
  isService: true,
  summary: 'run producer, stream and writer in one process (a simulated market unless SOURCE says otherwise)',
  usage: '[--drain [--json]]',
  details: `Without KAFKA_BROKERS and LAKE_URL all data goes to DATA_DIR (default ./data), and nothing else is needed.
  SOURCE=replay REPLAY_FILE=quotes.ndjson tickerlake start --drain`,
  options: {
    drain: { type: 'boolean', description: 'take the source to its end, close all bars, write, print a summary, end' },
    json: DRAIN_JSON,
  },
  settings: [
    ...[logSettings, lakeSettings, topicSettings, metricsSettings],
    ...[PRODUCER, decoderSettings, streamSettings, writerSettings],
  ],
  async run(process, args) {
    requireDrainForJson(args)
    const context = drainContext(process, args)
    const { asOnlyProducer, producerService, streamService, writerService } = await import('#services/platform/running')
    if (args.values.drain === true) requireEnd(context)
    const producer = producerService(context, context.settings.of(PRODUCER))
    const lake = await context.openLake()
    const decoder = decoderOf(context.settings.of(decoderSettings))
    const stream = await streamService(context, decoder)
    const writer = writerService(context, { lake, decoder })
    const services: Services = { producer, stream, writer }
    await asOnlyProducer(context, 'start', () => runServices(context, args, { services, lake }))
  },
}

async function runServices(
  context: CommandContext,
  args: CommandArguments,
  { services, lake }: { readonly services: Services; readonly lake: ObjectStore },
): Promise<void> {
  const { createTopics, withService } = await import('#services/platform/running')
  const place = context.settings.of(lakeSettings)
  const url = lakeUrl(place)
  await createStoreRoot(url, s3SettingsOf(place))
  await probeConditionalPut(lake, context)
  const work = async (parts: ServiceParts) => {
    await createTopics(context, parts.log)
    context.logger.info(`the tables are in ${url}; query them with \`npx tickerlake sql\``)
    if (args.values.drain === true) return drain(context, args, { ...services, parts })
    await runAll(services, parts)
    if (parts.signal.aborted && !context.signal.aborted) return
    context.logger.info('stopped in good order; the next start goes on from here')
  }
  await withService(context, work, { lake: url })
}

/** Before anything is opened. Throws USAGE. */
function requireEnd({ settings }: CommandContext): void {
  const producer = settings.of(PRODUCER)
  if (sourceEnds(producer)) return
  const message = `--drain needs a source that ends (SOURCE=replay, or SIMULATOR_QUOTES), not ${producer.SOURCE}`
  throw new PlatformError('USAGE', message)
}

interface Services {
  readonly producer: Service<ProducerSummary>
  readonly stream: Service<StreamCounters>
  readonly writer: Service<WriterCounters>
}

/** Runs until the signal aborts or one service fails. A source that ends leaves the other two running. */
async function runAll({ producer, stream, writer }: Services, parts: ServiceParts): Promise<void> {
  const failed = new AbortController()
  const shared = { ...parts, signal: AbortSignal.any([parts.signal, failed.signal]) }
  const runs = [producer, stream, writer].map(async (service) => {
    try {
      await service(shared)
    } catch (error) {
      failed.abort()
      throw error
    }
  })
  const results = await Promise.allSettled(runs)
  const failure = results.find((result) => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}

/**
 * One after the other: each step's input is whole before it begins, and one process has one processor to give anyway.
 */
async function drain(context: CommandContext, args: CommandArguments, work: Services & { parts: ServiceParts }) {
  const { producer, parts } = work
  const { sent, durationMs } = await producer(parts)
  const records = counted(sent, 'record')
  if (parts.signal.aborted) {
    const message = `stopped before the end of the source: ${records} sent; the same command goes on from there`
    throw new PlatformError('STOPPED', message)
  }
  const streamed = await drainService({ name: 'stream', topics: [PRICES_TOPIC], run: work.stream }, parts)
  const written = await drainService({ name: 'writer', topics: TOPICS, run: work.writer }, parts)
  if (args.values.json === true) {
    const counters = { producer: { sent, durationMs }, stream: streamed.counters, writer: written.counters }
    return void context.stdout.write(jsonText(counters))
  }
  context.stdout.write(
    `producer  sent ${records} in ${(durationMs / 1000).toFixed(1)} s\n` +
      `${drainLine(streamed)}\n${drainLine(written)}\n`,
  )
}
