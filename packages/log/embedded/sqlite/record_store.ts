// Appends and reads of records. An append gives offsets without gaps and a timestamp that never goes back within its
// partition; it runs inside the caller's transaction, so that it can stand beside an offset commit.

import { ColumnBatch, GrowingColumns } from '#log/column_batch'
import {
  HANDED_BATCH_BYTES_MAX,
  HANDED_BATCH_RECORDS_MAX,
  RECORD_BYTES_MAX,
  STORED_BATCH_BYTES_MAX,
  STORED_BATCH_RECORDS_MAX,
} from '#log/embedded/limits'
import type { LogDatabase } from '#log/embedded/sqlite/database'
import {
  type Row,
  row,
  type StoredPartition,
  type StoredTopic,
  type TopicStore,
} from '#log/embedded/sqlite/topic_store'
import { appendStoredBatch, readStoredHeaders, type StoredBatch, StoredBatchEncoder } from '#log/embedded/stored_batch'
import { ABSENT, areColumns, type NewRecord, type NewRecords, type RecordBatch } from '#log/event_log'
import { murmur2, partitionOfHash, roundRobin } from '#log/partitioner'
import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { type EpochMs, type Offset, offset } from '#runtime/units'

/** New ends by partition id. */
export type NewEnds = Map<number, number>

export type RecordStore = ReturnType<typeof recordStore>

/** The records of a database. */
export function recordStore(database: LogDatabase, topics: TopicStore, clock: Clock) {
  const partitionsOf = placement(topics)
  const store = batchInsert(database)
  const encoders = new Map<number, StoredBatchEncoder>()
  const encoderOf = (partitionId: number): StoredBatchEncoder => {
    const encoder = encoders.get(partitionId) ?? new StoredBatchEncoder()
    encoders.set(partitionId, encoder)
    return encoder
  }
  return {
    /**
     * Appends the records [from, to) inside a transaction of the caller's; the ends count once that is committed.
     * Throws LOG_RECORD_TOO_LARGE.
     */
    append(records: NewRecords, { from, to }: RecordRange = { from: 0, to: records.length }): NewEnds {
      const ends: NewEnds = new Map()
      const now = clock.now()
      const flush = (partitionId: number, encoder: StoredBatchEncoder) =>
        ends.set(partitionId, store(partitionId, encoder, now))
      for (const encoder of encoders.values()) encoder.clear()
      const place = partitionsOf(records)
      const bytesOf = byteCounts(records)
      for (let row = from; row < to; row++) {
        const partitionId = place(row)
        const encoder = encoderOf(partitionId)
        if (isFull(encoder, bytesOf(row))) flush(partitionId, encoder)
        if (areColumns(records)) encoder.addRow(records, row)
        else encoder.add(records[row] as NewRecord)
      }
      for (const [partitionId, encoder] of encoders) if (encoder.count > 0) flush(partitionId, encoder)
      return ends
    },
    /** The records from `from` on, as far as one batch goes; null when there are none. */
    read: reader(database),
  }
}

/** Some of the records that are to be published. */
export interface RecordRange {
  readonly from: number
  readonly to: number
}

/** Whether a record of so many bytes must go into the next batch. */
function isFull({ count, size }: StoredBatchEncoder, bytes: number): boolean {
  return count > 0 && (count === STORED_BATCH_RECORDS_MAX || size + bytes > STORED_BATCH_BYTES_MAX)
}

/** Finds the partition of a record by its row: the one it names, or its key's, or the next in turn. */
function placement(topics: TopicStore): (records: NewRecords) => (row: number) => number {
  const nextPartition = roundRobin()
  const hashOf = keyHash()
  return (records) => {
    if (!areColumns(records)) {
      return (row) => {
        const { topic, partition, key } = records[row] as NewRecord
        const stored = topics.get(topic)
        if (partition !== undefined) return partitionIdOf(stored, partition)
        const { partitions } = stored
        return partitionIdOf(
          stored,
          key === null ? nextPartition(topic, partitions) : partitionOfHash(hashOf(key), partitions),
        )
      }
    }
    const { topic, bytes, keyStarts, keyEnds } = records
    const stored = topics.get(topic)
    const { partitions } = stored
    return (row) => {
      const start = keyStarts[row] as number
      if (start === ABSENT) return partitionIdOf(stored, nextPartition(topic, partitions))
      return partitionIdOf(stored, partitionOfHash(murmur2(bytes, start, keyEnds[row] as number), partitions))
    }
  }
}

function partitionIdOf({ topic, partitionIds, partitions }: StoredTopic, partition: number): number {
  const partitionId = partitionIds[partition]
  if (partitionId !== undefined) return partitionId
  throw new PlatformError('LOG_FAILED', `topic ${topic} has ${partitions} partitions, so there is no ${partition}`)
}

