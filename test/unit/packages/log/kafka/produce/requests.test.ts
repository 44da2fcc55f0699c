// Records to produce requests: placed, bounded, in order, and refused as a whole when one cannot be sent.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NewRecord } from '#log/event_log'
import { KAFKA_LIMITS } from '#log/kafka/limits'
import { type ProduceRequest, produceRequests, type RequestContext } from '#log/kafka/produce/requests'
import { roundRobin } from '#log/partitioner'
import { type ColumnRecord, newColumns } from '#support/log/new_columns'
import { partitionOfKey } from '#support/log/partition_of_key'
import { stampedRecords } from '#support/log/stamped_batches'

const limits = { ...KAFKA_LIMITS, requestRecordsMax: 5, requestBytesMax: 2_000 }

function context(batchBytesMax = 1_000, partitions = 4): RequestContext {
  const facts = new Map(['a', 'b'].map((topic) => [topic, { partitions, batchBytesMax }]))
  return { facts, limits, spread: roundRobin() }
}

const record: fc.Arbitrary<NewRecord> = fc.record({
  topic: fc.constantFrom('a', 'b'),
  key: fc.option(fc.string({ maxLength: 5 }), { nil: null }),
  value: fc.string({ maxLength: 300 }),
})

/** The records of a request, each with its place. */
function recordsOf(request: ProduceRequest) {
  return request.flatMap(({ topic, batches }) =>
    batches.flatMap((batch) =>
      stampedRecords(batch.bytes).map((record) => ({ ...record, topic, partition: batch.partition })),
    ),
  )
}

describe('produce requests', () => {
  test('of columns are those of the same records as objects', () => {
    const headers = fc.constantFrom(undefined, { a: 'b' })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 60 }), headers, (records, given) => {
        const columns = newColumns(records as ColumnRecord[], { topic: 'a', headers: given })
        const sent = (requests: ProduceRequest[]) => requests.map(recordsOf)
        expect(sent(produceRequests(columns, context()))).toEqual(sent(produceRequests([...columns], context())))
      }),
    )
  })

  test('hold every record once, in the order of each partition, within all limits', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 60 }), (records) => {
        const numbered = records.map((each, i) => ({ ...each, headers: { n: String(i) } }))
        const requests = produceRequests(numbered, context())
        const sent = requests.flatMap((request) =>
          recordsOf(request).map(({ topic, partition, headers }) => ({
            at: `${topic}/${partition}`,
            n: Number(Buffer.from(headers?.n ?? []).toString()),
          })),
        )
        expect(sent.map(({ n }) => n).sort((x, y) => x - y)).toEqual(records.map((_, i) => i))
        for (const at of new Set(sent.map((each) => each.at))) {
          const order = sent.filter((each) => each.at === at).map(({ n }) => n)
          expect(order).toEqual([...order].sort((x, y) => x - y))
        }
        for (const request of requests) {
          const batches = request.flatMap((topic) => topic.batches)
          expect(recordsOf(request).length).toBeLessThanOrEqual(5)
          expect(batches.reduce((sum, { length }) => sum + length, 0)).toBe(recordsOf(request).length)
          expect(batches.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(2_000 + 61 * batches.length)
          for (const { bytes } of batches) expect(bytes.length).toBeLessThanOrEqual(1_000)
          for (const { topic, batches: own } of request) {
            expect(request.filter((each) => each.topic === topic)).toHaveLength(1)
            expect(new Set(own.map(({ partition }) => partition)).size).toBe(own.length)
          }
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
    const placed = Object.fromEntries(recordsOf(request).map(({ value, partition }) => [String(value), partition]))
    expect(placed).toEqual({ 1: partitionOfKey(Buffer.from('AAPL'), 4), 2: 3, 3: 0, 4: 1 })
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
    const [sent] = recordsOf(request)
    expect(sent?.key).toEqual(Buffer.from([2, 3]))
    expect(sent?.value).toBeNull()
  })
})
