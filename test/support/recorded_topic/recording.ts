// A topic as a broker stores it: per partition the bytes of its record batches, packed by one codec or another, with a
// transaction's marker between them now and then. Made by the encoder that publishes, from a seed.

import { gzipSync, zstdCompressSync } from 'node:zlib'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import type { NewRecord } from '#log/event_log'
import { CODECS, type Codec, CRC_START, HEADER_BYTES, LENGTH_END } from '#log/kafka/record_batch/batch_header'
import { RecordBatchEncoder } from '#log/kafka/record_batch/encode_batch'
import { RecordParts } from '#log/kafka/record_batch/record_parts'
import { PRICES_TOPIC } from '#market/topics'
import { markerBytes, sealed } from '#support/log/record_batches'
import { stamped } from '#support/log/stamped_batches'
import { INGEST_TIME } from '#support/quote_fuzz/times'
import { type Random, randomOf } from '#support/simulation/world/random'
import { type StoredRecord, sendRecords, type TopicPlan } from './records.ts'

/** A stored batch, or a marker. */
export interface StoredBatch {
  readonly bytes: Buffer
  /** When the log took it in. */
  readonly timestamp: number
}

/** The batches of each partition. */
export type Recording = readonly (readonly StoredBatch[])[]

/** What to record. */
export type RecordingPlan = Omit<TopicPlan, 'now' | 'store'>

/** The values of a fuzz arrive at INGEST_TIME: the recording begins before it and ends after it. */
const LASTS_MS = 40 * 60_000

/** Records a topic of quotes. */
export function recordQuotes(plan: RecordingPlan): Recording {
  const random = randomOf(plan.seed, 'recording')
  const writers = Array.from({ length: plan.partitions }, () => new PartitionWriter(random))
  const stepMsMax = Math.round((2 * LASTS_MS) / plan.records)
  let now = INGEST_TIME - LASTS_MS / 2
  sendRecords({
    ...plan,
    now: () => now,
    store(partition, record) {
      now += random.whole(0, stepMsMax)
      return (writers[partition] as PartitionWriter).store({ ...record, partition }, now)
    },
  })
  return writers.map((writer) => writer.end(now))
}

/** Records what goes to given partitions of a topic, such as a stream's outputs. */
export function recordOutputs(outputs: readonly NewRecord[], plan: { seed: number; partitions: number }): Recording {
  const random = randomOf(plan.seed, 'outputs')
  const writers = Array.from({ length: plan.partitions }, () => new PartitionWriter(random))
  for (const { partition = 0, ...record } of outputs) writers[partition]?.store({ ...record, partition }, INGEST_TIME)
  return writers.map((writer) => writer.end(INGEST_TIME))
}

const BATCH_RECORDS_MAX = 60
const MARKER_EVERY = 10
const PRODUCER = 7n

/** One partition, batch after batch. */
class PartitionWriter {
  readonly #random: Random
  readonly #batches: StoredBatch[] = []
  #encoder = new RecordBatchEncoder()
  readonly #parts = new RecordParts()
  #batchRecords = 0
  #baseOffset = 0

  constructor(random: Random) {
    this.#random = random
  }

  store<T extends Omit<NewRecord, 'topic'> & Pick<StoredRecord, 'partition'>>(
    record: T,
    now: number,
  ): T & { readonly offset: number } {
    if (this.#encoder.recordCount >= this.#batchRecords) this.#endBatch(now)
    const offset = this.#baseOffset + this.#encoder.recordCount
    this.#parts.read({ topic: PRICES_TOPIC, ...record })
    this.#encoder.append(this.#parts)
    return { ...record, offset }
  }

  end(now: number): readonly StoredBatch[] {
    this.#endBatch(now)
    return this.#batches
  }

  #endBatch(timestamp: number): void {
    const { chance, whole, pick } = this.#random
    this.#batchRecords = chance(0.2) ? 1 : whole(1, BATCH_RECORDS_MAX)
    if (this.#encoder.recordCount === 0) return
    const { bytes, recordCount } = this.#encoder.end()
    this.#encoder = new RecordBatchEncoder()
    const stamp = { timestamp, producerId: PRODUCER, producerEpoch: 0, firstSequence: 0, isTransactional: true }
    const batch = stamped(bytes, stamp)
    batch.writeBigInt64BE(BigInt(this.#baseOffset))
    this.#batches.push({ bytes: packed(batch, pick(PACKED_BY)), timestamp })
    this.#baseOffset += recordCount
    if (whole(1, MARKER_EVERY) > 1) return
    const marker = markerBytes({ offset: this.#baseOffset++, producerId: PRODUCER, kind: 'commit' })
    this.#batches.push({ bytes: marker, timestamp })
  }
}

const PACKED_BY: readonly Exclude<Codec, 'lz4'>[] = ['none', 'none', 'none', 'gzip', 'snappy', 'zstd']

const PACK = { gzip: gzipSync, snappy: snappyCompress, zstd: zstdCompressSync }

/** The same batch with its records packed. */
function packed(batch: Buffer, codec: Exclude<Codec, 'lz4'>): Buffer {
  if (codec === 'none') return batch
  const bytes = Buffer.concat([batch.subarray(0, HEADER_BYTES), PACK[codec](batch.subarray(HEADER_BYTES))])
  bytes.writeInt32BE(bytes.length - LENGTH_END, 8)
  bytes.writeInt16BE(bytes.readInt16BE(CRC_START) | CODECS.indexOf(codec), CRC_START)
  return sealed(bytes)
}
