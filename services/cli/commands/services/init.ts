// `tickerlake init`: what has to be there before the services start. Run again at will.

import { TOPICS } from '#market/topics'
import { probeConditionalPut } from '#object-store/conditional_put_probe'
import { createStoreRoot } from '#object-store/open'
import type { Command } from '#services/cli/command'
import { lakeUrl, s3SettingsOf } from '#services/platform/platform'
import { lakeSettings, logSettings, topicSettings } from '#services/platform/settings'

/** Creates topics and bucket, and probes the store. */
export const initCommand: Command = {
  name: 'init',
  summary: 'create the topics and the bucket, and prove that the store keeps conditional writes',
  usage: '',
  options: {},
  settings: [logSettings, lakeSettings, topicSettings],
  async run(context) {
    const { createTopics, withLog } = await import('#services/platform/running')
    const place = context.settings.of(lakeSettings)
    const url = lakeUrl(place)
    await createStoreRoot(url, s3SettingsOf(place))
    await probeConditionalPut(await context.openLake(), context)
    context.stdout.write(`${url} keeps conditional writes\n`)
    await withLog(context, async ({ log }) => {
      await createTopics(context, log)
      context.stdout.write(`topics are there: ${TOPICS.join(', ')}\n`)
    })
  },
}
