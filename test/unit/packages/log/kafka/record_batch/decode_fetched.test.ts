// Bytes of a fetch against kafkajs's own decoder, against what was put in, and against damage of every kind.

import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogRecord } from '#log/event_log'
import { DamagedBatch, TIME_MAX } from '#log/kafka/record_batch/batch_header'
import { type AbortedTransaction, decodeFetched } from '#log/kafka/record_batch/decode_fetched'
import { damagedFetch } from '#support/log/damaged_batches'
import {
  type GivenBatch,
  type GivenRecord,
  markerBytes,
  recordBatchBytes,
  sealed,
  varint,
} from '#support/log/record_batches'
import { randomOf } from '#support/simulation/world/random'

/** Mutations of a batch in one run; TEST_FUZZ=full: many. */
const MUTATIONS = process.env.TEST_FUZZ === 'full' ? 1_000_000 : 20_000

const FUZZ_TIMEOUT_MS = 3_600_000
/** Nothing that fits into one fetch may take as long, on however slow a machine. */
const SLOWEST_MS = 20_000
const ABORTED = [{ producerId: 1n, firstOffset: 0 }]

const require = createRequire(import.meta.url)
const KafkajsDecoder = require('kafkajs/src/protocol/decoder')
const decodeByKafkajs = require('kafkajs/src/protocol/recordBatch/v0/decoder')

function decode(batches: readonly Buffer[], options: { from?: number; aborted?: readonly AbortedTransaction[] } = {}) {
  const { from = 0, aborted = [] } = options
  const { columns, next } = decodeFetched({ bytes: Buffer.concat(batches), from, aborted })
  return { records: Array.from({ length: columns.count }, (_, row) => columns.recordAt(row)), next }
}

const values = ({ records }: { records: readonly LogRecord[] }) => records.map(({ value }) => String(value))
const next = (baseOffset: number, value: string) => recordBatchBytes({ baseOffset, records: [record(0, value)] })
const record = (offsetDelta: number, value: string): GivenRecord => ({ offsetDelta, value })

/** What a batch says of a record, as the port has it. */
function expected(batch: GivenBatch, given: GivenRecord) {
  const bytes = (value: string | Uint8Array | null | undefined) => (value == null ? null : Buffer.from(value))
  const entries = given.headers?.map(([name, value]) => [name, bytes(value) ?? Buffer.alloc(0)])
  return {
    offset: batch.baseOffset + given.offsetDelta,
    timestamp: batch.logAppendTime ?? Number(batch.baseTimestamp ?? 0) + Number(given.timestampDelta ?? 0),
    key: bytes(given.key),
    value: bytes(given.value),
    headers: entries === undefined || entries.length === 0 ? null : Object.fromEntries(entries),
  }
}

/** With all byte arrays as Buffers, so that they compare. */
const plain = (found: LogRecord) => ({
  ...found,
  key: found.key && Buffer.from(found.key),
  value: found.value && Buffer.from(found.value),
  headers:
    found.headers &&
    Object.fromEntries(Object.entries(found.headers).map(([name, value]) => [name, Buffer.from(value)])),
})

/**
 * Null when the bytes are damaged, and that is said. Otherwise what is wrong with the records; '' when nothing is: all
 * batches that lie whole in the bytes must be there with all their records, but for markers and aborted transactions.
 */
function faultOf(bytes: Buffer, aborted: readonly AbortedTransaction[]): string | null {
  try {
    const { columns, next } = decodeFetched({ bytes, from: 0, aborted })
    if (bytes.length > 0 && next === 0) return 'no progress, and no error'
    if (aborted.length === 0 && columns.count !== recordsIn(bytes)) return `${columns.count} records`
    let before = -1
    for (let row = 0; row < columns.count; row++) {
      const { offset, key, value } = columns.recordAt(row)
      if (offset >= next || !Number.isSafeInteger(offset) || offset <= before) return `${offset} after ${before}`
      before = offset
      if ((key?.length ?? 0) + (value?.length ?? 0) > columns.bytes.length) return 'a key or value beyond the bytes'
    }
    return ''
  } catch (error) {
    if (error instanceof DamagedBatch) return null
    throw error
  }
}

/** What the headers of whole batches say, markers left out: read here by hand. */
function recordsIn(bytes: Buffer): number {
  let count = 0
  for (let at = 0; at + 61 <= bytes.length; at += 12 + bytes.readInt32BE(at + 8)) {
    if (at + 12 + bytes.readInt32BE(at + 8) > bytes.length) break
    if ((bytes.readInt16BE(at + 21) & 0x20) === 0) count += bytes.readInt32BE(at + 57)
  }
  return count
}

