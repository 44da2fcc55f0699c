// The fixed part of a record batch: 61 bytes before its records, which may be packed. Source: kafka.apache.org,
// documentation, "Record Batch", format version 2.

/** Bytes before the records. */
export const HEADER_BYTES = 61
/** Bytes before what `length` counts: the base offset and the length itself. */
export const LENGTH_END = 12
/** Where what the checksum covers begins: the attributes. */
export const CRC_START = 21
/** The format that brokers have stored since Kafka 0.11. */
export const MAGIC = 2

/**
 * The latest time of a record, in epoch milliseconds; the earliest is as far below zero. Tables keep microseconds that
 * a double holds, which end in June of that year: so a quote's time may be somewhat ahead of its record's.
 */
export const TIME_MAX = Date.UTC(2255, 0)

/** How the records are packed; the numbers are Kafka's. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Codec = (typeof CODECS)[number]

/** A batch's header. Positions are those of the whole buffer. */
export interface BatchHeader {
  readonly start: number
  readonly end: number
  readonly baseOffset: number
  readonly crc: number
  /** Null: a number that stands for no codec. */
  readonly codec: Codec | null
  /** All records were taken in at `maxTimestamp`; else each has its own time. */
  readonly isLogAppendTime: boolean
  readonly isTransactional: boolean
  /** Its record is a transaction's marker, for the log itself. */
  readonly isControl: boolean
  /** Compaction may have taken the records with the last offsets; the batch still reaches as far as this. */
  readonly lastOffset: number
  /** What the records count their times from, as near as a number comes; with `isLogAppendTime` it says nothing. */
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: bigint
  readonly recordCount: number
}

/** A batch is not as the format has it, or was changed on its way. */
export class DamagedBatch extends Error {
  override readonly name = 'DamagedBatch'
}

/**
 * Reads the header of the batch at `start`; null when the batch is not whole before `end`: brokers cut the last one of
 * an answer. Throws DamagedBatch.
 */
export function readHeader(view: DataView, start: number, end: number): BatchHeader | null {
  if (start + LENGTH_END > end) return null
  const length = view.getInt32(start + 8)
  if (length < HEADER_BYTES - LENGTH_END) throw new DamagedBatch(`a record batch has a length of ${length} bytes`)
  if (start + LENGTH_END + length > end) return null
  const magic = view.getInt8(start + 16)
  if (magic !== MAGIC) throw new DamagedBatch(`a record batch has format ${magic}, and only ${MAGIC} is known`)
  const attributes = view.getInt16(start + CRC_START)
  const isLogAppendTime = (attributes & 0x08) !== 0
  const baseOffset = view.getBigInt64(start)
  const lastOffsetDelta = view.getInt32(start + 23)
  if (baseOffset < 0 || lastOffsetDelta < 0) throw new DamagedBatch('a record batch has offsets below zero')
  // The offset after the last one must be a number, too: reading goes on there.
  const next = safe(baseOffset + BigInt(lastOffsetDelta) + 1n, 'next offset')
  return {
    start,
    end: start + LENGTH_END + length,
    baseOffset: Number(baseOffset),
    crc: view.getUint32(start + 17),
    codec: CODECS[attributes & 7] ?? null,
    isLogAppendTime,
    isTransactional: (attributes & 0x10) !== 0,
    isControl: (attributes & 0x20) !== 0,
    lastOffset: next - 1,
    baseTimestamp: isLogAppendTime ? 0 : Number(view.getBigInt64(start + 27)),
    maxTimestamp: timeWithin(Number(view.getBigInt64(start + 35))),
    producerId: view.getBigInt64(start + 43),
    recordCount: view.getInt32(start + 57),
  }
}

/** A producer may give its records any time. One outside of what a record may have becomes the nearest that it may. */
export function timeWithin(time: number): number {
  return Math.min(TIME_MAX, Math.max(-TIME_MAX, time))
}

function safe(value: bigint, what: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new DamagedBatch(`a record batch has ${value} as its ${what}`)
  return number
}
