// `tickerlake write`: the writer service alone.

import { liveTopicsOf } from '#market/topics'
import { probeConditionalPut } from '#object-store/conditional_put_probe'
import { barSettings } from '#services/bar_settings'
import type { Command } from '#services/cli/command'
import { DRAIN_JSON, drainDetails, givesSummary, requireDrainForJson, runOrDrain } from '#services/cli/drain_option'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { lakeUrl } from '#services/platform/places'
import type { ServiceParts } from '#services/platform/service'
import { lakeSettings, logSettings, metricsSettings } from '#services/platform/settings'
import { requireTopics } from '#services/platform/topics'
import { writerSettings } from '#services/writer/config'

/** Lands all topics in the lake's tables. */
export const writeCommand: Command = {
  name: 'write',
  isService: true,
  givesData: givesSummary,
  usage: '[--drain [--json]]',
  details: drainDetails('the topics', 'writer'),
  options: {
    drain: { type: 'boolean', description: 'take the topics to their end, write, print a summary, end' },
    json: DRAIN_JSON,
  },
  settings: [logSettings, lakeSettings, decoderSettings, barSettings, writerSettings, metricsSettings],
  async run(context, args) {
    requireDrainForJson(args)
    const { withService } = await import('#services/platform/service_lifetime')
    const { writerService } = await import('#services/platform/writer_service')
    const lake = await context.openLake()
    const decoder = decoderOf(context.settings.of(decoderSettings))
    const writer = writerService(context, { lake, decoder })
    const work = async (parts: ServiceParts) => {
      await requireTopics(parts.log, liveTopicsOf(context.settings.of(barSettings).BAR_INTERVAL_MS))
      await probeConditionalPut(lake, context)
      await runOrDrain(writer, { context, args, parts })
    }
    await withService(context, work, { lake: lakeUrl(context.settings.of(lakeSettings)) })
  },
}
