// Topics that change under a run: deleted and created again is a gap, loudly; partitions that are added are read.

import { expect, test } from 'vitest'
import type { EventLog, Processor } from '#log/event_log'
import { systemClock } from '#runtime/clock'
import { describeWithKafka, uniqueName } from '#support/services/services'
import { copier, numbered } from '../contract/event_log/copier.ts'
import { startRun, until } from '../contract/event_log/stage.ts'
import { startTail } from '../contract/event_log/tail.ts'
import { bareKafka, newTopic, noter, openLog, readAll } from './kafka_stage.ts'

const TIMEOUT_MS = 120_000

/** Deletes the topic and creates it again; a broker that still deletes says for a while that it is there. */
async function createAnew(log: EventLog, brokers: string, topic: string): Promise<void> {
  const idOf = async () => (await log.describeTopics([topic]))[0]?.id
  const before = await idOf()
  const admin = bareKafka(brokers).admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [topic] })
  const topics = [{ topic, numPartitions: 1 }]
  for (let id = before; id === before || id === undefined; id = await idOf()) {
    await admin.createTopics({ topics, waitForLeaders: false }).catch(() => false)
    await systemClock.sleep(50)
  }
  await admin.disconnect()
}

describeWithKafka('a topic on Kafka', ({ brokers }) => {
  test(
    'that is deleted and created again while it is read ends the run, though it has as many records again',
    async () => {
      const log = await openLog(brokers, { limits: { topicCheckMs: 100 } })
      const [input, output, group] = [await newTopic(log), await newTopic(log), uniqueName('group')]
      await log.publish(numbered(input, 0, 10))
      const run = startRun(log, { group, topics: [input], commit: 'transaction' }, copier(output))
      const committed = async () => (await log.committed(group, input)).get(0)?.offset
      await run.until(async () => (await committed()) === 10, 'the first records to be committed')
      const other = await openLog(brokers)
      await createAnew(other, brokers, input)
      await other.publish(numbered(input, 100, 120))
      const { error } = await run.ended
      // Whichever it is: that it is another one, or, in between, that there is none.
      expect(error).toMatchObject({ code: expect.stringMatching(/^LOG_(GAP|TOPIC_MISSING)$/) })
      await other.close()
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'that is deleted and created again is known by its id when a partition is opened',
    async () => {
      const log = await openLog(brokers)
      const input = await newTopic(log)
      const ids: string[] = []
      const looking: Processor = {
        ...noter(false).processor,
        open: async (_, { topicId, logStart }) => {
          ids.push(topicId)
          return logStart
        },
      }
      const options = { group: uniqueName('group'), topics: [input], commit: 'transaction', bounded: true } as const
      await startRun(log, options, looking).ended
      const [before] = await log.describeTopics([input])
      await createAnew(log, brokers, input)
      await startRun(log, options, looking).ended
      const [after] = await log.describeTopics([input])
      expect(ids).toEqual([before?.id, after?.id])
      expect(new Set(ids).size).toBe(2)
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'that is deleted and created again under a tail is read from its beginning, and said to be another',
    async () => {
      const log = await openLog(brokers, { limits: { topicCheckMs: 100 } })
      const topic = await newTopic(log)
      await log.publish(numbered(topic, 0, 10))
      const tail = startTail(log, { topics: [topic], group: uniqueName('group') })
      await until(() => tail.read() === 10, 'the first records to be read')
      const other = await openLog(brokers)
      await createAnew(other, brokers, topic)
      await other.publish(numbered(topic, 100, 120))
      // Until it is noticed, some of the new topic may be read by the old position; it comes again then.
      const anew = numbered(topic, 100, 120).map(({ value }) => value)
      const lastRead = () => tail.values.flat().slice(-anew.length)
      await until(() => lastRead()[0] === anew[0] && lastRead().length === anew.length, 'the new topic to be read')
      expect(lastRead()).toEqual(anew)
      expect(tail.told).toContain(`renewed ${topic}`)
      await tail.stop()
      await other.close()
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'that gets more partitions while it is read is read in these too, and its outputs follow',
    async () => {
      const log = await openLog(brokers, { limits: { metadataAgeMaxMs: 500 } })
      const [input, output] = [await newTopic(log), await newTopic(log)]
      await log.publish(numbered(input, 0, 5))
      let read = 0
      const counting = copier(output, (_, count) => {
        read += count
      })
      const run = startRun(log, { group: uniqueName('group'), topics: [input], commit: 'transaction' }, counting)
      await run.until(() => read === 5, 'the first partition to be read')
      const admin = bareKafka(brokers).admin()
      await admin.connect()
      await admin.createPartitions({ topicPartitions: [input, output].map((topic) => ({ topic, count: 3 })) })
      await admin.disconnect()
      const other = await openLog(brokers)
      // A broker answers before it knows of them itself.
      const areAdded = async () => (await other.describeTopics([input, output])).every((each) => each.partitions === 3)
      await run.until(areAdded, 'the added partitions to be known')
      const added = [1, 2].flatMap((partition) => numbered(input, 10, 15).map((record) => ({ ...record, partition })))
      await other.publish(added)
      await run.until(() => read >= 15, 'the added partitions to be read')
      await run.stop()
      const expected = [0, 1, 2].flatMap((partition) => [0, 1, 2, 3, 4].map((offset) => `${partition}:${offset}`))
      expect((await readAll(other, output)).sort()).toEqual(expected)
      await other.close()
      await log.close()
    },
    TIMEOUT_MS,
  )
})
