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
import { type Row, row, type StoredPartition, type TopicStore } from '#log/embedded/sqlite/topic_store'
import { appendStoredBatch, readStoredHeaders, type StoredBatch, StoredBatchEncoder } from '#log/embedded/stored_batch'
import type { NewRecord, RecordBatch } from '#log/event_log'
import { partitionOfKey, roundRobin } from '#log/partitioner'
import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { type EpochMs, type Offset, offset } from '#runtime/units'

/** New ends by partition id. */
export type NewEnds = Map<number, number>

export type RecordStore = ReturnType<typeof recordStore>

/** The records of a database. */
export function recordStore(database: LogDatabase, topics: TopicStore, clock: Clock) {
  const partitionIdOf = placement(topics)
  const appendTo = appender(database, clock)
  return {
    /** Appends inside a transaction of the caller's; the ends count once that is committed. */
    append(records: readonly NewRecord[]): NewEnds {
      const ends: NewEnds = new Map()
      for (const [partitionId, own] of Map.groupBy(records, partitionIdOf))
        ends.set(partitionId, appendTo(partitionId, own))
      return ends
    },
    /** The records from `from` on, as far as one batch goes; null when there are none. */
    read: reader(database),
  }
}

/** Finds the partition of a record: the one it names, or its key's, or the next in turn. */
function placement(topics: TopicStore): (record: NewRecord) => number {
  const nextPartition = roundRobin()
  const choose = ({ topic, key }: NewRecord, partitions: number): number => {
    if (key === null) return nextPartition(topic, partitions)
    return partitionOfKey(typeof key === 'string' ? Buffer.from(key) : key, partitions)
  }
  return (record) => {
    const { topic, partitionIds, partitions } = topics.get(record.topic)
    const partition = record.partition ?? choose(record, partitions)
    const partitionId = partitionIds[partition]
    if (partitionId !== undefined) return partitionId
    throw new PlatformError('LOG_FAILED', `topic ${topic} has ${partitions} partitions, so there is no ${partition}`)
  }
}

/** Appends the records of one partition and returns its new end. */
function appender(database: LogDatabase, clock: Clock): (partitionId: number, records: readonly NewRecord[]) => number {
  const extend = database.prepare(
    'UPDATE partitions SET log_end = log_end + ?2, last_timestamp = max(last_timestamp, ?3) WHERE partition_id = ?1' +
      ' RETURNING log_end, last_timestamp',
  )
  const insert = database.prepare(
    'INSERT INTO batches (partition_id, base_offset, count, timestamp, records) VALUES (?, ?, ?, ?, ?)',
  )
  const encoder = new StoredBatchEncoder()
  return (partitionId, records) => {
    const [end, timestamp] = row(extend.get(partitionId, records.length, clock.now())) as readonly number[]
    if (end === undefined || timestamp === undefined) throw new Error(`no partition with the id ${partitionId}`)
    let base = end - records.length
    encoder.clear()
    const store = () => {
      insert.run(partitionId, base, encoder.count, timestamp, encoder.blob())
      base += encoder.count
      encoder.clear()
    }
    for (const record of records) {
      const full = encoder.count === STORED_BATCH_RECORDS_MAX || encoder.size + bytesOf(record) > STORED_BATCH_BYTES_MAX
      if (full && encoder.count > 0) store()
      encoder.add(record)
    }
    store()
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

/** The bytes of a record: key, value and headers. Throws LOG_RECORD_TOO_LARGE. */
export function bytesOf(record: NewRecord): number {
  let bytes = lengthOf(record.key) + lengthOf(record.value)
  if (record.headers !== undefined) {
    for (const [name, value] of Object.entries(record.headers)) bytes += lengthOf(name) + lengthOf(value)
  }
  if (bytes <= RECORD_BYTES_MAX) return bytes
  const message = `a record for topic ${record.topic} has ${bytes} bytes, at most ${RECORD_BYTES_MAX} are taken`
  throw new PlatformError('LOG_RECORD_TOO_LARGE', message, { fields: { topic: record.topic, bytes } })
}

function lengthOf(value: Uint8Array | string | null): number {
  if (value === null) return 0
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length
}
