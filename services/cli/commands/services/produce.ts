// `tickerlake produce`: the producer alone.

import { PRICES_TOPIC } from '#market/topics'
import { counted } from '#runtime/counted'
import { backfillSettings, fillingSettings } from '#services/backfill/config'
import { calendarSettings } from '#services/calendar_settings'
import type { Command } from '#services/cli/command'
import { decoderSettings } from '#services/decoder_settings'
import { logSettings, metricsSettings } from '#services/platform/settings'
import { requireTopics } from '#services/platform/topics'
import { producerSettings } from '#services/producer/config'

const PRODUCER = producerSettings('yahoo')

/** Takes quotes from SOURCE into the topic. */
export const produceCommand: Command = {
  name: 'produce',
  isService: true,
  usage: '',
  details: 'Ends by itself when its source does: with SOURCE=replay, or SIMULATOR_QUOTES. So it needs no --drain.',
  options: {},
  settings: [
    logSettings,
    PRODUCER,
    backfillSettings,
    fillingSettings,
    calendarSettings,
    decoderSettings,
    metricsSettings,
  ],
  async run(context) {
    const { asOnlyProducer, withService } = await import('#services/platform/service_lifetime')
    const { producerService } = await import('#services/platform/producer_service')
    const producer = producerService(context, context.settings.of(PRODUCER))
    const produce = () =>
      withService(context, async (parts) => {
        await requireTopics(parts.log, [PRICES_TOPIC])
        const { sent, durationMs } = await producer(parts)
        context.logger.info({ sent, durationMs }, `the producer has ended: ${counted(sent, 'record')} sent`)
      })
    await asOnlyProducer(context, 'produce', produce)
  },
}