/** Hashes keys without making an array of each text. */
function keyHash(): (key: Uint8Array | string) => number {
  const scratch = Buffer.allocUnsafe(SCRATCH_BYTES)
  return (key) => {
    if (typeof key !== 'string') return murmur2(key)
    if (key.length * UTF8_BYTES_MAX > SCRATCH_BYTES) return murmur2(Buffer.from(key))
    return murmur2(scratch, 0, scratch.write(key))
  }
}

const SCRATCH_BYTES = 256
const UTF8_BYTES_MAX = 3

/** Stores what an encoder holds at the end of a partition, clears it, and returns the partition's new end. */
function batchInsert(database: LogDatabase) {
  const extend = database.prepare(
    'UPDATE partitions SET log_end = log_end + ?2, last_timestamp = max(last_timestamp, ?3) WHERE partition_id = ?1' +
      ' RETURNING log_end, last_timestamp',
  )
  const insert = database.prepare(
    'INSERT INTO batches (partition_id, base_offset, count, timestamp, records) VALUES (?, ?, ?, ?, ?)',
  )
  return (partitionId: number, encoder: StoredBatchEncoder, now: EpochMs): number => {
    const { count } = encoder
    const [end, timestamp] = row(extend.get(partitionId, count, now)) as readonly number[]
    if (end === undefined || timestamp === undefined) throw new Error(`no partition with the id ${partitionId}`)
    insert.run(partitionId, end - count, count, timestamp, encoder.blob())
    encoder.clear()
    return end
  }
}

function reader(database: LogDatabase): (at: StoredPartition, from: Offset, logEnd: Offset) => RecordBatch | null {
  const select = database.prepare(
    'SELECT base_offset, count, timestamp, records FROM batches WHERE partition_id = ?1 AND base_offset >=' +
      ' (SELECT max(base_offset) FROM batches WHERE partition_id = ?1 AND base_offset <= ?2) ORDER BY base_offset',
  )
  return ({ topic, partition, partitionId }, from, logEnd) => {
    const found: StoredBatch[] = []
    let [bytes, records] = [0, 0]
    database.read(() => {
      for (const each of select.iterate(partitionId, from)) {
        const [baseOffset, count, timestamp, blob] = each as unknown as Row as [number, number, EpochMs, Uint8Array]
        bytes += blob.length
        if (bytes > HANDED_BATCH_BYTES_MAX && records > 0) break
        found.push({ baseOffset, count, timestamp, blob })
        records += baseOffset + count - Math.max(baseOffset, from)
        if (records >= HANDED_BATCH_RECORDS_MAX) break
      }
    })
    const columns = columnsOf(found, from)
    if (columns.count === 0) return null
    const next = offset((columns.offsets[columns.count - 1] as number) + 1)
    const end = offset(Math.max(next, logEnd))
    return new ColumnBatch({ topic, partition, columns, first: 0, count: columns.count, next, logEnd: end })
  }
}

/** One blob is used as it is; several are laid one after another. */
function columnsOf(batches: readonly StoredBatch[], from: Offset): GrowingColumns {
  const blobs = batches.map(({ blob }) => blob)
  const bytes = blobs.length === 1 && blobs[0] !== undefined ? blobs[0] : joined(blobs)
  const count = batches.reduce((sum, batch) => sum + batch.count, 0)
  const columns = new GrowingColumns(bytes, readStoredHeaders, count)
  let start = 0
  for (const batch of batches) start = appendStoredBatch(columns, batch, { start, from })
  return columns
}

/** Plain bytes, as one blob has them, and no Buffer, whose slice is another method. */
function joined(blobs: readonly Uint8Array[]): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.concat(blobs)
  return new Uint8Array(buffer, byteOffset, length)
}

/** Tells the bytes of a record by its row: key, value and headers. What it tells throws LOG_RECORD_TOO_LARGE. */
export function byteCounts(records: NewRecords): (row: number) => number {
  if (!areColumns(records)) {
    return (row) => {
      const { topic, key, value, headers } = records[row] as NewRecord
      return refusingLarge(topic, lengthOf(key) + lengthOf(value) + headersBytes(headers))
    }
  }
  const { topic, keyStarts, keyEnds, valueStarts, valueEnds } = records
  const shared = headersBytes(records.headers)
  return (row) => {
    const keyStart = keyStarts[row] as number
    const keyBytes = keyStart === ABSENT ? 0 : (keyEnds[row] as number) - keyStart
    return refusingLarge(topic, keyBytes + (valueEnds[row] as number) - (valueStarts[row] as number) + shared)
  }
}

function refusingLarge(topic: string, bytes: number): number {
  if (bytes <= RECORD_BYTES_MAX) return bytes
  const message = `a record for topic ${topic} has ${bytes} bytes, at most ${RECORD_BYTES_MAX} are taken`
  throw new PlatformError('LOG_RECORD_TOO_LARGE', message, { fields: { topic, bytes } })
}

function headersBytes(headers: NewRecord['headers']): number {
  let bytes = 0
  for (const name in headers) bytes += lengthOf(name) + lengthOf(headers[name] as Uint8Array | string)
  return bytes
}

function lengthOf(value: Uint8Array | string | null): number {
  if (value === null) return 0
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length
}
