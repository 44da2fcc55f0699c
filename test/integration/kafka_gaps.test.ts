// Records that are gone before they were read stop a run, loudly, and what the group had committed stays as it was.

import { expect, test } from 'vitest'
import type { Processor } from '#log/event_log'
import { describeWithKafka, uniqueName } from '#support/services/services'
import { copier, numbered } from '../contract/event_log/copier.ts'
import { startRun } from '../contract/event_log/stage.ts'
import { bareKafka, newTopic, openLog } from './kafka_stage.ts'

const TIMEOUT_MS = 60_000

async function deleteBelow(brokers: string, topic: string, offset: number): Promise<void> {
  const admin = bareKafka(brokers).admin()
  await admin.connect()
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] })
  await admin.disconnect()
}

describeWithKafka('gaps on Kafka', ({ brokers }) => {
  test(
    'a committed offset below the log start is refused at open',
    async () => {
      const log = await openLog(brokers)
      const [input, output, group] = [await newTopic(log), await newTopic(log), uniqueName('group')]
      const options = { group, topics: [input], commit: 'transaction', bounded: true } as const
      await log.publish(numbered(input, 0, 10))
      expect(await startRun(log, options, copier(output)).ended).toEqual({})
      await log.publish(numbered(input, 10, 30))
      await deleteBelow(brokers, input, 25)
      const { error } = await startRun(log, options, copier(output)).ended
      expect(error).toMatchObject({
        code: 'LOG_GAP',
        fields: { topic: input, partition: 0, position: 10, logStart: 25 },
      })
      expect(String(error)).toContain(`records 10 to 24 of partition 0 of ${input} are gone`)
      expect((await log.committed(group, input)).get(0)?.offset).toBe(10)
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'a committed offset below the log start is no gap to a processor for which it is no position',
    async () => {
      const log = await openLog(brokers)
      const [input, output, group] = [await newTopic(log), await newTopic(log), uniqueName('group')]
      const options = { group, topics: [input], commit: 'transaction', gaps: 'accepted', bounded: true } as const
      await log.publish(numbered(input, 0, 10))
      expect(await startRun(log, options, copier(output)).ended).toEqual({})
      await log.publish(numbered(input, 10, 30))
      await deleteBelow(brokers, input, 25)
      const fromStart: Processor = { ...copier(output), open: async (_, { logStart }) => logStart }
      expect(await startRun(log, options, fromStart).ended).toEqual({})
      expect((await log.committed(group, input)).get(0)?.offset).toBe(30)
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'a committed offset beyond the log end is refused at open',
    async () => {
      const log = await openLog(brokers)
      const [input, group] = [await newTopic(log), uniqueName('group')]
      const admin = bareKafka(brokers).admin()
      await admin.connect()
      await admin.setOffsets({ groupId: group, topic: input, partitions: [{ partition: 0, offset: '7' }] })
      await admin.disconnect()
      const { error } = await startRun(log, { group, topics: [input], commit: 'transaction' }, copier('none')).ended
      expect(error).toMatchObject({ code: 'LOG_GAP', fields: { position: 7, logEnd: 0 } })
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'records that are deleted while they are waited for end the run, and nothing is committed for it',
    async () => {
      const log = await openLog(brokers, { limits: { fetchPartitionBytesMax: 1, fetchBytesMax: 1 } })
      const [input, output, group] = [await newTopic(log), await newTopic(log), uniqueName('group')]
      for (let i = 0; i < 30; i++) await log.publish(numbered(input, i, i + 1))
      const base = copier(output)
      let cut = false
      const slow: Processor = {
        ...base,
        process: async (batch) => {
          const commits = await base.process(batch)
          if (!cut) await deleteBelow(brokers, input, 25)
          cut = true
          return commits
        },
      }
      const { error } = await startRun(log, { group, topics: [input], commit: 'transaction' }, slow).ended
      expect(error).toMatchObject({ code: 'LOG_GAP', fields: { topic: input, partition: 0, logStart: 25 } })
      const committed = (await log.committed(group, input)).get(0)?.offset ?? 0
      expect(committed).toBeGreaterThan(0)
      expect(committed).toBeLessThan(25)
      expect(error).toMatchObject({ fields: { position: committed } })
      await log.close()
    },
    TIMEOUT_MS,
  )
})
