// What a fetch brought of one partition, as columns: whole batches only, without markers and the records of aborted
// transactions, and past positions that compaction has emptied. Source: KIP-98; Kafka's own consumer
// (CompletedFetch.java) also takes up aborted transactions batch by batch, in the order of their first offsets.

import { GrowingColumns } from '#log/column_batch'
import { ABSENT } from '#log/event_log'
import { UNPACKED_BYTES_MAX } from '../limits.ts'
import { appendRecords, RECORD_BYTES_MIN, readHeaders } from './append_records.ts'
import { type BatchHeader, CRC_START, DamagedBatch, HEADER_BYTES, readHeader } from './batch_header.ts'
import { unpack } from './codec.ts'
import { crc32c } from './crc32c.ts'
import { VarintReader } from './varint.ts'

/** A transaction that was aborted, as the broker lists it with the records. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

/** The records of one partition in the answer to a fetch. */
export interface FetchedBytes {
  readonly bytes: Uint8Array
  /** The offset that was asked for. */
  readonly from: number
  readonly aborted: readonly AbortedTransaction[]
}

/** What is to be read of them. */
export interface FetchedRecords {
  readonly columns: GrowingColumns
  /** The offset after the last batch, whatever of it is shown. */
  readonly next: number
}

/** A batch to be shown, and where its records lie, unpacked. */
interface Body {
  readonly header: BatchHeader
  readonly records: Uint8Array
}

/**
 * The offset after the last whole batch, by the headers alone: where to fetch next. What would unpack to too much at
 * once is decoded to an earlier end. Throws DamagedBatch.
 */
export function endOfFetched({ bytes, from }: Pick<FetchedBytes, 'bytes' | 'from'>): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let next = from
  for (let header = readHeader(view, 0, bytes.length); header !== null; ) {
    next = Math.max(next, header.lastOffset + 1)
    header = readHeader(view, header.end, bytes.length)
  }
  return next
}

/** Decodes what was fetched. Throws DamagedBatch: nothing of the fetch may be used then. */
export function decodeFetched({ bytes, from, aborted }: FetchedBytes): FetchedRecords {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const filter = new AbortedFilter(aborted)
  const bodies: Body[] = []
  let next = from
  let unpackedBytes = 0
  for (let at = 0; unpackedBytes < UNPACKED_BYTES_MAX; ) {
    const header = readHeader(view, at, bytes.length)
    if (header === null) break
    requireWhole(header, bytes)
    if (at > 0 && header.baseOffset < next) {
      throw new DamagedBatch(`its first offset is ${header.baseOffset}, and the batch before ends at ${next}`)
    }
    at = header.end
    next = Math.max(next, header.lastOffset + 1)
    if (!filter.shows(header, bytes) || header.lastOffset < from) continue
    const records = recordsOf(header, bytes)
    if (header.codec !== 'none') unpackedBytes += records.length
    bodies.push({ header, records })
  }
  requireProgress({ bytes, from, next })
  return { columns: columnsOf(bodies, { bytes, from }), next }
}

/**
 * A broker sends the batch with the asked-for offset whole, or nothing (KIP-74). Otherwise its bytes are damaged where
 * no checksum looks, in its length or first offset, and the same would be fetched for ever.
 */
function requireProgress({ bytes, from, next }: { bytes: Uint8Array; from: number; next: number }): void {
  if (bytes.length === 0 || next > from) return
  throw new DamagedBatch(`its ${bytes.length} bytes have no whole batch with offset ${from} or a later one`)
}

function requireWhole(header: BatchHeader, bytes: Uint8Array): void {
  const crc = crc32c(bytes, header.start + CRC_START, header.end)
  if (crc !== header.crc) throw new DamagedBatch(`its checksum is ${header.crc}, and its bytes have ${crc}`)
}

function recordsOf({ codec, start, end }: BatchHeader, bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(start + HEADER_BYTES, end)
  if (codec === 'none') return body
  if (codec === null) throw new DamagedBatch('it is packed by a codec that Kafka does not have')
  return unpack(codec, body, UNPACKED_BYTES_MAX)
}

/** Batches that lie unpacked in what was fetched stay there; if any does not, all are laid one after another. */
function columnsOf(bodies: readonly Body[], { bytes, from }: Pick<FetchedBytes, 'bytes' | 'from'>): GrowingColumns {
  const inPlace = bodies.every(({ header }) => header.codec === 'none')
  const joined = inPlace ? bytes : Buffer.concat(bodies.map(({ records }) => records))
  const count = bodies.reduce((sum, { header }) => sum + Math.max(0, header.recordCount), 0)
  const columns = new GrowingColumns(joined, readHeaders, Math.min(count, Math.floor(joined.length / RECORD_BYTES_MIN)))
  const reader = new VarintReader(joined)
  let joinedAt = 0
  for (const { header, records } of bodies) {
    const start = inPlace ? header.start + HEADER_BYTES : joinedAt
    appendRecords(columns, reader, { header, start, end: start + records.length, from })
    joinedAt += records.length
  }
  return columns
}

/** Knows which batches of transactions to leave out. */
class AbortedFilter {
  readonly #starts: readonly AbortedTransaction[]
  readonly #open = new Set<bigint>()
  #next = 0

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#starts = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Whether the batch's records are for readers. To be asked of each batch in turn. */
  shows(header: BatchHeader, bytes: Uint8Array): boolean {
    for (; this.#next < this.#starts.length; this.#next++) {
      const start = this.#starts[this.#next] as AbortedTransaction
      if (start.firstOffset > header.lastOffset) break
      this.#open.add(start.producerId)
    }
    if (header.isControl) {
      if (this.#open.has(header.producerId) && isAbort(header, bytes)) this.#open.delete(header.producerId)
      return false
    }
    return !(header.isTransactional && this.#open.has(header.producerId))
  }
}

/** A marker's key is its version and its type, 16 bits each; type 0 aborts. */
function isAbort(header: BatchHeader, bytes: Uint8Array): boolean {
  const records = recordsOf(header, bytes)
  const columns = new GrowingColumns(records, readHeaders)
  const place = { header, start: 0, end: records.length, from: 0 }
  appendRecords(columns, new VarintReader(records), place)
  const start = columns.count === 0 ? ABSENT : (columns.keyStarts[0] as number)
  return start !== ABSENT && records[start + 2] === 0 && records[start + 3] === 0
}