const anyBytes = fc.oneof(fc.constant(null), fc.string(), fc.uint8Array({ maxLength: 300 }))
const anyBatch = fc
  .record({
    baseOffset: fc.integer({ min: 0, max: 2 ** 40 }),
    baseTimestamp: fc.integer({ min: -1, max: 2 ** 42 }),
    logAppendTime: fc.option(fc.integer({ min: 0, max: 2 ** 42 }), { nil: undefined }),
    codec: fc.constantFrom(undefined, 'gzip' as const, 'zstd' as const),
    rows: fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 300 }),
        timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
        key: anyBytes,
        value: anyBytes,
        headers: fc.uniqueArray(fc.tuple(fc.string(), anyBytes), {
          maxLength: 3,
          selector: ([name]) => (name === '__proto__' ? 'x' : name),
        }),
      }),
      { maxLength: 20 },
    ),
  })
  .map(({ rows, codec, logAppendTime, ...rest }): GivenBatch => {
    let offsetDelta = -1
    const records = rows.map(({ gap, ...given }) => {
      offsetDelta += gap
      return { ...given, offsetDelta }
    })
    return { ...rest, records, ...(codec && { codec }), ...(logAppendTime !== undefined && { logAppendTime }) }
  })

describe('records', () => {
  test('come out as they were put in, packed or not', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        const { records, next } = decode([recordBatchBytes(batch)])
        expect(records.map(plain)).toEqual(batch.records.map((given) => expected(batch, given)))
        expect(next).toBe(batch.baseOffset + (batch.records.at(-1)?.offsetDelta ?? 0) + 1)
      }),
      { numRuns: 300 },
    )
  })

  test('are what kafkajs makes of them', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatch, async (given) => {
        const { codec, ...batch } = given
        const bytes = recordBatchBytes(batch)
        const theirs = (await decodeByKafkajs(new KafkajsDecoder(bytes))) as { records: Record<string, unknown>[] }
        const ours = decode([bytes]).records
        const outline = ours.map(({ offset, timestamp, key, value }) => [offset, timestamp, key, value].map(String))
        expect(outline).toEqual(
          theirs.records.map(({ offset, timestamp, key, value }) => [offset, timestamp, key, value].map(String)),
        )
      }),
      { numRuns: 200 },
    )
  })

  test('of several batches stand in one view, some of them packed', () => {
    const batches = [
      recordBatchBytes({ baseOffset: 5, records: [record(0, 'a'), record(1, 'b')] }),
      recordBatchBytes({ baseOffset: 7, records: [record(0, 'c')], codec: 'zstd' }),
      recordBatchBytes({ baseOffset: 8, records: [record(0, 'd')] }),
    ]
    const found = decode(batches, { from: 5 })
    expect(values(found)).toEqual(['a', 'b', 'c', 'd'])
    expect(found.next).toBe(9)
  })

  test('that the broker has timed are read whatever time their producer gave them', () => {
    const inNanoseconds = 1_700_000_000_000_000_000n
    const records = [{ ...record(0, 'a'), timestampDelta: -(2n ** 62n) }, record(1, 'b')]
    const batch = { baseOffset: 5, baseTimestamp: inNanoseconds, logAppendTime: 1_700, records }
    const found = decode([recordBatchBytes(batch)])
    expect(found.records.map(({ timestamp }) => timestamp)).toEqual([1_700, 1_700])
  })

  test.each([
    ['in microseconds', 1_700_000_000_000_000n, 0n, TIME_MAX],
    ['in nanoseconds', 1_700_000_000_000_000_000n, 0n, TIME_MAX],
    ['far beyond', 2n ** 63n - 1n, 2n ** 62n, TIME_MAX],
    ['far before', -(2n ** 62n), -(2n ** 62n), -TIME_MAX],
    ['by a delta alone', 1_700n, 2n ** 62n, TIME_MAX],
    ['at the last instant', BigInt(TIME_MAX), 0n, TIME_MAX],
  ])('timed %s by their producer are read, at the last instant there is', (_, baseTimestamp, delta, expectedTime) => {
    const records = [{ ...record(0, 'a'), timestampDelta: delta }, record(1, 'b')]
    const found = decode([recordBatchBytes({ baseOffset: 5, baseTimestamp, records }), next(7, 'c')], { from: 5 })
    expect(values(found)).toEqual(['a', 'b', 'c'])
    expect(found.records[0]?.timestamp).toBe(expectedTime)
  })

  test('before the offset that was asked for are left out', () => {
    const batch = recordBatchBytes({ baseOffset: 5, records: [record(0, 'a'), record(1, 'b'), record(2, 'c')] })
    expect(values(decode([batch], { from: 6 }))).toEqual(['b', 'c'])
  })

  test('of a last batch that the broker has cut off are left for the next fetch', () => {
    const [first, second] = [5, 6].map((baseOffset) => recordBatchBytes({ baseOffset, records: [record(0, 'a')] }))
    for (let cut = 1; cut < (second as Buffer).length; cut++) {
      const found = decode([first as Buffer, (second as Buffer).subarray(0, -cut)], { from: 5 })
      expect(found).toMatchObject({ next: 6 })
      expect(found.records).toHaveLength(1)
    }
  })
})

