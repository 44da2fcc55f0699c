// Contract: what was published is read back byte for byte, in order, on the partition that its key hashes to.

import { expect, test } from 'vitest'
import { newColumns } from '#support/log/new_columns'
import { partitionOfKey } from '#support/log/partition_of_key'
import { numbered, textOf } from './copier.ts'
import { readTopic, type Stage } from './stage.ts'

const LARGE_BYTES = 900 * 1024
const TOO_LARGE_BYTES = 12 * 1024 * 1024

export function publishContract(stage: Stage): void {
  placement(stage)
  contents(stage)
  refusals(stage)
}

function placement(stage: Stage): void {
  test('keeps the order of each key, on the partition that the Java client would choose', async () => {
    const topic = await stage.topic('order', 4)
    const keys = Array.from({ length: 20 }, (_, i) => `symbol-${i}`)
    for (let round = 0; round < 5; round++) {
      await stage.log.publish(keys.map((key) => ({ topic, key, value: `${key}@${round}` })))
    }
    const partitions = await readTopic(stage.log, topic, stage.group())
    for (const key of keys) {
      const home = partitions[partitionOfKey(Buffer.from(key), 4)] ?? []
      const values = home.filter((record) => textOf(record.key) === key).map((record) => textOf(record.value))
      expect(values).toEqual([0, 1, 2, 3, 4].map((round) => `${key}@${round}`))
    }
    expect(partitions.flat()).toHaveLength(100)
  })

  test('keeps the order of publishes that were not awaited one by one', async () => {
    const topic = await stage.topic('pipelined')
    await Promise.all([0, 1, 2, 3].map((n) => stage.log.publish(numbered(topic, n * 50, n * 50 + 50))))
    const [records = []] = await readTopic(stage.log, topic, stage.group())
    expect(records.map((record) => textOf(record.value))).toEqual(numbered(topic, 0, 200).map((each) => each.value))
  })

  test('spreads records without a key and puts others where they are told', async () => {
    const topic = await stage.topic('spread', 3)
    for (let i = 0; i < 12; i++) await stage.log.publish([{ topic, key: null, value: `free-${i}` }])
    await stage.log.publish([{ topic, partition: 2, key: 'told', value: 'told' }])
    const partitions = await readTopic(stage.log, topic, stage.group())
    expect(partitions.filter((records) => records.length > 0).length).toBeGreaterThan(1)
    expect(partitions.flat()).toHaveLength(13)
    expect(partitions[2]?.map((record) => textOf(record.value))).toContain('told')
  })

  test('takes records for several topics in one call, and an empty call', async () => {
    const [one, two] = [await stage.topic('many-one'), await stage.topic('many-two')]
    await stage.log.publish([...numbered(one, 0, 3), ...numbered(two, 0, 2)])
    await stage.log.publish([])
    expect((await readTopic(stage.log, one, stage.group())).flat()).toHaveLength(3)
    expect((await readTopic(stage.log, two, stage.group())).flat()).toHaveLength(2)
  })
}

function contents(stage: Stage): void {
  test('takes records in columns as it takes objects', async () => {
    const topic = await stage.topic('columns', 3)
    const records = Array.from({ length: 40 }, (_, i) => ({
      key: `symbol-${i % 7}`,
      value: `${i} ${'x'.repeat(i * 9)}`,
    }))
    const headers = { name: 'content' }
    await stage.log.publish(newColumns(records, { topic, headers }))
    await stage.log.publish(newColumns([], { topic, headers }))
    await stage.log.publish(newColumns([{ key: null, value: '' }], { topic, headers: undefined }))
    const partitions = await readTopic(stage.log, topic, stage.group())
    for (const key of new Set(records.map((record) => record.key))) {
      const home = partitions[partitionOfKey(Buffer.from(key), 3)] ?? []
      const values = home.filter((record) => textOf(record.key) === key).map((record) => textOf(record.value))
      expect(values).toEqual(records.filter((record) => record.key === key).map(({ value }) => value))
    }
    const all = partitions.flat()
    expect(all).toHaveLength(41)
    expect(all.filter(({ headers: found }) => found && textOf(found.name ?? null) === 'content')).toHaveLength(40)
    expect(all.filter(({ key }) => key === null).map(({ value }) => textOf(value))).toEqual([''])
  })

  test('gives back large, empty and null values and null keys', async () => {
    const topic = await stage.topic('values')
    const large = Uint8Array.from({ length: LARGE_BYTES }, (_, i) => (i * 31) % 251)
    const values = [large, new Uint8Array(0), '', null, 'ü €']
    await stage.log.publish(values.map((value, i) => ({ topic, key: i === 0 ? null : `k${i}`, value })))
    const [records = []] = await readTopic(stage.log, topic, stage.group())
    expect(records.map((record) => record.key && textOf(record.key))).toEqual([null, 'k1', 'k2', 'k3', 'k4'])
    expect(Buffer.compare(records[0]?.value ?? new Uint8Array(0), large)).toBe(0)
    expect(records.slice(1, 3).map((record) => record.value?.length)).toEqual([0, 0])
    expect(records[3]?.value).toBeNull()
    expect(textOf(records[4]?.value)).toBe('ü €')
  })

  test('gives back headers of text and of bytes, and null where there are none', async () => {
    const topic = await stage.topic('headers')
    const headers = { text: 'grün', bytes: new Uint8Array([0, 255, 7]), empty: '' }
    await stage.log.publish([
      { topic, key: 'a', value: 'with', headers },
      { topic, key: 'a', value: 'without' },
    ])
    const [records = []] = await readTopic(stage.log, topic, stage.group())
    expect(Object.keys(records[0]?.headers ?? {}).sort()).toEqual(['bytes', 'empty', 'text'])
    expect(textOf(records[0]?.headers?.text)).toBe('grün')
    expect([...(records[0]?.headers?.bytes ?? [])]).toEqual([0, 255, 7])
    expect(records[0]?.headers?.empty).toHaveLength(0)
    expect(records[1]?.headers).toBeNull()
  })

  test('numbers records without gaps and stamps them with times that never go back', async () => {
    const topic = await stage.topic('stamps')
    for (let n = 0; n < 3; n++) await stage.log.publish(numbered(topic, n * 10, n * 10 + 10))
    const [records = []] = await readTopic(stage.log, topic, stage.group())
    expect(records.map((record) => record.offset)).toEqual(records.map((_, i) => i))
    const times = records.map((record) => record.timestamp)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times[0]).toBeGreaterThan(Date.UTC(2000, 0, 1))
  })
}

function refusals(stage: Stage): void {
  test('refuses to publish to a topic that does not exist', async () => {
    const missing = stage.log.publish([{ topic: stage.fixture.topic('none'), key: 'k', value: 'v' }])
    await expect(missing).rejects.toMatchObject({ name: 'PlatformError', code: 'LOG_TOPIC_MISSING' })
  })

  test('refuses a record that is too large, and goes on after it', async () => {
    const topic = await stage.topic('too-large')
    const huge = stage.log.publish([{ topic, key: 'k', value: new Uint8Array(TOO_LARGE_BYTES) }])
    await expect(huge).rejects.toMatchObject({ code: 'LOG_RECORD_TOO_LARGE', retryable: false })
    await stage.log.publish([{ topic, key: 'k', value: 'small' }])
    const [records = []] = await readTopic(stage.log, topic, stage.group())
    expect(records.map((record) => textOf(record.value))).toEqual(['small'])
  })
}
