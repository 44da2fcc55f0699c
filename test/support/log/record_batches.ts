// Record batches as a broker stores them, made from scratch: what the decoder is held against besides kafkajs.

import { gzipSync, zstdCompressSync } from 'node:zlib'
import { crc32c } from '#log/kafka/record_batch/crc32c'

/** A record to be put into a batch. Offset and time count from the batch's. */
export interface GivenRecord {
  readonly offsetDelta: number
  readonly timestampDelta?: number | bigint
  readonly key?: string | Uint8Array | null
  readonly value?: string | Uint8Array | null
  readonly headers?: readonly (readonly [string, string | Uint8Array | null])[]
}

/** A batch and its attributes. */
export interface GivenBatch {
  readonly baseOffset: number
  readonly records: readonly GivenRecord[]
  readonly baseTimestamp?: number | bigint
  /** Given: all records were taken in at that time. */
  readonly logAppendTime?: number
  /** Beyond the last record's where compaction has taken some. */
  readonly lastOffsetDelta?: number
  readonly producerId?: bigint
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  readonly codec?: 'gzip' | 'zstd'
  /** Other bytes for the records, packed by the codec of this number. */
  readonly packed?: { readonly codec: number; readonly bytes: Uint8Array }
}

const CODEC_NUMBERS = { gzip: 1, zstd: 4 } as const

/** The batch's bytes. */
export function recordBatchBytes(batch: GivenBatch): Buffer {
  const plain = recordsBytes(batch.records)
  const codec = batch.packed?.codec ?? (batch.codec === undefined ? 0 : CODEC_NUMBERS[batch.codec])
  const records = batch.packed?.bytes ?? (codec === 1 ? gzipSync(plain) : codec === 4 ? zstdCompressSync(plain) : plain)
  const bytes = Buffer.concat([Buffer.alloc(61), records])
  const flags =
    codec |
    (batch.logAppendTime === undefined ? 0 : 0x08) |
    (batch.isTransactional ? 0x10 : 0) |
    (batch.isControl ? 0x20 : 0)
  const base = BigInt(batch.baseTimestamp ?? 0)
  const last = batch.records.at(-1)
  bytes.writeBigInt64BE(BigInt(batch.baseOffset), 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt8(2, 16)
  bytes.writeInt16BE(flags, 21)
  bytes.writeInt32BE(batch.lastOffsetDelta ?? last?.offsetDelta ?? 0, 23)
  bytes.writeBigInt64BE(base, 27)
  bytes.writeBigInt64BE(BigInt(batch.logAppendTime ?? base + BigInt(last?.timestampDelta ?? 0)), 35)
  bytes.writeBigInt64BE(batch.producerId ?? -1n, 43)
  bytes.writeInt16BE(0, 51)
  bytes.writeInt32BE(0, 53)
  bytes.writeInt32BE(batch.records.length, 57)
  return sealed(bytes)
}

/** The same bytes with the checksum that they have now. */
export function sealed(bytes: Buffer): Buffer {
  bytes.writeUint32BE(crc32c(bytes, 21, bytes.length), 17)
  return bytes
}

/** A transaction's marker as a batch. */
export function markerBytes(marker: { offset: number; producerId: bigint; kind: 'abort' | 'commit' }): Buffer {
  const key = Buffer.from([0, 0, 0, marker.kind === 'abort' ? 0 : 1])
  const records = [{ offsetDelta: 0, key, value: Buffer.from([0, 0, 0, 0, 0, 0]) }]
  const { offset: baseOffset, producerId } = marker
  return recordBatchBytes({ baseOffset, records, producerId, isTransactional: true, isControl: true })
}

/** Records as they lie behind a batch's header. */
export function recordsBytes(records: readonly GivenRecord[]): Buffer {
  return Buffer.concat(
    records.map((record) => {
      const headers = record.headers ?? []
      const body = Buffer.concat([
        Buffer.from([0]),
        varint(record.timestampDelta ?? 0),
        varint(record.offsetDelta),
        sized(record.key ?? null),
        sized(record.value ?? null),
        varint(headers.length),
        ...headers.flatMap(([name, value]) => [sized(name), sized(value)]),
      ])
      return Buffer.concat([varint(body.length), body])
    }),
  )
}

function sized(value: string | Uint8Array | null): Buffer {
  if (value === null) return varint(-1)
  const bytes = Buffer.from(value)
  return Buffer.concat([varint(bytes.length), bytes])
}

/** Zigzag; exact for all integers of a double. */
export function varint(value: number | bigint): Buffer {
  let rest = value < 0 ? -BigInt(value) * 2n - 1n : BigInt(value) * 2n
  const bytes: number[] = []
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}