test('what compaction has taken is gone past', () => {
  const emptied = recordBatchBytes({ baseOffset: 5, records: [], lastOffsetDelta: 9 })
  const thinned = recordBatchBytes({ baseOffset: 15, records: [record(2, 'a')], lastOffsetDelta: 4 })
  const found = decode([emptied, thinned], { from: 5 })
  expect(found.records.map(({ offset }) => offset)).toEqual([17])
  expect(found.next).toBe(20)
})

describe('transactions', () => {
  const inTransaction = (baseOffset: number, producerId: bigint, value: string) =>
    recordBatchBytes({ baseOffset, producerId, isTransactional: true, records: [record(0, value)] })

  test('that were aborted are left out, also where several interleave', () => {
    const batches = [
      inTransaction(0, 1n, 'a1'),
      inTransaction(1, 2n, 'b1'),
      inTransaction(2, 1n, 'a2'),
      markerBytes({ offset: 3, producerId: 2n, kind: 'abort' }),
      inTransaction(4, 2n, 'b2'),
      markerBytes({ offset: 5, producerId: 1n, kind: 'abort' }),
      markerBytes({ offset: 6, producerId: 2n, kind: 'commit' }),
      inTransaction(7, 1n, 'a3'),
    ]
    const aborted = [
      { producerId: 2n, firstOffset: 1 },
      { producerId: 1n, firstOffset: 0 },
    ]
    for (const listed of [aborted, aborted.toReversed()]) {
      const found = decode(batches, { aborted: listed })
      expect(values(found)).toEqual(['b2', 'a3'])
      expect(found.next).toBe(8)
    }
  })

  test('that were aborted are not unpacked: what they hold may be anything', () => {
    const packed = { codec: 1, bytes: Buffer.from('no gzip') }
    const batch = { baseOffset: 0, producerId: 1n, isTransactional: true, records: [record(0, '')], packed }
    const found = decode([recordBatchBytes(batch)], { aborted: [{ producerId: 1n, firstOffset: 0 }] })
    expect(values(found)).toEqual([])
    expect(found.next).toBe(1)
    expect(() => decode([recordBatchBytes(batch)])).toThrow(DamagedBatch)
  })

  test('that were begun before this fetch and aborted in it are left out up to their markers', () => {
    const batches = [
      markerBytes({ offset: 20, producerId: 1n, kind: 'abort' }),
      inTransaction(21, 2n, 'b'),
      inTransaction(22, 3n, 'c'),
      markerBytes({ offset: 23, producerId: 2n, kind: 'abort' }),
      inTransaction(24, 1n, 'a'),
      markerBytes({ offset: 25, producerId: 1n, kind: 'commit' }),
    ]
    const aborted = [
      { producerId: 1n, firstOffset: 9 },
      { producerId: 2n, firstOffset: 8 },
    ]
    expect(values(decode(batches, { from: 20, aborted }))).toEqual(['c', 'a'])
  })

  test('show no markers, and are past them', () => {
    const found = decode([inTransaction(0, 1n, 'a'), markerBytes({ offset: 1, producerId: 1n, kind: 'commit' })])
    expect(values(found)).toEqual(['a'])
    expect(found.next).toBe(2)
  })

  test('of one producer leave records outside of transactions alone', () => {
    const outside = recordBatchBytes({ baseOffset: 1, producerId: 1n, records: [record(0, 'kept')] })
    const found = decode([inTransaction(0, 1n, 'a'), outside], { aborted: [{ producerId: 1n, firstOffset: 0 }] })
    expect(values(found)).toEqual(['kept'])
  })
})

