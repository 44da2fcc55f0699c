// `tickerlake write`: the writer service alone.

import { probeConditionalPut } from '#object-store/probe'
import type { Command } from '#services/cli/command'
import { lakeSettings, logSettings, metricsSettings } from '#services/cli/platform_settings'
import { summaryLine } from '#services/cli/summary'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { writerSettings } from '#services/writer/config'

/** Lands all topics in the lake's tables. */
export const writeCommand: Command = {
  name: 'write',
  isService: true,
  summary: "land the topics in the lake's Delta tables",
  usage: '[--drain]',
  details: 'Several of these share the partitions of the topics.',
  options: { drain: { type: 'boolean', description: 'take the topics to their end, write, end' } },
  settings: [logSettings, lakeSettings, decoderSettings, writerSettings, metricsSettings],
  async run(context, { values }) {
    const { requireTopics, withService, writerService } = await import('#services/cli/running')
    const lake = await context.openLake()
    const decoder = decoderOf(context.settings.of(decoderSettings))
    const writer = writerService(context, { lake, decoder })
    await withService(context, async (parts) => {
      await requireTopics(parts.log)
      await probeConditionalPut(lake, context)
      const counters = await writer({ ...parts, bounded: values.drain === true })
      context.logger.info(counters, `the writer has ended: ${summaryLine(counters)}`)
    })
  },
}
