// Contract: topics are created once, keep their identity, and say their ranges.

import { expect, test } from 'vitest'
import { numbered } from './copier.ts'
import type { Stage } from './stage.ts'

export function topicContract(stage: Stage): void {
  test('creates a topic once and leaves an existing one as it is', async () => {
    const topic = await stage.topic('create', 3)
    const [before] = await stage.log.describeTopics([topic])
    await stage.log.createTopics([{ topic, partitions: 5 }])
    expect(await stage.log.describeTopics([topic])).toEqual([before])
    expect(before?.partitions).toBe(3)
  })

  test('creates what is missing beside what exists', async () => {
    const existing = await stage.topic('existing')
    const missing = stage.fixture.topic('missing')
    await stage.log.createTopics([
      { topic: existing, partitions: 1 },
      { topic: missing, partitions: 2 },
    ])
    const found = await stage.log.describeTopics([existing, missing])
    expect(found.map((info) => [info.topic, info.partitions]).sort()).toEqual([
      [existing, 1],
      [missing, 2],
    ])
  })

  test('describes only the topics that exist, each with an id of its own', async () => {
    const [one, two] = [await stage.topic('one'), await stage.topic('two')]
    const found = await stage.log.describeTopics([one, stage.fixture.topic('none'), two])
    expect(found.map((info) => info.topic).sort()).toEqual([one, two].sort())
    expect(new Set(found.map((info) => info.id)).size).toBe(2)
  })

  test('keeps cluster and topic ids over a reopen', async () => {
    const topic = await stage.topic('identity', 2)
    const again = await stage.open()
    expect(await again.clusterId()).toBe(await stage.log.clusterId())
    expect(await stage.log.clusterId()).not.toBe('')
    expect(await again.describeTopics([topic])).toEqual(await stage.log.describeTopics([topic]))
    await stage.close(again)
  })

  test('says the range of every partition', async () => {
    const topic = await stage.topic('ranges', 3)
    await stage.log.publish(numbered(topic, 0, 7).map((record) => ({ ...record, partition: 1 })))
    expect(await stage.log.ranges(topic)).toEqual([
      { topic, partition: 0, start: 0, end: 0 },
      { topic, partition: 1, start: 0, end: 7 },
      { topic, partition: 2, start: 0, end: 0 },
    ])
  })

  test('has no ranges for a topic that does not exist', async () => {
    const missing = stage.log.ranges(stage.fixture.topic('none'))
    await expect(missing).rejects.toMatchObject({ name: 'PlatformError', code: 'LOG_TOPIC_MISSING' })
  })
}
