// Contract: topics can be read on for as long as one likes, without a trace, and through troubles of the log.

import { expect, test } from 'vitest'
import type { EventLog, PartitionStart } from '#log/event_log'
import { type TailReader, type TopicTail, tailTopics } from '#log/topic_tail'
import { systemClock } from '#runtime/clock'
import { type Offset, offset } from '#runtime/units'
import { numbered, textOf } from './copier.ts'
import { type Stage, until } from './stage.ts'

const RETRY = { attemptsMax: 200, delayMinMs: 20, delayMaxMs: 50 }

/** A tail that notes what it is told, as values by partition. */
export function startTail(log: EventLog, tail: Pick<TopicTail, 'topics' | 'group'> & Partial<TopicTail>) {
  const abort = new AbortController()
  const [values, told]: [string[][], string[]] = [[], []]
  const begin = (_: unknown, { logStart }: PartitionStart): Offset => logStart
  const reader: TailReader = {
    begin,
    async take(batch) {
      const { bytes, valueStarts, valueEnds } = batch.columns
      for (let row = batch.first; row < batch.first + batch.count; row++) {
        values[batch.partition] ??= []
        values[batch.partition]?.push(textOf(bytes.subarray(valueStarts[row], valueEnds[row])))
      }
    },
    renewed: (topic) => void told.push(`renewed ${topic}`),
    skipped: ({ topic, partition }, next) => void told.push(`skipped ${topic}/${partition} to ${next}`),
    trouble: (error) => void told.push(error === null ? 'answers' : error.code),
    ...tail.reader,
  }
  const parts = { retry: RETRY, clock: systemClock, random: () => 0.5, signal: abort.signal, ...tail, reader }
  const ended = tailTopics(log, parts).then(
    () => ({}),
    (error: unknown) => ({ error }),
  )
  const read = () => values.flat().length
  const stop = () => {
    abort.abort()
    return ended
  }
  return { values, told, read, ended, stop }
}

export function tailContract(stage: Stage): void {
  test('reads what is there and what comes, each record once, and commits nothing', async () => {
    const [topic, group] = [await stage.topic('tailed', 2), stage.group()]
    await stage.log.publish(numbered(topic, 0, 20))
    const tail = startTail(await stage.open(), { topics: [topic], group })
    await until(() => tail.read() === 20, 'what is there to be read')
    await stage.log.publish(numbered(topic, 20, 30))
    await until(() => tail.read() === 30, 'what comes to be read')
    expect(tail.values.flat().toSorted()).toEqual(
      numbered(topic, 0, 30)
        .map(({ value }) => value)
        .toSorted(),
    )
    expect(await tail.stop()).toEqual({})
    expect(await stage.log.committed(group, topic)).toEqual(new Map())
    expect(tail.told).toEqual([])
  })

  test('begins in each partition where it is told to', async () => {
    const topic = await stage.topic('positions', 2)
    const records = [0, 1].flatMap((partition) => numbered(topic, 0, 5).map((record) => ({ ...record, partition })))
    await stage.log.publish(records)
    const begin: TailReader['begin'] = ({ partition }) => offset(partition === 0 ? 2 : 4)
    const tail = startTail(stage.log, { topics: [topic], group: stage.group(), reader: { begin } as TailReader })
    await until(() => tail.read() === 4, 'the rest to be read')
    expect(tail.values).toEqual([['value-2', 'value-3', 'value-4'], ['value-4']])
    await tail.stop()
  })

  test('brings a beginning into the range of the log, and says so', async () => {
    const topic = await stage.topic('beyond')
    await stage.log.publish(numbered(topic, 0, 3))
    const tail = startTail(stage.log, {
      topics: [topic],
      group: stage.group(),
      reader: { begin: () => offset(1_000) } as unknown as TailReader,
    })
    await until(() => tail.told.length > 0, 'the beginning to be corrected')
    expect(tail.told).toEqual([`skipped ${topic}/0 to 3`])
    await tail.stop()
  })

  test('is alone: two of them read everything each', async () => {
    const topic = await stage.topic('twice', 2)
    await stage.log.publish(numbered(topic, 0, 10))
    const tails = [1, 2].map(() => startTail(stage.log, { topics: [topic], group: stage.group() }))
    await until(() => tails.every((tail) => tail.read() === 10), 'both to have read all')
    for (const tail of tails) await tail.stop()
  })

  test('waits for a topic that is not there yet, and says so', async () => {
    const topic = stage.fixture.topic('later')
    const tail = startTail(stage.log, { topics: [topic], group: stage.group() })
    await until(() => tail.told.includes('LOG_TOPIC_MISSING'), 'the missing topic to be said')
    await stage.log.createTopics([{ topic, partitions: 1 }])
    await stage.log.publish(numbered(topic, 0, 3))
    await until(() => tail.read() === 3, 'the topic to be read')
    expect(tail.told.at(-1)).toBe('answers')
    await tail.stop()
  })

  test('gives up when the log has failed as often as it may', async () => {
    const retry = { attemptsMax: 3, delayMinMs: 1, delayMaxMs: 2 }
    const tail = startTail(stage.log, { topics: [stage.fixture.topic('never')], group: stage.group(), retry })
    expect(await tail.ended).toMatchObject({ error: { code: 'LOG_TOPIC_MISSING' } })
    expect(tail.told).toEqual(['LOG_TOPIC_MISSING', 'LOG_TOPIC_MISSING'])
  })

  test('says that a topic is not the one that its positions are of', async () => {
    const topic = await stage.topic('renewed')
    await stage.log.publish(numbered(topic, 0, 3))
    const topicIds = new Map([[topic, 'another']])
    const tail = startTail(stage.log, { topics: [topic], group: stage.group(), topicIds })
    await until(() => tail.read() === 3, 'the topic to be read')
    expect(tail.told).toEqual([`renewed ${topic}`])
    await tail.stop()
  })

  test('ends with what its reader throws', async () => {
    const topic = await stage.topic('broken')
    await stage.log.publish(numbered(topic, 0, 1))
    const take = async () => {
      throw new Error('a bug')
    }
    const tail = startTail(stage.log, {
      topics: [topic],
      group: stage.group(),
      reader: { take } as unknown as TailReader,
    })
    expect(await tail.ended).toMatchObject({ error: { message: 'a bug' } })
  })
}
