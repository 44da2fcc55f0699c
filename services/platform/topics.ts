// The topics of the platform in the log at hand: made by `init` and `start`, asked for by all others.

import type { EventLog } from '#log/event_log'
import { TOPICS, topicSpecs } from '#market/topics'
import { PlatformError } from '#runtime/errors'
import type { ServiceContext } from '#services/platform/service_context'
import { topicSettings } from '#services/platform/settings'

/** Creates the topics that are missing. */
export async function createTopics({ settings }: Pick<ServiceContext, 'settings'>, log: EventLog): Promise<void> {
  const { TOPIC_PARTITIONS } = settings.of(topicSettings)
  await log.createTopics(topicSpecs(TOPIC_PARTITIONS))
}

/** A single service must not begin before `init` has been run. Throws LOG_TOPIC_MISSING. */
export async function requireTopics(log: EventLog): Promise<void> {
  const there = new Set((await log.describeTopics(TOPICS)).map((info) => info.topic))
  const missing = TOPICS.filter((topic) => !there.has(topic))
  if (missing.length === 0) return
  throw new PlatformError(
    'LOG_TOPIC_MISSING',
    `the log has no topic ${missing.join(', ')}; run \`tickerlake init\` first`,
  )
}
