// What is published to Kafka: there once when an answer is lost, and as foreign consumers expect it.

import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import kafkajs from 'kafkajs'
import { expect, test } from 'vitest'
import { describeWithKafka } from '#support/services/services'
import { newTopic, openLog, readAll } from './kafka_stage.ts'

const run = promisify(execFile)

interface Answer {
  parse(decoded: unknown): Promise<unknown>
}

const require = createRequire(import.meta.url)
/** The answers of produce requests in the version that Kafka 4 and kafkajs agree on. */
const answer = require('kafkajs/src/protocol/requests/produce/v7/response') as Answer

/** Loses the answers with these numbers, counted from here: the broker has done what it was asked to. */
function loseAnswers(numbers: readonly number[]): { readonly seen: () => number; readonly restore: () => void } {
  const { parse } = answer
  let seen = 0
  answer.parse = async (decoded) => {
    if (numbers.includes(++seen)) throw new kafkajs.KafkaJSConnectionError('the answer was lost')
    return await parse(decoded)
  }
  const restore = () => {
    answer.parse = parse
  }
  return { seen: () => seen, restore }
}

const values = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i))

describeWithKafka('publishing to Kafka', ({ brokers }) => {
  test('is done again when its answer is lost, and every record is there once, in order', async () => {
    const log = await openLog(brokers)
    const topic = await newTopic(log)
    const publish = (from: number, to: number) =>
      log.publish(values(from, to).map((value) => ({ topic, partition: 0, key: null, value })))
    await publish(0, 7)
    const { seen, restore } = loseAnswers([1, 2, 4])
    try {
      await publish(7, 100)
      await publish(100, 103)
      await publish(103, 104)
      expect(seen()).toBe(6)
    } finally {
      restore()
    }
    expect(await readAll(log, topic)).toEqual(values(0, 104))
    await log.close()
  })

  test('is read by a consumer that is not ours', async () => {
    const log = await openLog(brokers)
    const topic = await newTopic(log)
    const headers = { text: 'ä', bytes: Buffer.from([0, 255]) }
    await log.publish([
      { topic, key: 'Zürich', value: '€', headers },
      { topic, key: null, value: null },
      { topic, key: Buffer.from([1]), value: Buffer.alloc(20_000, 7) },
    ])
    const latin1 = (content: string | Buffer) => Buffer.from(content).toString('latin1')
    const named = [
      ['text', latin1('ä')],
      ['bytes', latin1(headers.bytes)],
    ]
    const reader = fileURLToPath(new URL('./kafka_bare_reader.ts', import.meta.url))
    const { stdout } = await run(process.execPath, [reader, brokers, topic, '3'], { timeout: 60_000 })
    expect(JSON.parse(stdout)).toEqual([
      { offset: '0', key: latin1('Zürich'), value: latin1('€'), headers: named },
      { offset: '1', key: null, value: null, headers: [] },
      { offset: '2', key: '\u0001', value: '\u0007'.repeat(20_000), headers: [] },
    ])
    await log.close()
  })
})
