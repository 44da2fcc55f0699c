// `tickerlake web`: the page's server alone.

import { sqlSettings } from '#lake/query_settings'
import { liveTopicsOf } from '#market/topics'
import { barSettings } from '#services/bar_settings'
import { calendarSettings } from '#services/calendar_settings'
import type { Command } from '#services/cli/command'
import { decoderSettings } from '#services/decoder_settings'
import { lakeUrl } from '#services/platform/places'
import { lakeSettings, logSettings, metricsSettings } from '#services/platform/settings'
import { requireTopics } from '#services/platform/topics'
import { webSettings } from '#services/web/config'

/** Serves the live page and the HTTP API. */
export const webCommand: Command = {
  name: 'web',
  isService: true,
  usage: '',
  details: `It only reads: topics and tables are the same with and without it. It listens on WEB_HOST (127.0.0.1) and
WEB_PORT (8080, or the next free one). Other machines reach it only when WEB_HOST and WEB_TOKEN say so. docs/web.md
has the API.`,
  options: {},
  settings: [
    ...[logSettings, lakeSettings, decoderSettings, calendarSettings, barSettings, sqlSettings],
    ...[webSettings, metricsSettings],
  ],
  async run(context) {
    const { withService } = await import('#services/platform/service_lifetime')
    const { webService } = await import('#services/platform/web_service')
    const web = webService(context)
    await withService(
      { ...context, openLog: () => context.readLog(context.logger) },
      async (parts) => {
        await requireTopics(parts.log, liveTopicsOf(context.settings.of(barSettings).BAR_INTERVAL_MS))
        await web(parts)
      },
      { lake: lakeUrl(context.settings.of(lakeSettings)), reads: true },
    )
  },
}
