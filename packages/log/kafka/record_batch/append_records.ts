// The records of one batch, walked in place into columns. Every length is held against what is there before it is
// believed, so that damaged or hostile bytes end in DamagedBatch. Source: kafka.apache.org, documentation, "Record".

import type { GrowingColumns } from '#log/column_batch'
import { ABSENT } from '#log/event_log'
import type { DecodedHeaders } from '#log/last_headers'
import { type BatchHeader, DamagedBatch, timeWithin } from './batch_header.ts'
import { VarintReader } from './varint.ts'

/** The least that a record takes: its length, attributes, two deltas, two lengths and the count of its headers. */
export const RECORD_BYTES_MIN = 7

/** Where the records of a batch lie, unpacked. */
export interface RecordsAt {
  readonly header: BatchHeader
  readonly start: number
  readonly end: number
  /** Records before this offset were not asked for: a fetch begins with the whole batch that holds its offset. */
  readonly from: number
}

/** Appends the batch's records to the columns that `reader` reads the bytes of. Throws DamagedBatch. */
export function appendRecords(columns: GrowingColumns, reader: VarintReader, place: RecordsAt): void {
  const { header, start, end, from } = place
  const { baseOffset, lastOffset, baseTimestamp, maxTimestamp, isLogAppendTime, recordCount } = header
  if (recordCount < 0 || recordCount > (end - start) / RECORD_BYTES_MIN) {
    throw new DamagedBatch(`a record batch of ${end - start} bytes says that it has ${recordCount} records`)
  }
  columns.reserve(columns.count + recordCount)
  const { offsets, timestamps, keyStarts, keyEnds, valueStarts, valueEnds, headerStarts } = columns
  let row = columns.count
  let offset = -1
  reader.at = start
  for (let left = recordCount; left > 0; left--) {
    reader.end = end
    const recordEnd = reader.varint() + reader.at
    if (recordEnd <= reader.at || recordEnd > end) throw new DamagedBatch('a record has a length beyond its batch')
    reader.end = recordEnd
    reader.at++
    if (isLogAppendTime) reader.skipVarlong()
    timestamps[row] = isLogAppendTime ? maxTimestamp : timeWithin(baseTimestamp + reader.varlong())
    const before = offset
    offset = baseOffset + reader.varint()
    if (offset <= before || offset > lastOffset || offset < baseOffset) {
      throw new DamagedBatch(`a record has offset ${offset} after ${before} in a batch up to ${lastOffset}`)
    }
    keyStarts[row] = skipBytes(reader)
    keyEnds[row] = reader.at
    valueStarts[row] = skipBytes(reader)
    valueEnds[row] = reader.at
    headerStarts[row] = skipHeaders(reader)
    if (reader.at !== recordEnd) throw new DamagedBatch('a record has other bytes than its length says')
    if (offset < from) continue
    offsets[row] = offset
    row++
  }
  if (reader.at !== end) throw new DamagedBatch('a record batch has other bytes than its records')
  columns.count = row
}

/** Goes past a key or value; returns where it began, or ABSENT. */
function skipBytes(reader: VarintReader): number {
  const length = reader.varint()
  if (length < 0) return ABSENT
  const start = reader.at
  if (start + length > reader.end) throw new DamagedBatch('a record has a key or value beyond its end')
  reader.at = start + length
  return start
}

/** Goes past the headers; returns where their count stands, or ABSENT. */
function skipHeaders(reader: VarintReader): number {
  const start = reader.at
  const count = reader.varint()
  if (count === 0) return ABSENT
  if (count < 0) throw new DamagedBatch(`a record has ${count} headers`)
  for (let left = count; left > 0; left--) {
    if (skipBytes(reader) === ABSENT) throw new DamagedBatch('a header has no name')
    skipBytes(reader)
  }
  return start
}

/** Reads headers that `skipHeaders` has gone past. One may be null, and repeated: the last one counts. */
export function readHeaders(bytes: Uint8Array, start: number): DecodedHeaders {
  const reader = new VarintReader(bytes)
  reader.at = start
  reader.end = bytes.length
  const headers: Record<string, Uint8Array> = Object.create(null)
  for (let left = reader.varint(); left > 0; left--) {
    const nameStart = skipBytes(reader)
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + nameStart, reader.at - nameStart).toString()
    const valueStart = skipBytes(reader)
    headers[name] = valueStart === ABSENT ? new Uint8Array(0) : bytes.subarray(valueStart, reader.at)
  }
  return { headers, end: reader.at }
}
