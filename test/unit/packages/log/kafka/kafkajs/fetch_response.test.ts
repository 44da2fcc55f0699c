// Answers to a fetch of every version that is patched, against kafkajs's own decoders and against damage.

import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { decodeFetchResponse } from '#log/kafka/kafkajs/fetch_response'
import { recordBatchBytes } from '#support/log/record_batches'

const VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11]

const require = createRequire(import.meta.url)

const int16 = (value: number) => Buffer.from([(value >> 8) & 255, value & 255])
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const int64 = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}
const text = (value: string) => Buffer.concat([int16(value.length), Buffer.from(value)])

const RECORDS = recordBatchBytes({ baseOffset: 40, records: [{ offsetDelta: 0, value: 'a' }] })

/** A partition without and one with aborted transactions and records. */
function answer(version: number): Buffer {
  const partition = (number: number, aborted: Buffer, records: Buffer) => [
    int32(number),
    int16(0),
    int64(42n),
    int64(41n),
    ...(version >= 5 ? [int64(7n)] : []),
    aborted,
    ...(version >= 11 ? [int32(-1)] : []),
    int32(records.length),
    records,
  ]
  return Buffer.concat([
    int32(250),
    ...(version >= 7 ? [int16(0), int32(9)] : []),
    int32(1),
    text('stock-prices'),
    int32(2),
    ...partition(0, int32(-1), Buffer.alloc(0)),
    ...partition(1, Buffer.concat([int32(1), int64(5n), int64(40n)]), RECORDS),
  ])
}

describe.each(VERSIONS)('an answer of version %i', (version) => {
  test('says what kafkajs reads in it, and keeps the records as bytes', async () => {
    const { decode } = require(`kafkajs/src/protocol/requests/fetch/v${version}/response`)
    const ours = decodeFetchResponse(answer(version), version)
    const { responses, ...head } = await decode(answer(version))
    expect(ours).toMatchObject(head)
    const [{ topicName, partitions }] = responses
    expect(ours.responses).toMatchObject([{ topicName, partitions: partitions.map(withoutRecords) }])
    const [message, ...more] = ours.responses[0]?.partitions[1]?.messages ?? []
    expect(message).toMatchObject({ bytes: RECORDS, aborted: [{ producerId: 5n, firstOffset: 40 }] })
    expect(more).toEqual([])
  })

  test('that ends early is an error', () => {
    const whole = answer(version)
    for (let end = 0; end < whole.length; end++) {
      expect(() => decodeFetchResponse(whole.subarray(0, end), version)).toThrow(RangeError)
    }
  })
})

function withoutRecords({ messages: _, abortedTransactions: __, ...facts }: Record<string, unknown>) {
  return facts
}

test('a topic whose name has a length below zero is not read again and again', () => {
  const [topics, first, second] = [int32(1_000), [int16(0), int32(0)], int16(-6)]
  const endless = Buffer.concat([int32(0), topics, ...first, second])
  expect(() => decodeFetchResponse(endless, 4)).toThrow(RangeError)
})
