// Contract: batches are bounded and in order, and a slow processor is not run over.

import { expect, test } from 'vitest'
import type { Processor } from '#log/event_log'
import { numbered } from './copier.ts'
import { readTopic, type Stage, startRun } from './stage.ts'

/** No implementation hands over more than this at once, one record's size aside. */
const BATCH_RECORDS_BOUND = 50_000
const BATCH_BYTES_BOUND = 12 * 1024 * 1024
const LARGE_BYTES = 900 * 1024

interface SeenBatch {
  readonly first: number
  readonly last: number
  readonly next: number
  readonly logEnd: number
  readonly count: number
  readonly bytes: number
}

/** Notes every batch; waits for `gate` before it answers. */
function noting(seen: SeenBatch[], gate: Promise<void> = Promise.resolve()): Processor {
  return {
    open: async (_, start) => start.logStart,
    process: async ({ records, next, logEnd }) => {
      const bytes = records.reduce((sum, record) => sum + (record.value?.length ?? 0), 0)
      const [first, last] = [records[0]?.offset ?? -1, records.at(-1)?.offset ?? -1]
      seen.push({ first, last, next, logEnd, count: records.length, bytes })
      await gate
      return []
    },
    close: () => {},
  }
}

export function batchContract(stage: Stage): void {
  test('bounds a batch in bytes', async () => {
    const topic = await stage.topic('bytes')
    for (let i = 0; i < 20; i++) {
      await stage.log.publish([{ topic, key: 'k', value: new Uint8Array(LARGE_BYTES) }])
    }
    const seen: SeenBatch[] = []
    const options = { group: stage.group(), topics: [topic], commit: 'offsets', bounded: true } as const
    expect(await startRun(stage.log, options, noting(seen)).ended).toEqual({})
    expect(seen.reduce((sum, batch) => sum + batch.count, 0)).toBe(20)
    expect(Math.max(...seen.map((batch) => batch.bytes))).toBeLessThan(BATCH_BYTES_BOUND)
  })

  test('hands batches over in order, without gaps, bounded in records, and says where the log ends', async () => {
    const topic = await stage.topic('records')
    for (let i = 0; i < 6; i++) await stage.log.publish(numbered(topic, i * 10_000, i * 10_000 + 10_000))
    const seen: SeenBatch[] = []
    const options = { group: stage.group(), topics: [topic], commit: 'offsets', bounded: true } as const
    expect(await startRun(stage.log, options, noting(seen)).ended).toEqual({})
    let position = 0
    for (const batch of seen) {
      expect(batch.first).toBe(position)
      expect(batch.count).toBe(batch.next - batch.first)
      expect(batch.last).toBe(batch.next - 1)
      expect(batch.count).toBeLessThanOrEqual(BATCH_RECORDS_BOUND)
      expect(batch.logEnd).toBe(60_000)
      position = batch.next
    }
    expect(position).toBe(60_000)
  })

  test('hands nothing more of a partition over while its processor is busy', async () => {
    const topic = await stage.topic('pressure')
    for (let i = 0; i < 8; i++) await stage.log.publish(numbered(topic, i * 10_000, i * 10_000 + 10_000))
    const seen: SeenBatch[] = []
    const gate = Promise.withResolvers<void>()
    const options = { group: stage.group(), topics: [topic], commit: 'offsets' } as const
    const run = startRun(stage.log, options, noting(seen, gate.promise))
    await run.until(() => seen.length > 0, 'a first batch')
    await stage.log.publish(numbered(topic, 0, 1))
    await readTopic(stage.log, topic, stage.group())
    expect(seen).toHaveLength(1)
    gate.resolve()
    await run.until(() => seen.at(-1)?.next === 80_001, 'the rest')
    await run.stop()
  })
}
