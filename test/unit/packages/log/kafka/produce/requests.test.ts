// Records to produce requests: placed, bounded, in order, and refused as a whole when one cannot be sent.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NewRecord } from '#log/event_log'
import { KAFKA_LIMITS } from '#log/kafka/limits'
import { produceRequests, type RequestContext } from '#log/kafka/produce/requests'
import { partitionOfKey, roundRobin } from '#log/partitioner'

const limits = { ...KAFKA_LIMITS, requestPartitionRecordsMax: 3, requestRecordsMax: 5, requestBytesMax: 2_000 }

function context(batchBytesMax = 1_000, partitions = 4): RequestContext {
  const facts = new Map(['a', 'b'].map((topic) => [topic, { partitions, batchBytesMax }]))
  return { facts, limits, spread: roundRobin() }
}

const record: fc.Arbitrary<NewRecord> = fc.record({
  topic: fc.constantFrom('a', 'b'),
  key: fc.option(fc.string({ maxLength: 5 }), { nil: null }),
  value: fc.string({ maxLength: 300 }),
})

describe('produce requests', () => {
  test('hold every record once, in the order of each partition, within all limits', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 60 }), (records) => {
        const numbered = records.map((each, i) => ({ ...each, headers: { n: String(i) } }))
        const requests = produceRequests(numbered, context())
        const sent = requests.flatMap((request) =>
          request.flatMap(({ topic, messages }) =>
            messages.map((message) => ({ at: `${topic}/${message.partition}`, n: Number(String(message.headers?.n)) })),
          ),
        )
        expect(sent.map(({ n }) => n).sort((x, y) => x - y)).toEqual(records.map((_, i) => i))
        for (const at of new Set(sent.map((each) => each.at))) {
          const order = sent.filter((each) => each.at === at).map(({ n }) => n)
          expect(order).toEqual([...order].sort((x, y) => x - y))
        }
        for (const request of requests) {
          const messages = request.flatMap(({ topic, messages }) => messages.map((m) => `${topic}/${m.partition}`))
          expect(messages.length).toBeLessThanOrEqual(5)
          for (const at of messages) expect(messages.filter((each) => each === at).length).toBeLessThanOrEqual(3)
        }
      }),
    )
  })

  test('put a key where it hashes to, a named partition before that, and spread the rest', () => {
    const records = [
      { topic: 'a', key: 'AAPL', value: '1' },
      { topic: 'a', key: 'AAPL', value: '2', partition: 3 },
      { topic: 'a', key: null, value: '3' },
      { topic: 'a', key: null, value: '4' },
    ]
    const [request = []] = produceRequests(records, context())
    const partitions = request.flatMap(({ messages }) => messages.map(({ partition }) => partition))
    expect(partitions).toEqual([partitionOfKey(Buffer.from('AAPL'), 4), 3, 0, 1])
  })

  test('refuse a record that the topic cannot take, before anything is sent', () => {
    const records = [
      { topic: 'a', key: 'k', value: 'small' },
      { topic: 'b', key: 'k', value: 'x'.repeat(1_000) },
    ]
    const refused = { code: 'LOG_RECORD_TOO_LARGE', retryable: false }
    expect(() => produceRequests(records, context())).toThrow(expect.objectContaining(refused))
    expect(() => produceRequests(records, context())).toThrow(
      'a record of 1033 bytes is larger than topic b takes (1000 bytes)',
    )
  })

  test('refuse a partition that the topic does not have', () => {
    const records = [{ topic: 'a', key: 'k', value: 'v', partition: 4 }]
    expect(() => produceRequests(records, context())).toThrow('topic a has 4 partitions')
  })

  test('carry text and bytes alike, nulls as nulls, and views without what is around them', () => {
    const around = new Uint8Array([1, 2, 3, 4])
    const [request = []] = produceRequests([{ topic: 'a', key: around.subarray(1, 3), value: null }], context())
    const message = request[0]?.messages[0]
    expect(message?.key).toEqual(Buffer.from([2, 3]))
    expect(message?.value).toBeNull()
  })
})
