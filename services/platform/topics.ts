// The topics of the platform in the log at hand: made by `init` and `start`, asked for by all others.

import type { EventLog } from '#log/event_log'
import { BARS_TOPIC_PREFIX, PRICES_TOPIC, topicSpecs, topicsOf } from '#market/topics'
import { PlatformError } from '#runtime/errors'
import { barSettings } from '#services/bar_settings'
import type { ServiceContext } from '#services/platform/service'
import { topicSettings } from '#services/platform/settings'

/** Creates the topics that are missing; resolves to the names of all. */
export async function createTopics(
  { settings }: Pick<ServiceContext, 'settings'>,
  log: EventLog,
): Promise<readonly string[]> {
  const { TOPIC_PARTITIONS } = settings.of(topicSettings)
  const topics = topicsOf(settings.of(barSettings).BAR_INTERVAL_MS)
  // Outputs go to the partition number of their input, so a topic that comes later has as many as stock-prices.
  const [prices] = await log.describeTopics([PRICES_TOPIC])
  await log.createTopics(topicSpecs(prices?.partitions ?? TOPIC_PARTITIONS, topics))
  return topics
}

/** A single service must not begin before `init` has been run. Throws LOG_TOPIC_MISSING. */
export async function requireTopics(log: EventLog, topics: readonly string[]): Promise<void> {
  const there = new Set((await log.describeTopics(topics)).map((info) => info.topic))
  const missing = topics.filter((topic) => !there.has(topic))
  if (missing.length === 0) return
  throw new PlatformError('LOG_TOPIC_MISSING', `the log has no topic ${missing.join(', ')}; ${adviceOn(missing)}`)
}

function adviceOn([topic, ...more]: readonly string[]): string {
  if (more.length > 0 || !topic?.startsWith(BARS_TOPIC_PREFIX)) return 'run `tickerlake init` first'
  return 'set BAR_INTERVAL_MS to what the other services have, or run `tickerlake init` with this one'
}
