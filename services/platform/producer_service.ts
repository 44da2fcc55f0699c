// The producer as `produce` and `start` run it: its settings read and checked, its source opened, its counters shown.

import { timestampReader } from '#market/decoding/timestamp'
import { decoderConfig, decoderSettings } from '#services/decoder_settings'
import type { Service, ServiceContext } from '#services/platform/service'
import type { ProducerSettings } from '#services/producer/config'
import { newProducerCounters, type ProducerSummary, runProducer } from '#services/producer/producer'
import { producerMetrics } from '#services/producer/producer_metrics'
import { createSource } from '#services/producer/sources/create_source'

/** The producer. It opens its source when it runs. */
export function producerService(context: ServiceContext, settings: ProducerSettings): Service<ProducerSummary> {
  const { clock, random, logger, stdin, console } = context
  const readTimestamp = timestampReader(decoderConfig(context.settings.of(decoderSettings)))
  return async ({ log, signal, health }) => {
    const source = await createSource(settings, { log, clock, random, logger, stdin, fetch, readTimestamp })
    const counters = newProducerCounters()
    for (const shown of producerMetrics({ counters, source })) health?.show(shown)
    health?.ready()
    const print = (line: string) => console.print(line)
    const beginAnew = settings.SOURCE_POSITION === 'start'
    return runProducer({ source, log, beginAnew, clock, random, logger, print, counters, signal })
  }
}
