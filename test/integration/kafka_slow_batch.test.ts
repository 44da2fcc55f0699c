// A batch that is worked on for longer than the group waits for a sign of life. The member stays in the group, whether
// the next batch waits to be taken in or there is nothing more to fetch.

import { expect, test } from 'vitest'
import type { Processor } from '#log/event_log'
import { systemClock } from '#runtime/clock'
import { describeWithKafka, uniqueName } from '#support/services/services'
import { numbered } from '../contract/event_log/copier.ts'
import { startRun } from '../contract/event_log/stage.ts'
import { newTopic, noter, openLog, rememberingLogger } from './kafka_stage.ts'

/** The shortest session that a broker allows unless told otherwise. */
const SESSION_MS = 6_000
const SLOW_MS = 2.5 * SESSION_MS
const TIMEOUT_MS = 120_000
/** One published batch a fetch. */
const LIMITS = { sessionTimeoutMs: SESSION_MS, fetchPartitionBytesMax: 1, fetchBytesMax: 1 }

describeWithKafka('a slow batch on Kafka', ({ brokers }) => {
  test.concurrent.each([
    ['more waits', 5],
    ['nothing more is there', 1],
  ])('keeps the membership when %s', { timeout: TIMEOUT_MS }, async (_, batches) => {
    const { logger, lines } = rememberingLogger()
    const log = await openLog(brokers, { logger, limits: LIMITS })
    const [topic, group] = [await newTopic(log), uniqueName('group')]
    for (let i = 0; i < batches; i++) await log.publish(numbered(topic, i, i + 1))
    const { processor, values } = noter(true)
    let calls = 0
    const slow: Processor = {
      ...processor,
      process: async (batch) => {
        if (++calls === 1) await systemClock.sleep(SLOW_MS)
        return await processor.process(batch)
      },
    }
    const run = startRun(log, { group, topics: [topic], commit: 'transaction', bounded: true }, slow)
    expect(await run.ended).toEqual({})
    expect(values).toHaveLength(batches)
    expect((await log.committed(group, topic)).get(0)?.offset).toBeGreaterThanOrEqual(batches)
    expect(lines.filter(({ text }) => text === 'joined the group')).toHaveLength(1)
    await log.close()
  })
})
