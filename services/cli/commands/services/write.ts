// `tickerlake write`: the writer service alone.

import { TOPICS } from '#market/topics'
import { probeConditionalPut } from '#object-store/conditional_put_probe'
import type { Command } from '#services/cli/command'
import { DRAIN_JSON, drainDetails, drainService, printDrain, requireDrainForJson } from '#services/cli/drain'
import { summaryLine } from '#services/cli/summary'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { lakeUrl } from '#services/platform/platform'
import type { ServiceParts } from '#services/platform/running'
import { lakeSettings, logSettings, metricsSettings } from '#services/platform/settings'
import { writerSettings } from '#services/writer/config'

/** Lands all topics in the lake's tables. */
export const writeCommand: Command = {
  name: 'write',
  isService: true,
  summary: "land the topics in the lake's Delta tables",
  usage: '[--drain [--json]]',
  details: drainDetails('the topics', 'writer'),
  options: {
    drain: { type: 'boolean', description: 'take the topics to their end, write, print a summary, end' },
    json: DRAIN_JSON,
  },
  settings: [logSettings, lakeSettings, decoderSettings, writerSettings, metricsSettings],
  async run(context, args) {
    requireDrainForJson(args)
    const { requireTopics, withService, writerService } = await import('#services/platform/running')
    const lake = await context.openLake()
    const decoder = decoderOf(context.settings.of(decoderSettings))
    const writer = writerService(context, { lake, decoder })
    const work = async (parts: ServiceParts) => {
      await requireTopics(parts.log)
      await probeConditionalPut(lake, context)
      if (args.values.drain === true) {
        const result = await drainService({ name: 'writer', topics: TOPICS, run: writer }, parts)
        return printDrain(context, args, result)
      }
      const counters = await writer(parts)
      context.logger.info(counters, `the writer has ended: ${summaryLine(counters)}`)
    }
    await withService(context, work, { lake: lakeUrl(context.settings.of(lakeSettings)) })
  },
}
