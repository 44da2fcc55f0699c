// Topics and records as foreign tools make them: ids, settings, codecs, unusual headers.

import { zstdCompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'
import { expect, test } from 'vitest'
import type { EventLog, LogRecord, Processor } from '#log/event_log'
import { describeWithKafka, uniqueName } from '#support/services/services'
import { startRun } from '../contract/event_log/stage.ts'
import { bareKafka, newTopic, noter, openLog, readAll } from './kafka_stage.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

async function sendBare(
  brokers: string,
  topic: string,
  options: { compression: number; value: string },
): Promise<void> {
  const producer = bareKafka(brokers).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const headers = { twice: ['first', 'second'], once: 'one' }
  const messages = [{ value: options.value, headers, partition: 0 }]
  await producer.send({ topic, messages, compression: options.compression })
  await producer.disconnect()
}

/** All records of the topic, to its end. */
async function recordsOf(log: EventLog, topic: string): Promise<readonly LogRecord[]> {
  const seen: LogRecord[] = []
  const processor: Processor = {
    ...noter(false).processor,
    process: async ({ records }) => {
      seen.push(...records)
      return []
    },
  }
  const options = { group: uniqueName('group'), topics: [topic], commit: 'offsets', bounded: true } as const
  expect(await startRun(log, options, processor).ended).toEqual({})
  return seen
}

describeWithKafka('topics on Kafka', ({ brokers }) => {
  test('a topic that was deleted and created again has another id', async () => {
    const log = await openLog(brokers)
    const topic = await newTopic(log, 2)
    const [before] = await log.describeTopics([topic])
    expect(before).toMatchObject({ topic, partitions: 2, id: expect.stringMatching(/^[0-9a-f]{32}$/) })
    const admin = bareKafka(brokers).admin()
    await admin.connect()
    await admin.deleteTopics({ topics: [topic] })
    await expect.poll(() => log.describeTopics([topic]), { timeout: 10_000 }).toEqual([])
    await log.createTopics([{ topic, partitions: 2 }])
    const [after] = await log.describeTopics([topic])
    expect(after).toMatchObject({ topic, partitions: 2, id: expect.stringMatching(/^[0-9a-f]{32}$/) })
    expect(after?.id).not.toBe(before?.id)
    await admin.disconnect()
    await log.close()
  })

  test('a topic gets the settings that were asked for, and its own size limit is kept', async () => {
    const log = await openLog(brokers)
    const topic = uniqueName('settings')
    await log.createTopics([{ topic, partitions: 1, config: { 'max.message.bytes': '3000' } }])
    const record = (bytes: number) => ({ topic, key: 'k', value: 'x'.repeat(bytes) })
    const refused = log.publish([record(10), record(5000)])
    await expect(refused).rejects.toMatchObject({ code: 'LOG_RECORD_TOO_LARGE', fields: { topic, bytesMax: 3000 } })
    await log.publish(Array.from({ length: 100 }, () => record(200)))
    expect(await readAll(log, topic)).toHaveLength(100)
    await log.close()
  })

  test('a setting that Kafka does not take is an error that says which', async () => {
    const log = await openLog(brokers)
    const topic = uniqueName('settings')
    const creating = log.createTopics([{ topic, partitions: 1, config: { 'max.message.bytes': 'many' } }])
    await expect(creating).rejects.toMatchObject({ code: 'LOG_FAILED', retryable: false })
    await expect(creating).rejects.toThrow(`cannot create the topics ${topic} at ${brokers}: Configuration is invalid`)
    await log.close()
  })

  test('foreign records of every codec are read; of repeated headers the last counts', async () => {
    const log = await openLog(brokers)
    const topic = await newTopic(log)
    const codecs = CompressionCodecs as Record<number, () => unknown>
    codecs[CompressionTypes.ZSTD] = () => ({ compress: async ({ buffer }: Encoder) => zstdCompressSync(buffer) })
    codecs[CompressionTypes.Snappy] = () => ({ compress: async ({ buffer }: Encoder) => snappy(buffer) })
    codecs[CompressionTypes.LZ4] = () => ({ compress: async ({ buffer }: Encoder) => lz4Frame(buffer) })
    for (const name of ['GZIP', 'ZSTD', 'Snappy', 'LZ4'] as const) {
      await sendBare(brokers, topic, { compression: CompressionTypes[name], value: `by ${name}` })
    }
    const seen = await recordsOf(log, topic)
    expect(seen.map(({ value }) => String(value))).toEqual(['by GZIP', 'by ZSTD', 'by Snappy', 'by LZ4'])
    expect(seen.map(({ headers }) => String(headers?.twice))).toEqual(Array(4).fill('second'))
    await log.close()
  })

  test('a foreign record has the time at which the broker took it, whatever time its producer gave it', async () => {
    const log = await openLog(brokers)
    const topic = uniqueName('timed')
    await log.createTopics([{ topic, partitions: 1, config: { 'message.timestamp.type': 'LogAppendTime' } }])
    const producer = bareKafka(brokers).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    const inNanoseconds = '1700000000000000000'
    await producer.send({ topic, messages: [{ value: 'a', partition: 0, timestamp: inNanoseconds }] })
    await producer.disconnect()
    const seen = await recordsOf(log, topic)
    expect(seen).toHaveLength(1)
    expect(seen[0]?.timestamp).toBeLessThan(10_000_000_000_000)
    await log.close()
  })
})

/** What kafkajs gives a codec. */
interface Encoder {
  readonly buffer: Buffer
}

/** The plainest snappy block: the length, and all bytes as one literal. For less than 128 bytes. */
function snappy(bytes: Buffer): Buffer {
  const literalOfOneByteLength = 60 << 2
  return Buffer.concat([Buffer.from([bytes.length, literalOfOneByteLength, bytes.length - 1]), bytes])
}

/** The plainest LZ4 frame: one block that is stored as it is. The broker looks at its header's checksum. */
function lz4Frame(bytes: Buffer): Buffer {
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])
  const length = Buffer.alloc(4)
  length.writeUint32LE((bytes.length | 0x8000_0000) >>> 0)
  return Buffer.concat([header, length, bytes, Buffer.alloc(4)])
}
