// Contract: in `transaction` mode outputs, next offset and metadata become durable as one, or not at all.

import { expect, test } from 'vitest'
import { type CommittedOffset, type PartitionStart, type Processor, ReopenPartitions } from '#log/event_log'
import { copier, numbered, textOf } from './copier.ts'
import { expectCopiedOnce, readTopic, type Stage, startRun, untilCommitted, valuesOf } from './stage.ts'

export function transactionContract(stage: Stage): void {
  atomicity(stage)
  restarts(stage)
  reopening(stage)
  failures(stage)
}

function atomicity(stage: Stage): void {
  test('makes outputs, offset and metadata durable together', async () => {
    const [input, output, group] = [await stage.topic('in', 2), await stage.topic('out', 2), stage.group()]
    await stage.log.publish(numbered(input, 0, 40))
    const run = startRun(stage.log, { group, topics: [input], commit: 'transaction' }, copier(output))
    await untilCommitted(stage.log, run, { group, topic: input, count: 40 })
    await run.stop()
    const ranges = await stage.log.ranges(input)
    const expected = ranges.map((range): [number, CommittedOffset] => [
      range.partition,
      { offset: range.end, metadata: `up to ${range.end}` },
    ])
    expect(await stage.log.committed(group, input)).toEqual(new Map(expected))
    await expectCopiedOnce(stage, output, 40)
  })

  test('puts outputs on the partition that they name, with key, value and headers', async () => {
    const [input, output, group] = [await stage.topic('in'), await stage.topic('out', 3), stage.group()]
    await stage.log.publish([{ topic: input, key: 'k', value: 'v' }])
    const headers = { origin: '0:0' }
    const base = copier(output)
    const run = startRun(
      stage.log,
      { group, topics: [input], commit: 'transaction', bounded: true },
      {
        ...base,
        process: async ({ topic, partition, next }) => [
          {
            topic,
            partition,
            next,
            metadata: '',
            outputs: [{ topic: output, partition: 2, key: null, value: 'w', headers }],
          },
        ],
      },
    )
    expect(await run.ended).toEqual({})
    const [, , [record] = []] = await readTopic(stage.log, output, stage.group())
    expect(record?.key).toBeNull()
    expect(textOf(record?.value)).toBe('w')
    expect(textOf(record?.headers?.origin)).toBe('0:0')
  })

  test('shows no output and commits nothing when one output cannot be written', async () => {
    const [input, output, group] = [await stage.topic('in'), await stage.topic('out'), stage.group()]
    const missing = stage.fixture.topic('none')
    await stage.log.publish(numbered(input, 0, 5))
    const base = copier(output)
    const run = startRun(
      stage.log,
      { group, topics: [input], commit: 'transaction' },
      {
        ...base,
        process: async (batch) => {
          const [commit] = await base.process(batch)
          if (commit === undefined) return []
          return [{ ...commit, outputs: [...commit.outputs, { topic: missing, key: 'k', value: 'v' }] }]
        },
      },
    )
    expect((await run.ended).error).toMatchObject({ name: 'PlatformError', code: 'LOG_TOPIC_MISSING' })
    expect(await valuesOf(stage, output)).toEqual([])
    expect(await stage.log.committed(group, input)).toEqual(new Map())
  })
}

