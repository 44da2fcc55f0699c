// Records to a batch of format 2. The records are written at once; who sends them, and as which in line, is stamped on
// a copy when the batch is sent. Source: kafka.apache.org, documentation, "Record Batch" and "Record".

import { CRC_START, HEADER_BYTES, LENGTH_END, MAGIC } from './batch_header.ts'
import { BufferPool, POOLED_BYTES_MIN } from './buffer_pool.ts'
import { ByteWriter } from './byte_writer.ts'
import { crc32c } from './crc32c.ts'
import type { RecordParts } from './record_parts.ts'

const CAPACITY_MIN = 1024
const IS_TRANSACTIONAL = 0x10
/** The broker puts in its own. */
const NO_LEADER_EPOCH = -1

/** A batch but for its stamp. Its bytes do not change: a try that was given up may still send them. */
export interface EncodedBatch {
  readonly bytes: Uint8Array
  readonly recordCount: number
  /** To be called once the log has it, or not at all: the bytes are then used for others. */
  readonly release: () => void
}

const POOL = new BufferPool()

/** What differs from one sending of a batch to another. */
export interface BatchStamp {
  /** Epoch milliseconds, of all records; a topic with LogAppendTime puts its own time in. */
  readonly timestamp: number
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Of the first record among all that the producer sends to the partition. */
  readonly firstSequence: number
  readonly isTransactional: boolean
}

/** Writes one batch. */
export class RecordBatchEncoder {
  readonly #writer: ByteWriter
  /** A batch that begins small grows, and so will the next one: neither would take a large buffer from the pool. */
  readonly #isPooled: boolean
  #recordCount = 0

  /** `capacity`: about how many bytes the batch will have. */
  constructor(capacity = CAPACITY_MIN) {
    this.#isPooled = capacity >= POOLED_BYTES_MIN
    this.#writer = new ByteWriter(POOL.take(Math.max(capacity, CAPACITY_MIN)))
    this.#writer.length = HEADER_BYTES
  }

  get recordCount(): number {
    return this.#recordCount
  }

  /** Of the batch as it stands, its header included. */
  get bytes(): number {
    return this.#writer.length
  }

  append(record: RecordParts): void {
    const writer = this.#writer
    const { keyStart, keyLength, value, valueStart, valueLength } = record
    writer.varint(record.bodyBytes(this.#recordCount))
    writer.byte(0)
    writer.varint(0)
    writer.varint(this.#recordCount)
    writer.varint(keyLength)
    if (keyLength > 0) writer.raw(record.key, keyStart, keyStart + keyLength)
    writer.varint(valueLength)
    if (valueLength > 0) {
      if (typeof value === 'string') writer.textOf(value, valueLength)
      else writer.raw(value, valueStart, valueStart + valueLength)
    }
    writer.raw(record.headers, 0, record.headersLength)
    this.#recordCount++
  }

  /** The batch, in the buffer that it was written into: nothing may be appended any more. */
  end(): EncodedBatch {
    const { bytes: buffer, length } = this.#writer
    const recordCount = this.#recordCount
    const bytes = buffer.subarray(0, length)
    bytes.fill(0, 0, HEADER_BYTES)
    bytes.writeInt32BE(length - LENGTH_END, 8)
    bytes.writeInt32BE(NO_LEADER_EPOCH, 12)
    bytes.writeInt8(MAGIC, 16)
    bytes.writeInt32BE(recordCount - 1, 23)
    bytes.writeInt32BE(recordCount, 57)
    return { bytes, recordCount, release: this.#isPooled ? () => POOL.give(buffer) : () => {} }
  }
}

/** Completes the batch that lies in `bytes` from `start` up to `end`. */
export function stampBatch(bytes: Buffer, place: { start: number; end: number }, stamp: BatchStamp): void {
  const { start, end } = place
  const timestamp = BigInt(stamp.timestamp)
  bytes.writeInt16BE(stamp.isTransactional ? IS_TRANSACTIONAL : 0, start + CRC_START)
  bytes.writeBigInt64BE(timestamp, start + 27)
  bytes.writeBigInt64BE(timestamp, start + 35)
  bytes.writeBigInt64BE(stamp.producerId, start + 43)
  bytes.writeInt16BE(stamp.producerEpoch, start + 51)
  bytes.writeInt32BE(stamp.firstSequence, start + 53)
  bytes.writeUInt32BE(crc32c(bytes, start + CRC_START, end), start + 17)
}
