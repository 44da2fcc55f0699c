// Batches of our own making against our decoder, against kafkajs's, and against the batch that kafkajs makes.

import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NewRecord } from '#log/event_log'
import { type EncodedBatch, RecordBatchEncoder } from '#log/kafka/record_batch/encode_batch'
import { RecordParts } from '#log/kafka/record_batch/record_parts'
import { STAMP, stamped, stampedRecords } from '#support/log/stamped_batches'

const require = createRequire(import.meta.url)
const KafkajsDecoder = require('kafkajs/src/protocol/decoder')
const decodeByKafkajs = require('kafkajs/src/protocol/recordBatch/v0/decoder')
const makeRecordByKafkajs = require('kafkajs/src/protocol/recordBatch/record/v0')
const { RecordBatch: makeBatchByKafkajs } = require('kafkajs/src/protocol/recordBatch/v0')

const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('', '\ud800', 'é'.repeat(40), 'x'.repeat(20_000)),
)
const content = fc.oneof(text, fc.uint8Array({ maxLength: 300 }))
const record: fc.Arbitrary<NewRecord> = fc.record(
  {
    topic: fc.constant('t'),
    key: fc.option(content, { nil: null }),
    value: fc.option(content, { nil: null }),
    headers: fc.dictionary(
      text.filter((name) => name !== '__proto__'),
      content,
      { maxKeys: 3 },
    ),
  },
  { requiredKeys: ['topic', 'key', 'value'] },
)
const records = fc.array(record, { minLength: 1, maxLength: 150 })

const bytesOf = (given: string | Uint8Array | null) => given && Buffer.from(given)
const headersOf = ({ headers = {} }: NewRecord) => {
  const entries = Object.entries(headers).map(([name, value]) => [Buffer.from(name).toString(), Buffer.from(value)])
  return entries.length === 0 ? null : Object.fromEntries(entries)
}

function encode(given: readonly NewRecord[]): EncodedBatch {
  const encoder = new RecordBatchEncoder()
  const parts = new RecordParts()
  for (const each of given) {
    parts.read(each)
    const before = encoder.bytes
    encoder.append(parts)
    expect(encoder.bytes - before).toBeLessThanOrEqual(parts.bytesMax)
  }
  const length = encoder.bytes
  const batch = encoder.end()
  expect(batch).toMatchObject({ recordCount: given.length })
  expect(batch.bytes).toHaveLength(length)
  return batch
}

const expected = (given: readonly NewRecord[]) =>
  given.map((each, offset) => ({
    offset,
    timestamp: STAMP.timestamp,
    key: bytesOf(each.key === '' ? Buffer.alloc(0) : each.key),
    value: bytesOf(each.value === '' ? Buffer.alloc(0) : each.value),
    headers: headersOf(each),
  }))

describe('an encoded batch', () => {
  test('holds what was put in', () => {
    fc.assert(
      fc.property(records, (given) => {
        expect(stampedRecords(encode(given).bytes)).toEqual(expected(given))
      }),
      { numRuns: 300 },
    )
  })

  test('holds what kafkajs reads out of it', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (given) => {
        const found = await decodeByKafkajs(new KafkajsDecoder(stamped(encode(given).bytes)))
        const wanted = expected(given)
        expect(found).toMatchObject({ producerId: '7', producerEpoch: 3, firstSequence: 42, inTransaction: true })
        expect(found.records).toHaveLength(given.length)
        expect(found.records.map(({ key, value }: NewRecord) => [key, value])).toEqual(
          wanted.map(({ key, value }) => [key, value]),
        )
        expect(found.records.map(({ offset, timestamp }: Record<string, string>) => [offset, timestamp])).toEqual(
          wanted.map(({ offset, timestamp }) => [String(offset), String(timestamp)]),
        )
      }),
      { numRuns: 200 },
    )
  })

  test('is the batch that kafkajs makes, byte for byte, but for the epoch of a leader that neither knows', async () => {
    await fc.assert(
      fc.asyncProperty(records, fc.boolean(), async (given, isTransactional) => {
        const ours = stamped(encode(given).bytes, { ...STAMP, isTransactional })
        const { timestamp, producerId, producerEpoch, firstSequence } = STAMP
        const theirs = await makeBatchByKafkajs({
          records: given.map((each, offsetDelta) =>
            makeRecordByKafkajs({
              offsetDelta,
              key: bytesOf(each.key === '' ? Buffer.alloc(0) : each.key),
              value: bytesOf(each.value === '' ? Buffer.alloc(0) : each.value),
              headers: Object.fromEntries(
                Object.entries(each.headers ?? {}).map(([name, value]) => [name, Buffer.from(value)]),
              ),
            }),
          ),
          firstTimestamp: timestamp,
          maxTimestamp: timestamp,
          producerId: String(producerId),
          producerEpoch,
          firstSequence,
          transactional: isTransactional,
          lastOffsetDelta: given.length - 1,
        })
        ours.writeInt32BE(0, 12)
        expect(ours.equals(theirs.buffer)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('stays as it is when the next one is encoded', () => {
    const first = encode([{ topic: 't', key: 'a', value: 'first' }])
    const second = encode([{ topic: 't', key: 'b', value: 'other' }])
    expect(stampedRecords(first.bytes)).toMatchObject([{ value: Buffer.from('first') }])
    expect(stampedRecords(second.bytes)).toMatchObject([{ offset: 0, value: Buffer.from('other') }])
  })

  test.each([
    ['is used again by batches that begin as large', 100_000, true],
    ['is not kept where batches begin small and grow, since none of them would take it', undefined, false],
  ])('gives its memory up, which %s', (_, capacity, isKept) => {
    const parts = new RecordParts()
    parts.read({ topic: 't', key: null, value: Buffer.alloc(200_000) })
    const encoder = new RecordBatchEncoder(capacity)
    encoder.append(parts)
    const { bytes, release } = encoder.end()
    release()
    const next = new RecordBatchEncoder(bytes.length).end()
    expect(next.bytes.buffer === bytes.buffer).toBe(isKept)
  })
})
