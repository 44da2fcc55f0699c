// Contract: quiet partitions are ticked, work that was held back is committed by tick or flush, and abort ends a run.

import { expect, test } from 'vitest'
import { type PartitionCommit, type Processor, TICK_INTERVAL_MS } from '#log/event_log'
import { systemClock } from '#runtime/clock'
import { numbered } from './copier.ts'
import { expectCopiedOnce, type Stage, startRun, untilCommitted } from './stage.ts'

/** Copies like a copier, but holds its commits back until `release` is called. */
function holder(output: string) {
  const held = new Map<number, PartitionCommit>()
  const release = (partition?: number): PartitionCommit[] => {
    const released = [...held.values()].filter((commit) => partition === undefined || commit.partition === partition)
    for (const commit of released) held.delete(commit.partition)
    return released
  }
  const processor: Processor = {
    open: async (_, start) => start.committed?.offset ?? start.logStart,
    process: async ({ topic, partition, records, next }) => {
      const copies = records.map(({ offset }) => ({
        topic: output,
        partition,
        key: null,
        value: `${partition}:${offset}`,
      }))
      const outputs = [...(held.get(partition)?.outputs ?? []), ...copies]
      held.set(partition, { topic, partition, next, metadata: 'held', outputs })
      return []
    },
    close: (at) => held.delete(at.partition),
  }
  return { processor, release, count: () => [...held.values()].reduce((sum, each) => sum + each.outputs.length, 0) }
}

export function tickContract(stage: Stage): void {
  ticks(stage)
  tickAnswers(stage)
  stopping(stage)
}

function ticks(stage: Stage): void {
  test('ticks every open partition, whether or not records arrive', async () => {
    const topic = await stage.topic('quiet', 3)
    const counts = [0, 0, 0]
    const run = startRun(
      stage.log,
      { group: stage.group(), topics: [topic], commit: 'transaction' },
      {
        open: async (_, start) => start.logStart,
        process: async () => [],
        tick: async ({ partition }) => {
          counts[partition] = (counts[partition] ?? 0) + 1
          return []
        },
        close: () => {},
      },
    )
    await run.until(() => counts.every((count) => count >= 3), 'three ticks of each partition')
    await run.stop()
  })

  // Batches take a while, so that ticks fall between them.
  test('says caught up only when all is read', async () => {
    const topic = await stage.topic('caught-up')
    await stage.log.publish(numbered(topic, 0, 30_000))
    const answers: { read: number; expected: number }[] = []
    let [read, expected] = [0, 30_000]
    const run = startRun(
      stage.log,
      { group: stage.group(), topics: [topic], commit: 'offsets' },
      {
        open: async (_, start) => start.logStart,
        process: async ({ records }) => {
          await systemClock.sleep(TICK_INTERVAL_MS)
          read += records.length
          return []
        },
        tick: async (_, view) => {
          const before = { read, expected }
          if (await view.caughtUp()) answers.push(before)
          return []
        },
        close: () => {},
      },
    )
    await run.until(() => answers.some((answer) => answer.expected === 30_000), 'caught up')
    const other = await stage.open()
    await other.publish(numbered(topic, 30_000, 30_100))
    expected = 30_100
    await stage.close(other)
    await run.until(() => answers.some((answer) => answer.expected === 30_100), 'caught up again')
    await run.stop()
    for (const answer of answers) expect(answer.read).toBeGreaterThanOrEqual(answer.expected)
  })
}

