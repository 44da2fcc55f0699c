// The platform's topics and groups have fixed names, so tests that run whole services on the shared Kafka begin by
// deleting them. Such tests stand in files that run one after the other (test/support/test_groups.ts).

import { Kafka, logLevel } from 'kafkajs'
import { patchKafkajs } from '#log/kafka/kafkajs/patches'
import { BARS_TOPIC_PREFIX, TOPICS } from '#market/topics'

const GROUPS = /^(stream|writer|redrive|source-.*)$/
const GONE_ATTEMPTS_MAX = 100

/** Deletes topics and groups, and resolves when they are gone. */
export async function deletePlatformTopics(brokers: string): Promise<void> {
  patchKafkajs()
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const topics = (await admin.listTopics()).filter(isOurs)
    if (topics.length > 0) await admin.deleteTopics({ topics })
    const { groups } = await admin.listGroups()
    const ours = groups.map((group) => group.groupId).filter((group) => GROUPS.test(group))
    if (ours.length > 0) await admin.deleteGroups(ours)
    for (let attempt = 0; attempt < GONE_ATTEMPTS_MAX; attempt++) {
      const left = (await admin.listTopics()).filter((topic) => topics.includes(topic))
      if (left.length === 0) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`Kafka still has the topics ${topics.join(', ')} after deleting them`)
  } finally {
    await admin.disconnect()
  }
}

/** Bars have a topic for each interval. */
function isOurs(topic: string): boolean {
  return topic.startsWith(BARS_TOPIC_PREFIX) || (TOPICS as readonly string[]).includes(topic)
}
