// `tickerlake init`: what has to be there before the services start. Run again at will.

import { barSettings } from '#services/bar_settings'
import type { Command } from '#services/cli/command'
import { prepareLake } from '#services/platform/open'
import { lakeUrl } from '#services/platform/places'
import { lakeSettings, logSettings, topicSettings } from '#services/platform/settings'
import { createTopics } from '#services/platform/topics'

/** Creates topics and bucket, and probes the store. */
export const initCommand: Command = {
  name: 'init',
  usage: '',
  options: {},
  settings: [logSettings, lakeSettings, topicSettings, barSettings],
  async run(context) {
    const { withLog } = await import('#services/platform/service_lifetime')
    await prepareLake(await context.openLake(), context)
    context.stdout.write(`${lakeUrl(context.settings.of(lakeSettings))} keeps conditional writes\n`)
    await withLog(context, async ({ log }) => {
      const topics = await createTopics(context, log)
      context.stdout.write(`topics are there: ${topics.join(', ')}\n`)
    })
  },
}
