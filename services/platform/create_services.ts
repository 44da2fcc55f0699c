// Each service as the commands run it: its settings read and checked, its parts opened, its counters shown. `start`
// runs all three in one process; `produce`, `stream` and `write` run one each. Loaded when one runs, so that `sql` need
// not wait for Parquet.

import { styleText } from 'node:util'
import { tablesOf } from '#lake/tables'
import type { EventLog, TopicPartition } from '#log/event_log'
import type { InPlaceDecoder } from '#market/decoding/decoder'
import { timestampReader } from '#market/decoding/timestamp'
import { PRICES_TOPIC } from '#market/topics'
import type { ObjectStore } from '#object-store/object_store'
import type { Health } from '#runtime/health'
import { type Counters, counterMetrics } from '#runtime/metrics'
import { barSettings } from '#services/bar_settings'
import { decoderConfig, decoderSettings } from '#services/decoder_settings'
import { checkpointUrl } from '#services/platform/places'
import type { ServiceContext } from '#services/platform/service_context'
import { lakeSettings } from '#services/platform/settings'
import type { ProducerSettings } from '#services/producer/config'
import { newProducerCounters, type ProducerSummary, runProducer } from '#services/producer/producer'
import { createSource } from '#services/producer/sources/create_source'
import { streamConfig, streamSettings } from '#services/stream/config'
import type { StreamCounters } from '#services/stream/outputs'
import { runStream } from '#services/stream/stream'
import { streamConsole } from '#services/stream/stream_console'
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

/** A service that reads the log, and so can be run to its end. */
export interface DrainableService<C extends Counters> {
  readonly name: 'stream' | 'writer'
  /** What it reads. */
  readonly topics: readonly string[]
  readonly run: Service<C>
}

/** The producer. It opens its source when it runs. */
export function producerService(context: ServiceContext, settings: ProducerSettings): Service<ProducerSummary> {
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
export async function streamService(
  context: ServiceContext,
  decoder: InPlaceDecoder,
): Promise<DrainableService<StreamCounters>> {
  const settings = context.settings.of(streamSettings)
  const [config, rules] = [streamConfig(settings, decoder), settings.ALERT_RULES]
  const checkpoints = await context.openStore(checkpointUrl(context.settings.of(lakeSettings)))
  const { clock, logger, stdout, console } = context
  const print = (line: string) => console.print(line)
  // On a terminal alerts stand out among the quotes; in a pipe they are plain.
  const printAlert = (line: string) => print(styleText(['bold', 'yellow'], line, { stream: stdout }))
  const run: Service<StreamCounters> = ({ log, signal, health, bounded = false, onPartition = () => {} }) => {
    const onReady = (stream: WatchedStream) => {
      for (const source of streamMetrics(stream, clock)) health?.show(source)
      health?.ready()
    }
    const { end, ...lines } = streamConsole({ clock, print, printAlert })
    const told = { ...lines, onReady, onPartition }
    const running = runStream({ log, config, rules, checkpoints, clock, logger, signal, bounded, ...told })
    return running.finally(end)
  }
  return { name: 'stream', topics: [PRICES_TOPIC], run }
}

/** The writer into the lake. */
export function writerService(
  context: ServiceContext,
  { lake, decoder }: { readonly lake: ObjectStore; readonly decoder: InPlaceDecoder },
): DrainableService<WriterCounters> {
  const config = writerConfig(context.settings.of(writerSettings))
  const specs = tablesOf([context.settings.of(barSettings).BAR_INTERVAL_MS])
  const { clock, random, newId, logger } = context
  const run: Service<WriterCounters> = ({ log, signal, health, bounded = false, onPartition = () => {} }) => {
    const counters = newCounters(specs)
    health?.show(counterMetrics({ service: 'writer', groups: { rows: 'table' }, read: () => counters }))
    const onReady = () => health?.ready()
    const parts = { log, store: lake, config, specs, decoder, clock, random, newId, logger }
    return runWriter({ ...parts, counters, signal, bounded, onReady, onPartition })
  }
  return { name: 'writer', topics: specs.map((spec) => spec.topic), run }
}
