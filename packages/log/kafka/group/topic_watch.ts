// Watches that the topics of a run stay what they were: one that is deleted and created again has other records at the
// same offsets, and kafkajs, which speaks of topics by name, would read on in them. A deletion makes a fetch fail, and
// kafkajs then joins the group again: so the id is asked for whenever a partition is opened or retained over a join;
// and now and then, should no fetch have seen it.

import { PlatformError } from '#runtime/errors'
import { topicMissing } from '../cluster/topic_facts.ts'
import type { TopicMetadata } from '../cluster/topic_ids.ts'
import type { RunContext } from './run_context.ts'

/** Watches until the run stops. Throws LOG_GAP. */
export async function watchTopics(run: RunContext): Promise<void> {
  const { stopping, client, options, admin } = run
  for (;;) {
    await client.clock.sleep(client.limits.topicCheckMs, stopping)
    if (stopping.aborted) return
    // A topic that is missing makes the fetches fail, which is noticed where they are made.
    for (const topic of await admin.topics(options.topics)) if (!stopping.aborted) refuseOther(run, topic)
  }
}

/**
 * The id of the topic, which is the one that the run began with. Throws LOG_GAP when it is another, LOG_TOPIC_MISSING
 * when there is none of that name.
 */
export async function requireTopic(run: RunContext, topic: string): Promise<string> {
  const [found] = await run.admin.topics([topic])
  if (found === undefined) throw topicMissing(topic, run.client.brokers)
  refuseOther(run, found)
  return found.id
}

function refuseOther({ topicIds, options }: RunContext, { topic, id }: TopicMetadata): void {
  if (topicIds.get(topic) === id) return
  const what = `topic ${topic} was deleted and created again while group ${options.group} was reading it`
  const advice = 'start again to read the new one from its beginning; what was not read of the old one is gone'
  throw new PlatformError('LOG_GAP', `${what}; ${advice}`, { fields: { topic, topicId: id, group: options.group } })
}
