// Contract: a bounded run reads all there is, what it publishes into its own inputs included, and then ends by itself.

import { expect, test } from 'vitest'
import type { Processor } from '#log/event_log'
import { copier, numbered, textOf } from './copier.ts'
import { expectCopiedOnce, type Stage, startRun, valuesOf } from './stage.ts'

export function boundedContract(stage: Stage): void {
  const bounded = { commit: 'transaction', bounded: true } as const

  test('ends when every partition is at its end, after asking each for its last commit', async () => {
    const [input, output, group] = [await stage.topic('in', 3), await stage.topic('out', 3), stage.group()]
    await stage.log.publish(numbered(input, 0, 50).map((record, i) => ({ ...record, partition: i % 2 })))
    const events: string[] = []
    const base = copier(output, () => events.push('batch'))
    const processor: Processor = {
      ...base,
      end: async ({ topic, partition }) => {
        events.push(`end ${partition}`)
        const [range] = (await stage.log.ranges(topic)).filter((each) => each.partition === partition)
        if (range === undefined) throw new Error('no range')
        const outputs = [{ topic: output, partition, key: null, value: `end of ${partition}` }]
        return [{ topic, partition, next: range.end, metadata: 'ended', outputs }]
      },
    }
    expect(await startRun(stage.log, { group, topics: [input], ...bounded }, processor).ended).toEqual({})
    expect(events.filter((event) => event !== 'batch').sort()).toEqual(['end 0', 'end 1', 'end 2'])
    expect(events.indexOf('end 0')).toBeGreaterThan(events.lastIndexOf('batch'))
    const values = await valuesOf(stage, output)
    expect(values).toHaveLength(53)
    expect(values).toEqual(expect.arrayContaining(['end of 0', 'end of 1', 'end of 2']))
    const committed = await stage.log.committed(group, input)
    expect([...committed.values()].map((each) => each.metadata)).toEqual(['ended', 'ended', 'ended'])
  })

  test('follows what it publishes into its own input', async () => {
    const [input, output, group] = [await stage.topic('in', 3), await stage.topic('out', 3), stage.group()]
    const values = Array.from({ length: 10 }, (_, i) => `first-${i}`)
    await stage.log.publish(values.map((value) => ({ topic: input, partition: 0, key: null, value })))
    const base = copier(output)
    const ended: number[] = []
    const processor: Processor = {
      ...base,
      process: async (batch) => {
        const [commit] = await base.process(batch)
        if (commit === undefined) throw new Error('no commit')
        const again = batch.records.filter((record) => textOf(record.value).startsWith('first'))
        const echoes = again.map(() => ({ topic: input, partition: 2, key: null, value: 'second' }))
        return [{ ...commit, outputs: [...commit.outputs, ...echoes] }]
      },
      end: async ({ partition }) => {
        ended.push(partition)
        return []
      },
    }
    expect(await startRun(stage.log, { group, topics: [input], ...bounded }, processor).ended).toEqual({})
    expect(ended.sort()).toEqual([0, 1, 2])
    await expectCopiedOnce(stage, output, 20)
  })

  test('ends at once when there is nothing to read', async () => {
    const [input, output] = [await stage.topic('in', 2), await stage.topic('out', 2)]
    const run = startRun(stage.log, { group: stage.group(), topics: [input], ...bounded }, copier(output))
    expect(await run.ended).toEqual({})
    await expectCopiedOnce(stage, output, 0)
  })
}
