// `tickerlake start`: producer, stream, writer and the page in one process; on Kafka and S3, or on an embedded log and
// a folder.

import { sqlSettings } from '#lake/query_settings'
import type { ObjectStore } from '#object-store/object_store'
import { counted } from '#runtime/counted'
import { PlatformError } from '#runtime/errors'
import { backfillSettings, fillingSettings } from '#services/backfill/config'
import { barSettings } from '#services/bar_settings'
import { calendarSettings, calendarsOf } from '#services/calendar_settings'
import type { Command, CommandArguments, CommandContext } from '#services/cli/command'
import { DRAIN_JSON, drainContext, drainLine, givesSummary, requireDrainForJson } from '#services/cli/drain_option'
import { jsonText } from '#services/cli/print/json_text'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import type { AllDrained, AllServices } from '#services/platform/one_process'
import { prepareLake } from '#services/platform/open'
import { lakeUrl } from '#services/platform/places'
import type { ServiceParts } from '#services/platform/service'
import { lakeSettings, logSettings, metricsSettings, topicSettings } from '#services/platform/settings'
import { createTopics } from '#services/platform/topics'
import { producerSettings, sourceEnds } from '#services/producer/config'
import { streamSettings } from '#services/stream/config'
import { webSettings } from '#services/web/config'
import { writerSettings } from '#services/writer/config'

const PRODUCER = producerSettings('simulator')

/** Everything in one process. */
export const startCommand: Command = {
  name: 'start',
  isService: true,
  givesData: givesSummary,
  usage: '[--drain [--json]]',
  details: `Without KAFKA_BROKERS and LAKE_URL all data goes to DATA_DIR (default ./data), and nothing else is needed.
  SOURCE=replay REPLAY_FILE=quotes.ndjson tickerlake start --drain`,
  options: {
    drain: { type: 'boolean', description: 'take the source to its end, close all bars, write, print a summary, end' },
    json: DRAIN_JSON,
  },
  settings: [
    ...[logSettings, lakeSettings, topicSettings, metricsSettings],
    ...[PRODUCER, backfillSettings, fillingSettings, decoderSettings, calendarSettings, barSettings],
    ...[streamSettings, writerSettings, sqlSettings, webSettings],
  ],
  async run(process, args) {
    requireDrainForJson(args)
    const context = drainContext(process, args)
    const { asOnlyProducer } = await import('#services/platform/service_lifetime')
    const { producerService } = await import('#services/platform/producer_service')
    const { streamService } = await import('#services/platform/stream_service')
    const { writerService } = await import('#services/platform/writer_service')
    if (args.values.drain === true) requireEnd(context)
    const producer = producerService(context, context.settings.of(PRODUCER))
    const lake = await context.openLake()
    const decoder = decoderOf(context.settings.of(decoderSettings))
    const calendars = calendarsOf(context.settings.of(calendarSettings))
    const stream = await streamService(context, { decoder, calendars })
    const writer = writerService(context, { lake, decoder })
    const { webBeside } = await import('#services/platform/web_service')
    const services = { producer, stream, writer, web: webBeside(context) }
    await asOnlyProducer(context, 'start', () => runServices(context, args, { services, lake }))
  },
}

async function runServices(
  context: CommandContext,
  args: CommandArguments,
  { services, lake }: { readonly services: AllServices; readonly lake: ObjectStore },
): Promise<void> {
  const { withService } = await import('#services/platform/service_lifetime')
  const { drainInTurn, runTogether } = await import('#services/platform/one_process')
  await prepareLake(lake, context)
  const url = lakeUrl(context.settings.of(lakeSettings))
  const work = async (parts: ServiceParts) => {
    await createTopics(context, parts.log)
    context.logger.info(`the tables are in ${url}; query them with \`npx tickerlake sql\``)
    if (args.values.drain === true) return print(context, args, await drainInTurn(services, parts))
    await runTogether(services, parts)
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

function print(
  { stdout }: CommandContext,
  { values }: CommandArguments,
  { producer, stream, writer }: AllDrained,
): void {
  const { sent, durationMs } = producer
  const text = `producer  sent ${counted(sent, 'record')} in ${(durationMs / 1000).toFixed(1)} s\n`
  const counters = { producer, stream: stream.counters, writer: writer.counters }
  stdout.write(values.json === true ? jsonText(counters) : text + drainLine(stream) + drainLine(writer))
}
