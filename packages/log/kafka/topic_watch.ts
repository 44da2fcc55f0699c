// Watches that the topics of a run stay what they were: one that is deleted and created again has other records at the
// same offsets, and kafkajs, which speaks of topics by name, would read on in them. Partitions are opened by topic id
// (partition_opening.ts); this is for those that are open.

import { PlatformError } from '#runtime/errors'
import type { RunContext } from './run_context.ts'
import type { TopicMetadata } from './topic_ids.ts'

/** Watches until the run stops. Throws LOG_GAP. */
export async function watchTopics(run: RunContext, begun: readonly TopicMetadata[]): Promise<void> {
  const { stopping, client, options, admin } = run
  const ids = new Map(begun.map(({ topic, id }) => [topic, id]))
  for (;;) {
    await client.clock.sleep(client.limits.topicCheckMs, stopping)
    if (stopping.aborted) return
    // A topic that is missing makes the fetches fail, which is noticed where they are made.
    const found = await admin.topics(options.topics)
    const changed = found.find(({ topic, id }) => ids.get(topic) !== id)
    if (changed !== undefined && !stopping.aborted) throw createdAnew(changed, options.group)
  }
}

function createdAnew({ topic, id }: TopicMetadata, group: string): PlatformError {
  const what = `topic ${topic} was deleted and created again while group ${group} was reading it`
  const advice = 'start again to read the new one from its beginning; what was not read of the old one is gone'
  return new PlatformError('LOG_GAP', `${what}; ${advice}`, { fields: { topic, topicId: id, group } })
}
