// Contract: a log tells how far its runs are behind, and what its transactions came to.

import { expect, test } from 'vitest'
import type { Processor } from '#log/event_log'
import { copier, numbered } from './copier.ts'
import { type Stage, startRun } from './stage.ts'

export function watchingContract(stage: Stage): void {
  test('tells the lag of each partition that is held, and of none when nothing is', async () => {
    const [input, output, group] = [await stage.topic('in', 2), await stage.topic('out', 2), stage.group()]
    const client = await stage.open()
    expect(await client.lag()).toEqual([])
    const records = numbered(input, 0, 10).map((record) => ({ ...record, partition: 1 }))
    await stage.log.publish(records)
    const held = Promise.withResolvers<void>()
    const base = copier(output)
    const slow: Processor = {
      ...base,
      process: async (batch) => {
        await held.promise
        return base.process(batch)
      },
    }
    const run = startRun(client, { group, topics: [input], commit: 'transaction' }, slow)
    const lag = async () => (await client.lag()).toSorted((a, b) => a.partition - b.partition)
    await run.until(async () => (await lag()).length === 2, 'both partitions to be held')
    expect(await lag()).toEqual([
      { group, topic: input, partition: 0, records: 0, lastTimestamp: null },
      { group, topic: input, partition: 1, records: 10, lastTimestamp: null },
    ])
    held.resolve()
    await run.until(async () => (await lag()).every((each) => each.records === 0), 'all to be read')
    expect((await lag())[1]?.lastTimestamp).toBeGreaterThan(0)
    await run.stop()
    expect(await client.lag()).toEqual([])
    await stage.close(client)
  })

  test('counts transactions that were begun and committed', async () => {
    const [input, output, group] = [await stage.topic('in'), await stage.topic('out'), stage.group()]
    const client = await stage.open()
    expect(client.transactions).toEqual({ begun: 0, committed: 0, aborted: 0, fenced: 0, unknown: 0 })
    await stage.log.publish(numbered(input, 0, 10))
    let batches = 0
    const processor = copier(output, () => batches++)
    const options = { group, topics: [input], commit: 'transaction', bounded: true } as const
    expect(await startRun(client, options, processor).ended).toEqual({})
    expect(client.transactions).toEqual({ begun: batches, committed: batches, aborted: 0, fenced: 0, unknown: 0 })
    expect(batches).toBeGreaterThan(0)
    await stage.close(client)
  })
}
