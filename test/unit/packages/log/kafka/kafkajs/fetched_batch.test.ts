// A fetch as a batch of the port: positions count what readers never see.

import { describe, expect, test } from 'vitest'
import { type FetchedMessage, hideAborted } from '#log/kafka/kafkajs/aborted_records'
import { type FetchedBatch, partsOf, recordBatchOf } from '#log/kafka/kafkajs/fetched_batch'

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

describe('records of aborted transactions', () => {
  const record = (offset: number, producerId: string, inTransaction = true): FetchedMessage => {
    return { offset: String(offset), key: null, batchContext: { producerId, inTransaction }, isControlRecord: false }
  }
  const marker = (offset: number, producerId: string, type: 0 | 1): FetchedMessage => {
    return { ...record(offset, producerId), key: Uint8Array.of(0, 0, 0, type), isControlRecord: true }
  }
  /** The offsets that are left to be read. */
  const shown = (messages: readonly FetchedMessage[], aborted: readonly [producerId: string, first: number][]) => {
    const transactions = aborted.map(([producerId, first]) => ({ producerId, firstOffset: String(first) }))
    hideAborted(messages, transactions)
    return messages.filter((message) => message.isControlRecord !== true).map(({ offset }) => Number(offset))
  }

  test('are hidden where transactions interleave, in whatever order they are listed', () => {
    const messages = () => [record(5, 'a'), record(6, 'b'), record(7, 'a'), marker(8, 'b', 0), marker(9, 'a', 0)]
    expect(
      shown(messages(), [
        ['b', 6],
        ['a', 5],
      ]),
    ).toEqual([])
    expect(
      shown(messages(), [
        ['a', 5],
        ['b', 6],
      ]),
    ).toEqual([])
  })

  test('end with their marker: what the producer commits afterwards is shown', () => {
    // Both were begun before the first record of this fetch.
    const messages = [marker(20, 'a', 0), record(21, 'b'), marker(22, 'b', 0), record(23, 'a'), marker(24, 'a', 1)]
    expect(
      shown(messages, [
        ['a', 9],
        ['b', 8],
      ]),
    ).toEqual([23])
  })

  test('are of their producer only, and of its transactions only', () => {
    const key = Uint8Array.of(0, 0, 0, 0)
    const plain = { ...record(4, 'a', false), key }
    expect(shown([record(3, 'c'), plain, record(5, 'a'), marker(6, 'a', 0)], [['a', 3]])).toEqual([3, 4])
    expect(shown([{ offset: '1', key: null }], [['a', 0]])).toEqual([1])
  })
})
