// `tickerlake stream`: the stream service alone.

import type { Command } from '#services/cli/command'
import { lakeSettings, logSettings, metricsSettings } from '#services/cli/platform_settings'
import { summaryLine } from '#services/cli/summary'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { streamSettings } from '#services/stream/config'

/** Makes bars, alerts, late quotes and dead letters of quotes. */
export const streamCommand: Command = {
  name: 'stream',
  isService: true,
  summary: 'make bars, alerts, late quotes and dead letters of the quotes',
  usage: '[--drain]',
  details: 'Several of these share the partitions of stock-prices.',
  options: { drain: { type: 'boolean', description: 'take the topic to its end, close all bars, end' } },
  settings: [logSettings, lakeSettings, decoderSettings, streamSettings, metricsSettings],
  async run(context, { values }) {
    const { requireTopics, streamService, withService } = await import('#services/cli/running')
    const stream = await streamService(context, decoderOf(context.settings.of(decoderSettings)))
    await withService(context, async (parts) => {
      await requireTopics(parts.log)
      const counters = await stream({ ...parts, bounded: values.drain === true })
      context.logger.info(counters, `the stream has ended: ${summaryLine(counters)}`)
    })
  },
}
