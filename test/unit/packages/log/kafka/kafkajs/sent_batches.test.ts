// Batches on their way through kafkajs, held against its own code for grouping, numbering and retrying.

import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import type { NewRecord } from '#log/event_log'
import { patchKafkajs } from '#log/kafka/kafkajs/patches'
import { produceRequest } from '#log/kafka/kafkajs/produce_request'
import { type ProducedBatches, SentBatch, sendOnce, topicMessagesOf } from '#log/kafka/kafkajs/sent_batches'
import { givenPartitioner } from '#log/kafka/produce/given_partitioner'
import { decodeFetched } from '#log/kafka/record_batch/decode_fetched'
import { RecordBatchEncoder } from '#log/kafka/record_batch/encode_batch'
import { RecordParts } from '#log/kafka/record_batch/record_parts'

const require = createRequire(import.meta.url)
const createMessageProducer = require('kafkajs/src/producer/messageProducer')
const createEosManager = require('kafkajs/src/producer/eosManager')
const createRequest = require('kafkajs/src/protocol/request')
const Encoder = require('kafkajs/src/protocol/encoder')
const produce = require('kafkajs/src/protocol/requests/produce')

function batch(partition: number, values: readonly string[]): SentBatch {
  const encoder = new RecordBatchEncoder()
  const parts = new RecordParts()
  for (const value of values) {
    const record: NewRecord = { topic: 't', key: null, value }
    parts.read(record)
    encoder.append(parts)
  }
  return new SentBatch(partition, encoder.end())
}

interface Sent {
  readonly sequences: readonly number[]
  readonly values: readonly string[]
}

interface Produced {
  readonly firstSequence: number
  readonly messages: SentBatch
}

const silent = { debug() {}, error() {}, namespace: () => silent }

/**
 * kafkajs's producer over three brokers; `answer` says what becomes of a request. Partitions 0 and 1 are led by the
 * broker of their number, until `leaders` says otherwise.
 */
async function kafkajsProducer(answer: (request: number) => Error | null | Promise<null>) {
  patchKafkajs()
  const leaders = [0, 1]
  const sent: Sent[] = []
  class Broker {
    readonly nodeId: number

    constructor(nodeId: number) {
      this.nodeId = nodeId
    }

    async initProducerId() {
      return { producerId: '7', producerEpoch: 0 }
    }

    async produce(given: ProducedBatches) {
      const { request } = produce.protocol({ version: 7 })({ ...given, timeout: 30_000 })
      const { buffer } = await request.encode()
      const partitions = given.topicData.flatMap((topic) => topic.partitions) as unknown as readonly Produced[]
      const sequences = partitions.map(({ firstSequence }) => firstSequence)
      sent.push({ sequences, values: partitions.length === 1 ? lastBatchValues(buffer, partitions[0]?.messages) : [] })
      const error = await answer(sent.length)
      if (error !== null) throw error
      return { topics: [] }
    }
  }
  sendOnce(Broker)
  const brokers = [new Broker(0), new Broker(1), new Broker(2)]
  const cluster = {
    retry: { retries: 2, initialRetryTime: 1 },
    isConnected: () => true,
    refreshMetadata: async () => {},
    refreshMetadataIfNecessary: async () => {},
    addMultipleTargetTopics: async () => {},
    findControllerBroker: async () => brokers[0],
    findTopicPartitionMetadata: () => [{ partitionId: 0 }, { partitionId: 1 }],
    findLeaderForPartitions: (_: string, partitions: readonly string[]) =>
      Object.groupBy(partitions.map(Number), (partition) => leaders[partition] as number),
    findBroker: async ({ nodeId }: { nodeId: string }) => brokers[Number(nodeId)],
  }
  const eosManager = createEosManager({ logger: silent, cluster, transactional: false })
  await eosManager.initProducerId()
  const partitioner = givenPartitioner()
  const retrier = require('kafkajs/src/retry')(cluster.retry)
  const options = { logger: silent, cluster, partitioner: partitioner.create(), eosManager, idempotent: true, retrier }
  const { sendBatch } = createMessageProducer({ ...options, getConnectionStatus: () => 'connected' })
  const send = (...batches: SentBatch[]) => sendBatch({ topicMessages: topicMessagesOf([{ topic: 't', batches }]) })
  return { send, sent, partitioner, leaders, eosManager }
}

function lastBatchValues(request: Buffer, batch: SentBatch | undefined): string[] {
  const bytes = request.subarray(request.length - (batch?.bytes.length ?? 0))
  const { columns } = decodeFetched({ bytes, from: 0, aborted: [] })
  return Array.from({ length: columns.count }, (_, row) => String(Buffer.from(columns.recordAt(row).value ?? [])))
}

const retriable = () => Object.assign(new Error('not now'), { name: 'KafkaJSProtocolError', retriable: true })

