// Records kept by where they stand: what came after a position is whole, or said to be short.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Offset, offset } from '#runtime/units'
import { type Kept, KeptRecords } from '#services/web/live/kept_records'

const at = (...offsets: number[]): Offset[] => offsets.map(offset)
const record = (partition: number, place: number): Kept<string> => {
  return { symbol: 'AAPL', row: `${partition}/${place}`, partition, offset: offset(place) }
}

function begun(recordsMax: number, starts: number[] = [0, 0]): KeptRecords<string> {
  const kept = new KeptRecords<string>(recordsMax)
  kept.begin({ topicId: 't', logStarts: at(...starts.map(() => 0)), starts: at(...starts) })
  return kept
}

describe('records after a position', () => {
  test('come in the order in which they came, from the position on', () => {
    const kept = begun(10)
    for (const [partition, place] of [
      [0, 0],
      [1, 0],
      [0, 1],
    ] as const)
      kept.add(record(partition, place))
    kept.passed(0, offset(2))
    kept.passed(1, offset(1))
    expect(kept.position).toEqual({ topicId: 't', next: [2, 1] })
    const since = kept.since({ topicId: 't', next: at(1, 0) })
    expect(since.records.map((each) => each.row)).toEqual(['1/0', '0/1'])
    expect(since.missing).toBe(0)
  })

  test('are said to be missing when they lie before what is kept', () => {
    const kept = begun(10, [5, 3])
    expect(kept.since({ topicId: 't', next: at(2, 3) }).missing).toBe(3)
    expect(kept.since({ topicId: 't', next: at(5, 3) }).missing).toBe(0)
    expect(kept.since(null).missing).toBe(8)
  })

  test('are all there are when the position is of another life of the topic, or of none', () => {
    const kept = begun(10)
    kept.add(record(0, 0))
    expect(kept.since({ topicId: 'another', next: at(9, 9) }).records).toHaveLength(1)
    expect(kept.since(null)).toEqual({ records: [record(0, 0)], missing: 0 })
  })

  test('that the log itself has let go of are not missed', () => {
    const kept = new KeptRecords<string>(10)
    kept.begin({ topicId: 't', logStarts: at(100), starts: at(100) })
    expect(kept.since(null).missing).toBe(0)
  })

  test('that the log itself has let go of are not held', () => {
    const kept = new KeptRecords<string>(10)
    kept.begin({ topicId: 't', logStarts: at(100), starts: at(100) })
    expect(kept.holdsAllSince(at(99))).toBe(false)
    expect(kept.holdsAllSince(at(100))).toBe(true)
    kept.skipped(0, offset(107))
    expect(kept.holdsAllSince(at(106))).toBe(false)
  })

  test('of a partition that was added are kept from its beginning', () => {
    const kept = begun(10, [4])
    kept.add(record(1, 0))
    kept.passed(1, offset(1))
    expect(kept.position?.next).toEqual([4, 1])
    expect(kept.since({ topicId: 't', next: at(4) })).toEqual({ records: [record(1, 0)], missing: 0 })
  })

  test('are forgotten with the topic', () => {
    const kept = begun(10)
    kept.add(record(0, 0))
    kept.begin({ topicId: 'u', logStarts: at(0), starts: at(0) })
    expect(kept.all()).toEqual([])
    expect(kept.position).toEqual({ topicId: 'u', next: [0] })
  })

  test('nothing is claimed for what was skipped', () => {
    const kept = begun(10)
    kept.skipped(0, offset(7))
    expect(kept.since({ topicId: 't', next: at(2, 0) }).missing).toBe(5)
  })
})

test('whatever the limit, records after a position are whole or their number is said', () => {
  const arrivals = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 60 })
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(20)), (partitions, recordsMax, asked) => {
      const kept = begun(recordsMax, [0, 0, 0])
      const next = [0, 0, 0]
      for (const partition of partitions) {
        const place = next[partition] as number
        kept.add(record(partition, place))
        kept.passed(partition, offset(place + 1))
        next[partition] = place + 1
      }
      const taken = next.map((end, partition) => Math.min(end, asked[partition] ?? 0))
      const { records, missing } = kept.since({ topicId: 't', next: at(...taken) })
      const after = next.reduce((sum, end, partition) => sum + end - (taken[partition] as number), 0)
      expect(records.length + missing).toBe(after)
      expect(new Set(records.map((each) => each.row)).size).toBe(records.length)
      for (let sequence = 0; sequence <= kept.sequence; sequence++) {
        const newer = kept.newer(sequence)
        if (kept.sequence - sequence > recordsMax) expect(newer).toBeNull()
        else expect(newer).toHaveLength(kept.sequence - sequence)
      }
    }),
  )
})