function restarts(stage: Stage): void {
  test('hands the committed offset and metadata to open after a restart, with the log range', async () => {
    const [input, output, group] = [await stage.topic('in'), await stage.topic('out'), stage.group()]
    const starts: PartitionStart[] = []
    const base = copier(output)
    const noting: Processor = {
      ...base,
      open: (at, start) => {
        starts.push(start)
        return base.open(at, start)
      },
    }
    const options = { group, topics: [input], commit: 'transaction', bounded: true } as const
    for (const count of [10, 15]) {
      await stage.log.publish(numbered(input, 0, count))
      const client = await stage.open()
      expect(await startRun(client, options, noting).ended).toEqual({})
      await stage.close(client)
    }
    const topicId = (await stage.log.describeTopics([input]))[0]?.id
    expect(starts).toEqual([
      { topicId, committed: null, logStart: 0, logEnd: 10 },
      { topicId, committed: { offset: 10, metadata: 'up to 10' }, logStart: 0, logEnd: 25 },
    ])
    await expectCopiedOnce(stage, output, 25)
  })

  test('reads again, without committing, from before the committed offset when open says so', async () => {
    const [input, output, group] = [await stage.topic('in'), await stage.topic('out'), stage.group()]
    const options = { group, topics: [input], commit: 'transaction', bounded: true } as const
    await stage.log.publish(numbered(input, 0, 10))
    expect(await startRun(stage.log, options, copier(output)).ended).toEqual({})
    const offsets: number[] = []
    const replaying: Processor = {
      open: async (_, start) => start.logStart,
      process: async (batch) => {
        offsets.push(...batch.records.map((record) => record.offset))
        return []
      },
      close: () => {},
    }
    expect(await startRun(stage.log, options, replaying).ended).toEqual({})
    expect(offsets).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect((await stage.log.committed(group, input)).get(0)?.offset).toBe(10)
    await expectCopiedOnce(stage, output, 10)
  })

  test('carries out several commits of one call in their order', async () => {
    const [input, output, group] = [await stage.topic('in'), await stage.topic('out'), stage.group()]
    await stage.log.publish(numbered(input, 0, 3))
    const processor: Processor = {
      ...copier(output),
      process: async ({ topic, partition, records, next }) =>
        records.map((record, i) => {
          const position = records[i + 1]?.offset ?? next
          const outputs = [{ topic: output, partition: 0, key: null, value: `${record.offset}` }]
          return { topic, partition, next: position, metadata: `${record.offset}`, outputs }
        }),
    }
    const options = { group, topics: [input], commit: 'transaction', bounded: true } as const
    expect(await startRun(stage.log, options, processor).ended).toEqual({})
    const [records = []] = await readTopic(stage.log, output, stage.group())
    expect(records.map((record) => textOf(record.value))).toEqual(['0', '1', '2'])
    expect((await stage.log.committed(group, input)).get(0)).toEqual({ offset: 3, metadata: '2' })
  })
}

function reopening(stage: Stage): void {
  test('closes and opens a partition again when the processor asks, and redoes what was not committed', async () => {
    const [input, output, group] = [await stage.topic('in', 2), await stage.topic('out', 2), stage.group()]
    const calls: string[] = []
    const base = copier(output)
    let faults = 2
    const faulty: Processor = {
      open: (at, start) => {
        calls.push(`open ${at.partition} at ${start.committed?.offset ?? 0}`)
        return base.open(at, start)
      },
      process: async (batch) => {
        const { topic, partition } = batch
        if (partition === 1 && batch.next > 5 && faults-- > 0)
          throw new ReopenPartitions([{ topic, partition }], 'redo')
        return base.process(batch)
      },
      close: (at) => {
        calls.push(`close ${at.partition}`)
      },
    }
    const into = (partition: number) => numbered(input, 0, 5).map((record) => ({ ...record, partition }))
    const run = startRun(stage.log, { group, topics: [input], commit: 'transaction' }, faulty)
    await stage.log.publish([...into(0), ...into(1)])
    await untilCommitted(stage.log, run, { group, topic: input, count: 10 })
    await stage.log.publish([...into(0), ...into(1)])
    await untilCommitted(stage.log, run, { group, topic: input, count: 20 })
    const ofOne = calls.filter((call) => call.includes(' 1'))
    await run.stop()
    expect(ofOne).toEqual(['open 1 at 0', 'close 1', 'open 1 at 5', 'close 1', 'open 1 at 5'])
    await expectCopiedOnce(stage, output, 20)
  })
}

function failures(stage: Stage): void {
  test('rejects with what the processor threw, and commits nothing of that batch', async () => {
    const [input, output, group] = [await stage.topic('in'), await stage.topic('out'), stage.group()]
    const fault = new TypeError('a bug in the processor')
    const base = copier(output)
    const failing: Processor = {
      ...base,
      process: async (batch) => {
        if (batch.next > 5) throw fault
        return base.process(batch)
      },
    }
    const client = await stage.open()
    const run = startRun(client, { group, topics: [input], commit: 'transaction' }, failing)
    await stage.log.publish(numbered(input, 0, 5))
    await untilCommitted(stage.log, run, { group, topic: input, count: 5 })
    await stage.log.publish(numbered(input, 5, 9))
    expect((await run.ended).error).toBe(fault)
    expect((await stage.log.committed(group, input)).get(0)?.offset).toBe(5)
    await expectCopiedOnce(stage, output, 5)
    const options = { group, topics: [input], commit: 'transaction', bounded: true } as const
    expect(await startRun(client, options, base).ended).toEqual({})
    await expectCopiedOnce(stage, output, 9)
    await stage.close(client)
  })

  test('refuses to run on a topic that does not exist', async () => {
    const topics = [stage.fixture.topic('none')]
    const run = startRun(stage.log, { group: stage.group(), topics, commit: 'transaction' }, copier('unused'))
    expect((await run.ended).error).toMatchObject({ name: 'PlatformError', code: 'LOG_TOPIC_MISSING' })
  })
}