describe('batches that go through kafkajs', () => {
  test('are numbered by their records, each partition by itself', async () => {
    const { send, sent } = await kafkajsProducer(() => null)
    await send(batch(0, ['a', 'b', 'c']))
    await send(batch(1, ['d']))
    await send(batch(0, ['e', 'f']))
    await send(batch(0, ['g']))
    expect(sent).toEqual([
      { sequences: [0], values: ['a', 'b', 'c'] },
      { sequences: [0], values: ['d'] },
      { sequences: [3], values: ['e', 'f'] },
      { sequences: [5], values: ['g'] },
    ])
  })

  test('keep their number when they are sent again', async () => {
    const { send, sent } = await kafkajsProducer((request) => (request === 2 ? retriable() : null))
    await send(batch(0, ['a', 'b', 'c']))
    await send(batch(0, ['d', 'e']))
    await send(batch(0, ['f']))
    expect(sent).toEqual([
      { sequences: [0], values: ['a', 'b', 'c'] },
      { sequences: [3], values: ['d', 'e'] },
      { sequences: [3], values: ['d', 'e'] },
      { sequences: [5], values: ['f'] },
    ])
  })

  test('of two brokers are sent again only to the one that failed', async () => {
    const { send, sent } = await kafkajsProducer((request) => (request === 2 ? retriable() : null))
    await send(batch(0, ['a']), batch(1, ['b', 'c']))
    await send(batch(1, ['d']))
    expect(sent.map(({ sequences }) => sequences)).toEqual([[0], [0], [0], [2]])
    expect(sent.map(({ values }) => values.join(''))).toEqual(['a', 'bc', 'bc', 'd'])
  })

  test('are not sent again to a broker that answers only after another has failed', async () => {
    const { promise: late, resolve: answerLate } = Promise.withResolvers<null>()
    const { send, sent } = await kafkajsProducer((request) => {
      if (request === 1) return late
      if (request === 3) answerLate(null)
      return request === 2 ? retriable() : null
    })
    await send(batch(0, ['a']), batch(1, ['b', 'c']))
    await send(batch(0, ['d']))
    expect(sent.map(({ sequences }) => sequences)).toEqual([[0], [0], [0], [1]])
    expect(sent.map(({ values }) => values.join(''))).toEqual(['a', 'bc', 'bc', 'd'])
  })

  test.each([
    ['has taken them', null],
    ['refuses them', retriable()],
  ])('keep their number when their leader moves before the old one %s', async (_, outcome) => {
    const { promise: late, resolve, reject } = Promise.withResolvers<null>()
    const { send, sent, leaders } = await kafkajsProducer((request) => {
      if (request === 1) return late
      if (request === 2) leaders[0] = 2
      if (request === 4) outcome === null ? resolve(null) : reject(outcome)
      return request === 2 ? retriable() : null
    })
    await send(batch(0, ['a']), batch(1, ['b', 'c']))
    await send(batch(0, ['d']), batch(1, ['e']))
    expect(sent.map(({ sequences, values }) => [...sequences, ...values]).sort()).toEqual([
      [0, 'a'],
      [0, 'a'],
      [0, 'b', 'c'],
      [0, 'b', 'c'],
      [1, 'd'],
      [2, 'e'],
    ])
  })

  test('keep their number after any number of refusals', async () => {
    const { send, sent } = await kafkajsProducer((request) => (request <= 2 ? retriable() : null))
    await send(batch(0, ['a', 'b']))
    await send(batch(0, ['c']))
    expect(sent.map(({ sequences }) => sequences)).toEqual([[0], [0], [0], [2]])
  })

  test('cannot go out by another producer', async () => {
    const [first, second] = [await kafkajsProducer(() => retriable()), await kafkajsProducer(() => null)]
    const one = batch(0, ['a'])
    await expect(first.send(one)).rejects.toThrow('not now')
    second.eosManager.getProducerId = () => '8'
    await expect(second.send(one)).rejects.toThrow('of another producer')
  })

  test('are not sent again once their producer was given up', async () => {
    const { send, sent, partitioner } = await kafkajsProducer(() => {
      partitioner.giveUp()
      return retriable()
    })
    await expect(send(batch(0, ['a']))).rejects.toThrow('this producer was given up')
    expect(sent).toHaveLength(1)
  })

  test.each([10, 600])(
    'go out behind the header that kafkajs makes, with a client id of %d letters',
    async (letters) => {
      patchKafkajs()
      const clientId = 'x'.repeat(letters)
      const topicData = [
        { topic: 't', partitions: [{ partition: 3, firstSequence: 0, messages: batch(3, ['a', 'b']) }] },
      ]
      const given = { acks: -1, timeout: 1, producerId: '7', producerEpoch: 0, topicData }
      const request = produceRequest(given, { version: 7, now: () => 5 })
      const payload = (await request.encode()).buffer
      const ours = await createRequest({ request, correlationId: 5, clientId })
      const theirs = await createRequest({
        request: { ...request, encode: () => new Encoder().writeBuffer(payload) },
        correlationId: 5,
        clientId,
      })
      expect(ours.buffer.equals(theirs.buffer)).toBe(true)
    },
  )

  test('leave the messages of other producers of this process to kafkajs', async () => {
    patchKafkajs()
    const topicData = [{ topic: 't', partitions: [{ partition: 0, firstSequence: 0, messages: [{ value: 'a' }] }] }]
    const { request } = produce.protocol({ version: 7 })({ acks: -1, timeout: 1, topicData })
    expect((await request.encode()).constructor.name).toBe('Encoder')
  })
})
