// Kafka's own ways to lose or double records, and that none of them does: fenced producers, transactions of unknown
// outcome, aborted and undecided ones.

import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs'
import { expect, test } from 'vitest'
import type { EventLog, LogRecord, Processor } from '#log/event_log'
import { KAFKA_LIMITS, openKafkaLog } from '#log/kafka/kafka_log'
import { readParts } from '#log/topic_reading'
import { type Clock, systemClock } from '#runtime/clock'
import type { Offset } from '#runtime/units'
import { describeWithKafka, uniqueName } from '#support/services/services'
import { copier, numbered } from '../contract/event_log/copier.ts'
import { startRun } from '../contract/event_log/stage.ts'
import {
  bareTransactions,
  complaintsIn,
  messagesOf,
  newTopic,
  noter,
  openLog,
  readAll,
  rememberingLogger,
  untilEnd,
} from './kafka_stage.ts'

const TIMEOUT_MS = 90_000

/** Commits of which at least one, after the first, must be answered at once. */
const ROUNDS_MAX = 64

type BareProducer = Awaited<ReturnType<typeof bareTransactions>>

/** Which no other wait has. */
const UNDECIDED_DELAY_MS = 7

async function stands(log: EventLog, group: string, topic: string): Promise<number> {
  return (await log.committed(group, topic)).get(0)?.offset ?? 0
}

/** Makes clients whose producers tell each request, by its name in the protocol. */
function tellingKafka(tell: (apiName: string) => void): (config: KafkaConfig) => Kafka {
  return (config) => {
    const kafka = new kafkajs.Kafka(config)
    const make = kafka.producer.bind(kafka)
    kafka.producer = (options) => {
      const producer = make(options)
      producer.on(producer.events.REQUEST, ({ payload }) => tell(payload.apiName))
      return producer
    }
    return kafka
  }
}

