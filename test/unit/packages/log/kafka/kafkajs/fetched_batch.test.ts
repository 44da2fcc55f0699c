// A fetch as a batch of the port: positions count what readers never see.

import { describe, expect, test } from 'vitest'
import { type FetchedBatch, recordBatchOf } from '#log/kafka/kafkajs/fetched_batch'
import { markerBytes, recordBatchBytes } from '#support/log/record_batches'

const batchAt = (baseOffset: number, lastOffsetDelta = 0) =>
  recordBatchBytes({ baseOffset, records: [{ offsetDelta: 0, value: 'v' }], lastOffsetDelta })
const marker = (offset: number) => markerBytes({ offset, producerId: 1n, kind: 'commit' })

function fetched(batches: readonly Uint8Array[], highWatermark = 100): FetchedBatch {
  const rawMessages = [{ offset: '', bytes: Buffer.concat(batches), aborted: [] }]
  return { topic: 't', partition: 0, highWatermark: String(highWatermark), fetchedOffset: '5', rawMessages }
}

describe('a fetched batch', () => {
  test('ends behind a marker at its end', () => {
    const batch = recordBatchOf(fetched([batchAt(5), marker(6)]))
    expect([batch.records.map(({ offset }) => offset), batch.next, batch.logEnd]).toEqual([[5], 7, 100])
  })

  test('of markers alone has no records and a position after them', () => {
    const batch = recordBatchOf(fetched([marker(5), marker(6)]))
    expect([batch.records, batch.next]).toEqual([[], 7])
  })

  test('of nothing at all stands where it was asked for', () => {
    const batch = recordBatchOf({ ...fetched([]), rawMessages: [] })
    expect([batch.records, batch.next]).toEqual([[], 5])
  })

  test('ends where its last record batch ended, whatever compaction has left of that', () => {
    expect(recordBatchOf(fetched([batchAt(5, 4)])).next).toBe(10)
  })

  test('never ends beyond the end that it names', () => {
    expect(recordBatchOf(fetched([batchAt(5)], 3)).logEnd).toBe(6)
  })

  test('is handed over in parts that cover it without gaps', () => {
    const batches = Array.from({ length: 7 }, (_, i) => batchAt(5 + i * 2))
    const parts = [...recordBatchOf(fetched(batches)).parts(3)]
    expect(parts.map(({ count }) => count)).toEqual([3, 3, 1])
    expect(parts.flatMap(({ records }) => records.map(({ offset }) => offset))).toEqual([5, 7, 9, 11, 13, 15, 17])
    expect(parts.map(({ next }) => next)).toEqual([11, 17, 18])
  })

  test('whose bytes are damaged is an error that names the place and what to do', () => {
    const damaged = batchAt(5)
    damaged[68] = 1
    expect(() => recordBatchOf(fetched([damaged]))).toThrow(
      expect.objectContaining({
        code: 'LOG_FAILED',
        message: expect.stringMatching(/t\/0, at offset 5 or soon after, cannot be read: its checksum .*; start again/),
      }),
    )
  })
})
