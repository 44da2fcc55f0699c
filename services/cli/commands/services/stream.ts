// `tickerlake stream`: the stream service alone.

import { liveTopicsOf } from '#market/topics'
import { calendarSettings, calendarsOf } from '#services/calendar_settings'
import type { Command } from '#services/cli/command'
import {
  DRAIN_JSON,
  drainContext,
  drainDetails,
  givesSummary,
  requireDrainForJson,
  runOrDrain,
} from '#services/cli/drain_option'
import { decoderOf, decoderSettings } from '#services/decoder_settings'
import { lakeSettings, logSettings, metricsSettings } from '#services/platform/settings'
import { requireTopics } from '#services/platform/topics'
import { streamSettings } from '#services/stream/config'

/** Makes bars, alerts, late quotes and dead letters of quotes. */
export const streamCommand: Command = {
  name: 'stream',
  isService: true,
  givesData: givesSummary,
  usage: '[--drain [--json]]',
  details: drainDetails('stock-prices', 'stream'),
  options: {
    drain: { type: 'boolean', description: 'take the topic to its end, close all bars, print a summary, end' },
    json: DRAIN_JSON,
  },
  settings: [logSettings, lakeSettings, decoderSettings, calendarSettings, streamSettings, metricsSettings],
  async run(context, args) {
    requireDrainForJson(args)
    const { withService } = await import('#services/platform/service_lifetime')
    const { streamService } = await import('#services/platform/stream_service')
    const decoder = decoderOf(context.settings.of(decoderSettings))
    const calendars = calendarsOf(context.settings.of(calendarSettings))
    const stream = await streamService(drainContext(context, args), { decoder, calendars })
    await withService(context, async (parts) => {
      await requireTopics(parts.log, liveTopicsOf(context.settings.of(streamSettings).BAR_INTERVAL_MS))
      await runOrDrain(stream, { context, args, parts })
    })
  },
}