describeWithKafka('transactions on Kafka', ({ brokers }) => {
  test('a later commit of a producer takes five requests', async () => {
    let told: string[] = []
    const commits: string[][] = []
    const options = { brokers: brokers.split(','), clientId: 'test', ssl: false, clock: systemClock }
    const { logger } = rememberingLogger()
    const log = await openKafkaLog(
      { ...options, logger },
      tellingKafka((apiName) => told.push(apiName)),
    )
    const publishing = await openLog(brokers)
    const [input, output, group] = [await newTopic(log), await newTopic(log), uniqueName('group')]
    const run = startRun(log, { group, topics: [input], commit: 'transaction' }, copier(output))
    const ofCommits = ['AddPartitionsToTxn', 'Produce', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn']
    const isFound = () => commits.slice(1).some((requests) => requests.join() === ofCommits.join())
    // While the broker still ends the transaction before, a request is made once more: so as many rounds as it takes.
    for (let round = 1; round <= ROUNDS_MAX && !isFound(); round++) {
      told = []
      commits.push(told)
      await publishing.publish(numbered(input, 10 * (round - 1), 10 * round))
      await run.until(async () => (await stands(log, group, input)) === 10 * round, 'the records')
    }
    await run.stop()
    await Promise.all([log.close(), publishing.close()])
    expect(commits.slice(1)).toContainEqual(ofCommits)
  })

  test(
    'a producer with the id of a partition makes the run give way until the group confirms it',
    async () => {
      const { logger, lines } = rememberingLogger()
      const log = await openLog(brokers, { logger })
      const [input, output, group] = [await newTopic(log), await newTopic(log), uniqueName('group')]
      const run = startRun(log, { group, topics: [input], commit: 'transaction' }, copier(output))
      await log.publish(numbered(input, 0, 10))
      await run.until(async () => (await stands(log, group, input)) === 10, 'the first records')
      const intruder = await bareTransactions(brokers, `tickerlake.${group}.${input}.0`)
      await (await intruder.begin()).abort()
      await log.publish(numbered(input, 10, 20))
      await run.until(async () => (await stands(log, group, input)) === 20, 'the records after it')
      await run.stop()
      await intruder.close()
      const values = await readAll(log, output)
      expect([new Set(values).size, values.length]).toEqual([20, 20])
      expect(lines.filter(({ level }) => level === 'info').map(({ text }) => text)).toContain(
        'another instance has taken over the partition; it is dropped here',
      )
      expect(complaintsIn(lines)).toEqual([])
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'transactions whose end was not heard of are done again once, whether or not they had succeeded',
    async () => {
      const clock = forgetfulClock(KAFKA_LIMITS.transactionWaitMs)
      const log = await openLog(brokers, { clock })
      const [input, output, group] = [await newTopic(log), await newTopic(log), uniqueName('group')]
      const closed: number[] = []
      const processor: Processor = { ...copier(output), close: (at) => void closed.push(at.partition) }
      const run = startRun(log, { group, topics: [input], commit: 'transaction' }, processor)
      // How long a transaction takes is up to the machine: rounds go on until one was caught in the middle.
      let round = 0
      for (; round < 8 || (closed.length === 0 && round < 64); round++) {
        await log.publish(numbered(input, round * 10, round * 10 + 10))
        clock.forgetAfter((round % 8) * 4)
        await run.until(async () => (await stands(log, group, input)) === (round + 1) * 10, `round ${round}`)
      }
      await run.stop()
      const values = await readAll(log, output)
      expect([new Set(values).size, values.length]).toEqual([round * 10, round * 10])
      expect(closed.length).toBeGreaterThan(0)
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'records of an aborted transaction are never read, and a tail of nothing else does not hold up a bounded run',
    async () => {
      const log = await openLog(brokers)
      const topic = await newTopic(log)
      const producer = await bareTransactions(brokers, uniqueName('aborting'))
      for (const [value, ends] of [
        ['a', 'commit'],
        ['b', 'abort'],
        ['c', 'commit'],
        ['d', 'abort'],
        ['e', 'abort'],
      ] as const) {
        const transaction = await producer.begin()
        await transaction.send({ topic, messages: messagesOf(value) })
        await transaction[ends]()
      }
      await producer.close()
      await untilEnd(log, topic, 10)
      expect(await readAll(log, topic)).toEqual(['a', 'c'])
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'a part of a topic is read to its end, though the last fetches bring nothing but markers and aborted records',
    async () => {
      // Each batch comes in a fetch of its own.
      const log = await openLog(brokers, { limits: { ...KAFKA_LIMITS, fetchPartitionBytesMax: 1, fetchBytesMax: 1 } })
      const topic = await newTopic(log)
      const producer = await bareTransactions(brokers, uniqueName('last'))
      for (const ends of ['commit', 'abort'] as const) {
        const transaction = await producer.begin()
        await transaction.send({ topic, messages: messagesOf(ends) })
        await transaction[ends]()
      }
      await producer.close()
      await untilEnd(log, topic, 4)
      const values: string[] = []
      const take = (_: unknown, { value }: LogRecord) => void values.push(Buffer.from(value ?? []).toString())
      const { signal } = new AbortController()
      const parts = await log.ranges(topic)
      expect(await readParts(log, { parts, group: uniqueName('reader'), signal, take })).toBe(true)
      expect(values).toEqual(['commit'])
      const beyond = parts.map((part) => ({ ...part, end: (part.end + 1) as Offset }))
      expect(await readParts(log, { parts: beyond, group: uniqueName('reader'), signal, take })).toBe(false)
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'of transactions that interleave in one partition none of the aborted is read and none of the committed is lost',
    async () => {
      const log = await openLog(brokers)
      const topic = await newTopic(log)
      const producers = await Promise.all([0, 1, 2].map((n) => bareTransactions(brokers, uniqueName(`mixed-${n}`))))
      const kept: string[] = []
      // Ended in another order than begun: the broker lists aborted transactions by their ends.
      for (const [round, order] of [[2, 1, 0] as const, [1, 2, 0] as const, [0, 2, 1] as const].entries()) {
        const transactions = await Promise.all(producers.map((producer) => producer.begin()))
        for (const part of ['x', 'y']) {
          for (const [n, transaction] of transactions.entries()) {
            await transaction.send({ topic, messages: messagesOf(`aborted-${round}-${n}-${part}`) })
          }
        }
        for (const n of order) await transactions[n]?.abort()
        for (const [n, producer] of producers.entries()) {
          const transaction = await producer.begin()
          await transaction.send({ topic, messages: messagesOf(`kept-${round}-${n}`) })
          await transaction.commit()
          kept.push(`kept-${round}-${n}`)
        }
      }
      await Promise.all(producers.map((producer) => producer.close()))
      // Of each round two records of each aborted transaction, one of each committed one, and their markers.
      const end = 3 * (3 * 3 + 3 * 2)
      await untilEnd(log, topic, end)
      expect(await readAll(log, topic)).toEqual(kept)
      for (let from = 0; from < end; from++) {
        const { processor, values } = noter(false)
        const reader: Processor = { ...processor, open: async () => from as Offset }
        const options = { group: uniqueName('from'), topics: [topic], commit: 'offsets', bounded: true } as const
        expect(await startRun(log, options, reader).ended).toEqual({})
        expect(values, `from ${from}`).toEqual(kept.slice(kept.length - values.length))
        expect(values.length, `from ${from}`).toBeGreaterThanOrEqual(from < 9 ? kept.length : 0)
      }
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'a group that has read to a tail of markers stands at the end, and starts there again',
    async () => {
      const log = await openLog(brokers)
      const [topic, group] = [await newTopic(log), uniqueName('group')]
      const producer = await bareTransactions(brokers, uniqueName('marking'))
      const transaction = await producer.begin()
      await transaction.send({ topic, messages: messagesOf('only') })
      await transaction.commit()
      await producer.close()
      await untilEnd(log, topic, 2)
      const options = { group, topics: [topic], commit: 'transaction', bounded: true } as const
      const first = noter(true)
      expect(await startRun(log, options, first.processor).ended).toEqual({})
      expect([first.values, await stands(log, group, topic)]).toEqual([['only'], 2])
      const second = noter(true)
      expect(await startRun(log, options, second.processor).ended).toEqual({})
      expect(second.values).toEqual([])
      await log.close()
    },
    TIMEOUT_MS,
  )

  test(
    'what a group has committed is told when it is decided, unless it is asked for as it stands',
    async () => {
      const undecided = Promise.withResolvers<'undecided'>()
      const sleep: Clock['sleep'] = (ms, signal) => {
        if (ms === UNDECIDED_DELAY_MS) undecided.resolve('undecided')
        return systemClock.sleep(ms, signal)
      }
      const clock = { ...systemClock, sleep }
      const limits = { undecidedDelayMinMs: UNDECIDED_DELAY_MS, undecidedDelayMaxMs: UNDECIDED_DELAY_MS }
      const log = await openLog(brokers, { clock, limits })
      const hasty = await openLog(brokers, { limits: { undecidedMs: 0 } })
      const [topic, group] = [await newTopic(log, 2), uniqueName('group')]
      // A producer each: the bare one has no patience while its transaction before is being ended.
      const producers = await Promise.all([1, 2].map((n) => bareTransactions(brokers, uniqueName(`deciding-${n}`))))
      const commitTo = async (offset: number) => {
        const transaction = await (producers[offset - 1] as BareProducer).begin()
        const partitions = [{ partition: 0, offset: String(offset) }]
        await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic, partitions }] })
        return transaction
      }
      // A group's first question finds its coordinator, with the patience that the bare producer lacks.
      expect(await log.committed(group, topic)).toEqual(new Map())
      await (await commitTo(1)).commit()
      const at = (offset: number) => new Map([[0, { offset, metadata: '' }]])
      expect(await log.committed(group, topic)).toEqual(at(1))
      const transaction = await commitTo(2)
      expect(await log.committed(group, topic, { undecided: 'passed_over' })).toEqual(at(1))
      await expect(hasty.committed(group, topic)).rejects.toMatchObject({ code: 'LOG_FAILED', retryable: true })
      const answer = log.committed(group, topic)
      expect(await Promise.race([answer, undecided.promise])).toBe('undecided')
      await transaction.commit()
      expect(await answer).toEqual(at(2))
      await Promise.all([...producers, log, hasty].map((each) => each.close()))
    },
    TIMEOUT_MS,
  )

  test(
    'an undecided transaction keeps a bounded run waiting, and a tick from being told that all is read',
    async () => {
      const log = await openLog(brokers)
      const topic = await newTopic(log)
      await log.publish([{ topic, key: 'k', value: 'before' }])
      const producer = await bareTransactions(brokers, uniqueName('undecided'))
      const transaction = await producer.begin()
      await transaction.send({ topic, messages: messagesOf('undecided') })
      const { processor, values } = noter(false)
      const caughtUp: boolean[] = []
      const asking: Processor = {
        ...processor,
        tick: async (_, view) => {
          if (values.length > 0) caughtUp.push(await view.caughtUp())
          return []
        },
      }
      const run = startRun(
        log,
        { group: uniqueName('group'), topics: [topic], commit: 'offsets', bounded: true },
        asking,
      )
      await run.until(() => caughtUp.length >= 3, 'three ticks')
      expect([values, caughtUp.slice(0, 3)]).toEqual([['before'], [false, false, false]])
      await transaction.commit()
      expect(await run.ended).toEqual({})
      expect(values).toEqual(['before', 'undecided'])
      await producer.close()
      await log.close()
    },
    TIMEOUT_MS,
  )
})

/** A clock whose waits of one length can be cut short: a limit that strikes at a moment of the test's choice. */
function forgetfulClock(limitMs: number): Clock & { forgetAfter(ms: number): void } {
  let delayMs: number | null = null
  return {
    now: systemClock.now,
    sleep: (ms, signal) => {
      if (ms !== limitMs || delayMs === null) return systemClock.sleep(ms, signal)
      const cut = delayMs
      delayMs = null
      return systemClock.sleep(cut, signal)
    },
    forgetAfter: (ms) => {
      delayMs = ms
    },
  }
}
