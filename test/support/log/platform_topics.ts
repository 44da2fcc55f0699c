// The platform's topics and groups have fixed names, so tests that run whole services on the shared Kafka begin by
// deleting them. Such tests stand in files that run one after the other (test/support/test_groups.ts).

import { type Admin, Kafka, type KafkaJSDeleteGroupsError, logLevel } from 'kafkajs'
import { patchKafkajs } from '#log/kafka/kafkajs/patches'
import { BARS_TOPIC_PREFIX, TOPICS } from '#market/topics'
import { systemClock } from '#runtime/clock'

const GROUPS = /^(stream|writer|redrive|source-.*)$/
const GONE_ATTEMPTS_MAX = 100
/** What a broker may take to delete topics; kafkajs's own 5 s are not enough for a busy one. */
const DELETE_TOPICS_MS = 30_000
/** A member that was killed is in its group until its session times out, after 30 s. */
const GROUPS_EMPTY_MS = 40_000
const GROUPS_CHECK_MS = 200
const GROUP_ID_NOT_FOUND = 69
/** The group still has members, or its coordinator is loading it, or is another by now. */
const NOT_YET = [68, 14, 15, 16]

/** Deletes topics and groups, and resolves when they are gone. */
export async function deletePlatformTopics(brokers: string): Promise<void> {
  patchKafkajs()
  const options = { requestTimeout: 2 * DELETE_TOPICS_MS, logLevel: logLevel.NOTHING }
  const admin = new Kafka({ brokers: brokers.split(','), ...options }).admin()
  await admin.connect()
  try {
    const topics = (await admin.listTopics()).filter(isOurs)
    if (topics.length > 0) await admin.deleteTopics({ topics, timeout: DELETE_TOPICS_MS })
    const { groups } = await admin.listGroups()
    await deleteGroups(
      admin,
      groups.map((group) => group.groupId).filter((group) => GROUPS.test(group)),
    )
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

/** Deletes groups, each as soon as nobody is in it. */
async function deleteGroups(admin: Admin, groups: readonly string[]): Promise<void> {
  const deadline = systemClock.now() + GROUPS_EMPTY_MS
  for (let left = groups; left.length > 0; ) {
    left = await notYetDeleted(admin, left)
    if (left.length === 0) return
    if (systemClock.now() > deadline) throw new Error(`the groups ${left.join(', ')} still have members`)
    await systemClock.sleep(GROUPS_CHECK_MS)
  }
}

/** Those of the groups that could not be deleted yet. */
async function notYetDeleted(admin: Admin, groups: readonly string[]): Promise<readonly string[]> {
  try {
    await admin.deleteGroups([...groups])
    return []
  } catch (error) {
    const failed = (error as Partial<KafkaJSDeleteGroupsError>).groups?.filter(
      ({ errorCode }) => errorCode !== GROUP_ID_NOT_FOUND,
    )
    if (failed === undefined || failed.some(({ errorCode }) => !NOT_YET.includes(errorCode ?? 0))) throw error
    return failed.map(({ groupId }) => groupId)
  }
}
