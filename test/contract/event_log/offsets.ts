// Contract: in `offsets` mode the processor keeps its own truth; the log carries its offsets for others to see.

import { expect, test } from 'vitest'
import type { PartitionCommit, Processor, TopicPartition } from '#log/event_log'
import { numbered } from './copier.ts'
import { type Stage, startRun } from './stage.ts'

const MODE = { commit: 'offsets', bounded: true } as const

export function offsetsContract(stage: Stage): void {
  commits(stage)
  seeking(stage)
}

/** Counts what it reads and hands all positions in at once, in one answer, when `target` records were read. */
function collector(target: number, from: (at: TopicPartition) => number) {
  const positions = new Map<string, PartitionCommit>()
  const offsets: string[] = []
  const processor: Processor = {
    open: async (at, start) => Math.max(from(at), start.logStart) as typeof start.logStart,
    process: async ({ topic, partition, records, next }) => {
      for (const record of records) offsets.push(`${topic}/${partition}/${record.offset}`)
      positions.set(`${topic}/${partition}`, { topic, partition, next, metadata: `table ${next}`, outputs: [] })
      return offsets.length >= target ? [...positions.values()] : []
    },
    close: () => {},
  }
  return { processor, offsets }
}

function commits(stage: Stage): void {
  test('commits several partitions of several topics in one answer', async () => {
    const [one, two, group] = [await stage.topic('one', 3), await stage.topic('two', 2), stage.group()]
    await stage.log.publish([...numbered(one, 0, 30), ...numbered(two, 0, 20)])
    const { processor, offsets } = collector(50, () => 0)
    expect(await startRun(stage.log, { group, topics: [one, two], ...MODE }, processor).ended).toEqual({})
    expect(new Set(offsets).size).toBe(50)
    expect(offsets).toHaveLength(50)
    for (const topic of [one, two]) {
      const committed = await stage.log.committed(group, topic)
      const ranges = (await stage.log.ranges(topic)).filter((range) => range.end > 0)
      const expected = ranges.map((range) => [range.partition, { offset: range.end, metadata: `table ${range.end}` }])
      expect([...committed]).toEqual(expect.arrayContaining(expected))
      expect(committed.size).toBe(ranges.length)
    }
  })

  test('keeps the groups of one topic apart', async () => {
    const topic = await stage.topic('shared')
    const [first, second] = [stage.group(), stage.group()]
    await stage.log.publish(numbered(topic, 0, 10))
    const one = collector(10, () => 0)
    expect(await startRun(stage.log, { group: first, topics: [topic], ...MODE }, one.processor).ended).toEqual({})
    const two = collector(10, () => 0)
    expect(await startRun(stage.log, { group: second, topics: [topic], ...MODE }, two.processor).ended).toEqual({})
    expect([one.offsets.length, two.offsets.length]).toEqual([10, 10])
    expect(await stage.log.committed(stage.group(), topic)).toEqual(new Map())
  })
}

function seeking(stage: Stage): void {
  test('reads from where open says after a restart, before the committed offset or beyond it', async () => {
    const [topic, group] = [await stage.topic('seek'), stage.group()]
    await stage.log.publish(numbered(topic, 0, 100))
    const options = { group, topics: [topic], ...MODE }
    const first = collector(100, () => 0)
    expect(await startRun(stage.log, options, first.processor).ended).toEqual({})
    expect((await stage.log.committed(group, topic)).get(0)?.offset).toBe(100)
    for (const from of [40, 70, 100]) {
      const client = await stage.open()
      const { processor, offsets } = collector(1000, () => from)
      expect(await startRun(client, options, processor).ended).toEqual({})
      expect(offsets).toEqual(Array.from({ length: 100 - from }, (_, i) => `${topic}/0/${from + i}`))
      await stage.close(client)
    }
    await stage.log.publish(numbered(topic, 100, 110))
    const beyond = collector(1000, () => 105)
    expect(await startRun(stage.log, options, beyond.processor).ended).toEqual({})
    expect(beyond.offsets).toEqual([105, 106, 107, 108, 109].map((offset) => `${topic}/0/${offset}`))
  })

  test('tells open the range and the committed offset of each partition', async () => {
    const [topic, group] = [await stage.topic('starts', 2), stage.group()]
    await stage.log.publish(numbered(topic, 0, 6).map((record) => ({ ...record, partition: 1 })))
    const seen = new Map<number, unknown>()
    const { processor } = collector(6, () => 0)
    const noting: Processor = {
      ...processor,
      open: (at, start) => {
        seen.set(at.partition, start)
        return processor.open(at, start)
      },
    }
    const options = { group, topics: [topic], ...MODE }
    expect(await startRun(stage.log, options, noting).ended).toEqual({})
    const topicId = (await stage.log.describeTopics([topic]))[0]?.id
    expect(seen.get(0)).toEqual({ topicId, committed: null, logStart: 0, logEnd: 0 })
    expect(seen.get(1)).toEqual({ topicId, committed: null, logStart: 0, logEnd: 6 })
    expect(await startRun(stage.log, options, noting).ended).toEqual({})
    expect(seen.get(1)).toEqual({ topicId, committed: { offset: 6, metadata: 'table 6' }, logStart: 0, logEnd: 6 })
  })
}