function tickAnswers(stage: Stage): void {
  test('is not caught up when another client has published during the tick', async () => {
    const topic = await stage.topic('overtaken')
    const other = await stage.open()
    const answers: boolean[] = []
    const run = startRun(
      stage.log,
      { group: stage.group(), topics: [topic], commit: 'offsets' },
      {
        open: async (_, start) => start.logStart,
        process: async () => [],
        tick: async (_, view) => {
          if (answers.length > 0 || !(await view.caughtUp())) return []
          await other.publish(numbered(topic, 0, 1))
          answers.push(await view.caughtUp())
          return []
        },
        close: () => {},
      },
    )
    await run.until(() => answers.length > 0, 'a tick of a partition that is caught up')
    await run.stop()
    await stage.close(other)
    expect(answers).toEqual([false])
  })

  test('carries out the commits of a tick', async () => {
    const [input, output, group] = [await stage.topic('in', 2), await stage.topic('out', 2), stage.group()]
    const { processor, release } = holder(output)
    const ticking: Processor = {
      ...processor,
      tick: async ({ partition }, view) => ((await view.caughtUp()) ? release(partition) : []),
    }
    const run = startRun(stage.log, { group, topics: [input], commit: 'transaction' }, ticking)
    await stage.log.publish(numbered(input, 0, 20))
    await untilCommitted(stage.log, run, { group, topic: input, count: 20 })
    await run.stop()
    await expectCopiedOnce(stage, output, 20)
  })
}

function stopping(stage: Stage): void {
  test('asks for a last commit when it is aborted, and carries it out', async () => {
    const [input, output, group] = [await stage.topic('in', 2), await stage.topic('out', 2), stage.group()]
    await stage.log.publish(numbered(input, 0, 20))
    const { processor, release, count } = holder(output)
    const flushing: Processor = { ...processor, flush: async () => release() }
    const run = startRun(stage.log, { group, topics: [input], commit: 'transaction' }, flushing)
    await run.until(() => count() === 20, 'all read and held')
    expect(await stage.log.committed(group, input)).toEqual(new Map())
    await run.stop()
    const committed = [...(await stage.log.committed(group, input)).values()]
    expect(committed.reduce((sum, each) => sum + each.offset, 0)).toBe(20)
    await expectCopiedOnce(stage, output, 20)
  })

  test('drops what is held back when there is no flush', async () => {
    const [input, output, group] = [await stage.topic('in'), await stage.topic('out'), stage.group()]
    await stage.log.publish(numbered(input, 0, 20))
    const { processor, count } = holder(output)
    const run = startRun(stage.log, { group, topics: [input], commit: 'transaction' }, processor)
    await run.until(() => count() === 20, 'all read and held')
    await run.stop()
    expect(await stage.log.committed(group, input)).toEqual(new Map())
    await expectCopiedOnce(stage, output, 0)
  })

  test('ends an idle run, and one that was aborted before it began', async () => {
    const topic = await stage.topic('idle', 2)
    const opened: number[] = []
    const idle: Processor = {
      open: async (at, start) => {
        opened.push(at.partition)
        return start.logStart
      },
      process: async () => [],
      close: () => {},
    }
    const options = { group: stage.group(), topics: [topic], commit: 'transaction' } as const
    await stage.log.run({ ...options, signal: AbortSignal.abort() }, idle)
    expect(opened).toEqual([])
    const run = startRun(stage.log, options, idle)
    await run.until(() => opened.length === 2, 'both partitions open')
    await run.stop()
  })

  test('waits for the batch in hand when it is aborted, and commits it', async () => {
    const [input, output, group] = [await stage.topic('in'), await stage.topic('out'), stage.group()]
    await stage.log.publish(numbered(input, 0, 10))
    const { processor, release, count } = holder(output)
    const gate = Promise.withResolvers<void>()
    const slow: Processor = {
      ...processor,
      process: async (batch) => {
        await processor.process(batch)
        await gate.promise
        return release()
      },
    }
    const run = startRun(stage.log, { group, topics: [input], commit: 'transaction' }, slow)
    await run.until(() => count() > 0, 'the batch is in hand')
    const stopped = run.stop()
    gate.resolve()
    await stopped
    expect((await stage.log.committed(group, input)).get(0)?.offset).toBe(10)
    await expectCopiedOnce(stage, output, 10)
  })
}
