// A fetch as a batch of the port: positions count what readers never see.

import { describe, expect, test } from 'vitest'
import { type FetchedBatch, partsOf, recordBatchOf } from '#log/kafka/fetched_batch'

function fetched(
  raw: readonly { offset: number; last?: number; visible: boolean }[],
  highWatermark = 100,
): FetchedBatch {
  const rawMessages = raw.map(({ offset, last = offset }) => ({
    offset: String(offset),
    batchContext: { firstOffset: String(offset), lastOffsetDelta: last - offset },
  }))
  const messages = raw
    .filter(({ visible }) => visible)
    .map(({ offset }) => ({
      offset: String(offset),
      timestamp: '1000',
      key: null,
      value: Buffer.from('v'),
      headers: {},
    }))
  const facts = { topic: 't', partition: 0, highWatermark: String(highWatermark), fetchedOffset: '5' }
  return { ...facts, messages, rawMessages } as unknown as FetchedBatch
}

describe('a fetched batch', () => {
  test('ends behind a marker at its end', () => {
    const batch = recordBatchOf(
      fetched([
        { offset: 5, visible: true },
        { offset: 6, visible: false },
      ]),
    )
    expect([batch.records.map(({ offset }) => offset), batch.next, batch.logEnd]).toEqual([[5], 7, 100])
  })

  test('of markers alone has no records and a position after them', () => {
    const batch = recordBatchOf(
      fetched([
        { offset: 5, visible: false },
        { offset: 6, visible: false },
      ]),
    )
    expect([batch.records, batch.next]).toEqual([[], 7])
  })

  test('ends where its last record batch ended, whatever compaction has left of that', () => {
    expect(recordBatchOf(fetched([{ offset: 5, last: 9, visible: true }])).next).toBe(10)
  })

  test('never ends beyond the end that it names', () => {
    expect(recordBatchOf(fetched([{ offset: 5, visible: true }], 3)).logEnd).toBe(6)
  })

  test('is handed over in parts that cover it without gaps', () => {
    const raw = Array.from({ length: 7 }, (_, i) => ({ offset: 5 + i * 2, visible: true }))
    const parts = [...partsOf(recordBatchOf(fetched(raw)), 3)]
    expect(parts.map(({ records }) => records.length)).toEqual([3, 3, 1])
    expect(parts.map(({ next }) => next)).toEqual([11, 17, 18])
  })
})