describe('damage', () => {
  const records = [
    { offsetDelta: 0, key: 'AAPL', value: '{"symbol":"AAPL"}', headers: [['a', 'b']] as const },
    { offsetDelta: 1, timestampDelta: 70_000, key: null, value: 'x'.repeat(200) },
  ]
  const whole = () => recordBatchBytes({ baseOffset: 100, baseTimestamp: 1_700_000_000_000, records })

  test('of any byte that the checksum covers is seen', () => {
    for (let at = 21; at < whole().length; at++) {
      const bytes = whole()
      bytes[at] = (bytes[at] as number) ^ 0x10
      expect(() => decode([bytes])).toThrow(DamagedBatch)
    }
  })

  test(`of ${MUTATIONS} fetches is an error, or no record is skipped`, { timeout: FUZZ_TIMEOUT_MS }, () => {
    const random = randomOf(1, 'damage')
    let [errors, slowestMs] = [0, 0]
    const faults: string[] = []
    for (let turn = 0; turn < MUTATIONS; turn++) {
      const bytes = damagedFetch(random)
      const startedAt = performance.now()
      const fault = faultOf(bytes, turn % 3 === 0 ? ABORTED : [])
      if (fault === null) errors++
      else if (fault !== '') faults.push(`${fault}: ${bytes.toString('base64')}`)
      slowestMs = Math.max(slowestMs, performance.now() - startedAt)
    }
    expect(faults).toEqual([])
    expect(errors).toBeGreaterThan(MUTATIONS / 2)
    expect(errors).toBeLessThan(MUTATIONS)
    expect(slowestMs).toBeLessThan(SLOWEST_MS)
  })

  test.each([
    ['a huge count of records', (bytes: Buffer) => bytes.writeInt32BE(2 ** 31 - 1, 57)],
    ['a negative count of records', (bytes: Buffer) => bytes.writeInt32BE(-1, 57)],
    ['a count that is too low', (bytes: Buffer) => bytes.writeInt32BE(1, 57)],
    ['offsets beyond its last', (bytes: Buffer) => bytes.writeInt32BE(0, 23)],
    ['an offset beyond all numbers', (bytes: Buffer) => bytes.writeBigInt64BE(2n ** 62n, 0)],
    ['a last offset beyond all numbers', (bytes: Buffer) => bytes.writeBigInt64BE(2n ** 53n - 2n, 0)],
    ['an old format', (bytes: Buffer) => bytes.writeInt8(1, 16)],
    ['a codec that is none', (bytes: Buffer) => bytes.writeInt16BE(7, 21)],
    ['a length below its header', (bytes: Buffer) => bytes.writeInt32BE(3, 8)],
    ['bytes that its codec cannot unpack', (bytes: Buffer) => bytes.writeInt16BE(1, 21)],
  ])('of %s is said', (_, damage) => {
    const bytes = whole()
    damage(bytes)
    expect(() => decode([sealed(bytes)])).toThrow(DamagedBatch)
  })

  test('of a first batch that is not whole is said, since the same would be fetched for ever', () => {
    for (let cut = 1; cut < whole().length; cut++)
      expect(() => decode([whole().subarray(0, -cut)])).toThrow(DamagedBatch)
    const [long, early] = [whole(), whole()]
    long.writeInt32BE(2 ** 30, 8)
    early.writeBigInt64BE(7n, 0)
    for (const bytes of [long, early]) expect(() => decode([bytes], { from: 100 })).toThrow(DamagedBatch)
  })

  test('of an offset that lies before the batch before is said', () => {
    const early = whole()
    early.writeBigInt64BE(101n, 0)
    expect(() => decode([whole(), early], { from: 100 })).toThrow(DamagedBatch)
  })

  test('of a record whose number has no end is said', () => {
    const packed = { codec: 0, bytes: Buffer.concat([varint(20), Buffer.alloc(20, 0xff)]) }
    expect(() => decode([recordBatchBytes({ baseOffset: 0, records: [record(0, '')], packed })])).toThrow(DamagedBatch)
  })

  test.each(['gzip', 'zstd'] as const)('by a %s batch that would fill the memory is said', (codec) => {
    const bomb = recordBatchBytes({ baseOffset: 0, records: [record(0, '\0'.repeat(65 * 2 ** 20))], codec })
    expect(() => decode([bomb])).toThrow(/cannot be unpacked into 67108864 at most/)
  })
})
