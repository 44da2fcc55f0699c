// Topics and records as foreign tools make them: ids, settings, codecs, unusual headers.

import kafkajs from 'kafkajs'
import { expect, test } from 'vitest'
import type { LogRecord, Processor } from '#log/event_log'
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

  test('foreign records packed with gzip and zstd are read; of repeated headers the last counts', async () => {
    const log = await openLog(brokers)
    const topic = await newTopic(log)
    await sendBare(brokers, topic, { compression: CompressionTypes.GZIP, value: 'by gzip' })
    await sendBare(brokers, topic, { compression: CompressionTypes.ZSTD, value: 'by zstd' })
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
    expect(seen.map(({ value }) => String(value))).toEqual(['by gzip', 'by zstd'])
    expect(seen.map(({ headers }) => String(headers?.twice))).toEqual(['second', 'second'])
    await log.close()
  })

  test('a codec that cannot be read ends the run, naming codec and topic', async () => {
    const log = await openLog(brokers)
    const topic = await newTopic(log)
    const codecs = CompressionCodecs as Record<number, () => unknown>
    const ours = codecs[CompressionTypes.Snappy] ?? (() => null)
    codecs[CompressionTypes.Snappy] = () => ({
      compress: async (encoder: { buffer: Buffer }) => snappy(encoder.buffer),
    })
    await sendBare(brokers, topic, { compression: CompressionTypes.Snappy, value: 'by snappy' })
    codecs[CompressionTypes.Snappy] = ours
    const options = { group: uniqueName('group'), topics: [topic], commit: 'offsets', bounded: true } as const
    const { error } = await startRun(log, options, noter(false).processor).ended
    expect(error).toMatchObject({ code: 'LOG_FAILED', retryable: false, fields: { codec: 'snappy' } })
    expect(String(error)).toContain(`in topic ${topic}: records are compressed with snappy`)
    await log.close()
  })
})

/** The plainest snappy block: the length, and all bytes as one literal. For less than 128 bytes. */
function snappy(bytes: Buffer): Buffer {
  const literalOfOneByteLength = 60 << 2
  return Buffer.concat([Buffer.from([bytes.length, literalOfOneByteLength, bytes.length - 1]), bytes])
}
