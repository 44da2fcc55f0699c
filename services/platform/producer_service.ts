// The producer as `produce` and `start` run it: its settings read and checked, its source opened, its counters shown.

import { timestampReader } from '#market/decoding/timestamp'
import { waitAtMost } from '#runtime/clock'
import { fillingSettings } from '#services/backfill/config'
import { calendarSettings, calendarsOf } from '#services/calendar_settings'
import { decoderConfig, decoderSettings } from '#services/decoder_settings'
import type { Service, ServiceContext } from '#services/platform/service'
import type { ProducerSettings } from '#services/producer/config'
import { SHUTDOWN_GRACE_MS } from '#services/producer/limits'
import { newProducerCounters, type ProducerSummary, runProducer } from '#services/producer/producer'
import { producerMetrics } from '#services/producer/producer_metrics'
import { createSource } from '#services/producer/sources/create_source'

/** The producer. It opens its source when it runs. */
export function producerService(context: ServiceContext, settings: ProducerSettings): Service<ProducerSummary> {
  const { clock, random, logger, stdin, console } = context
  const readTimestamp = timestampReader(decoderConfig(context.settings.of(decoderSettings)))
  return async ({ log, signal, health }) => {
    const calendars = calendarsOf(context.settings.of(calendarSettings))
    const source = await createSource(settings, { log, clock, random, logger, stdin, fetch, calendars, readTimestamp })
    const counters = newProducerCounters()
    for (const shown of producerMetrics({ counters, source })) health?.show(shown)
    health?.ready()
    const print = (line: string) => console.print(line)
    const beginAnew = settings.SOURCE_POSITION === 'start'
    const produce = () => runProducer({ source, log, beginAnew, clock, random, logger, print, counters, signal })
    if (!isFilledAtStart(context, settings)) return produce()
    const { fillLastDays } = await import('#services/backfill/at_start')
    const ended = new AbortController()
    const hasQuotes = () => counters.sent > 0
    const filling = fillLastDays(context, { log, hasQuotes, signal: AbortSignal.any([signal, ended.signal]) })
    return produce().finally(async () => {
      ended.abort()
      // A log that does not answer must not hold up the end: what is not committed is fetched by the next start.
      await waitAtMost(filling, { ms: SHUTDOWN_GRACE_MS, clock })
    })
  }
}

/** Only a live source has days that it did not see. */
function isFilledAtStart(context: ServiceContext, { SOURCE }: ProducerSettings): boolean {
  return SOURCE === 'yahoo' && context.settings.of(fillingSettings).BACKFILL_AT_START
}
