// `tickerlake stream`: the stream service alone.

import { PRICES_TOPIC } from '#market/topics'
import type { Command } from '#services/cli/command'
import {
  DRAIN_JSON,
  drainContext,
  drainDetails,
  drainService,
  printDrain,
  requireDrainForJson,
} from '#services/cli/drain'
import { summaryLine } from '#services/cli/summary'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { lakeSettings, logSettings, metricsSettings } from '#services/platform/settings'
import { streamSettings } from '#services/stream/config'

/** Makes bars, alerts, late quotes and dead letters of quotes. */
export const streamCommand: Command = {
  name: 'stream',
  isService: true,
  summary: 'make bars, alerts, late quotes and dead letters of the quotes',
  usage: '[--drain [--json]]',
  details: drainDetails('stock-prices', 'stream'),
  options: {
    drain: { type: 'boolean', description: 'take the topic to its end, close all bars, print a summary, end' },
    json: DRAIN_JSON,
  },
  settings: [logSettings, lakeSettings, decoderSettings, streamSettings, metricsSettings],
  async run(context, args) {
    requireDrainForJson(args)
    const { requireTopics, streamService, withService } = await import('#services/platform/running')
    const decoder = decoderOf(context.settings.of(decoderSettings))
    const stream = await streamService(drainContext(context, args), decoder)
    await withService(context, async (parts) => {
      await requireTopics(parts.log)
      if (args.values.drain === true) {
        const result = await drainService({ name: 'stream', topics: [PRICES_TOPIC], run: stream }, parts)
        return printDrain(context, args, result)
      }
      const counters = await stream(parts)
      context.logger.info(counters, `the stream has ended: ${summaryLine(counters)}`)
    })
  },
}
