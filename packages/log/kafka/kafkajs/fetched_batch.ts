// What kafkajs hands over, as a batch of the port. Positions come from the fetched bytes, markers and aborted records
// included, so that a partition whose last offsets are markers can be read to its end.

import { ColumnBatch } from '#log/column_batch'
import { PlatformError } from '#runtime/errors'
import { offset } from '#runtime/units'
import { DamagedBatch } from '../record_batch/batch_header.ts'
import { decodeFetched } from '../record_batch/decode_fetched.ts'
import type { FetchedRecordSet } from './fetch_response.ts'

/** kafkajs's Batch, as far as it is used. */
export interface FetchedBatch {
  readonly topic: string
  readonly partition: number
  readonly highWatermark: string
  /** The offset that the fetch asked for. */
  readonly fetchedOffset: string
  /** What fetch_response.ts has put there: one, or none where nothing came. */
  readonly rawMessages: readonly FetchedRecordSet[]
}

const NO_RECORDS: FetchedRecordSet = { offset: '0', bytes: new Uint8Array(0), aborted: [] }

/**
 * A fetched batch as the port's; it may have no records when all there was are markers and aborted records. Throws
 * LOG_FAILED when bytes are damaged or in a format from before Kafka 0.11.
 */
export function recordBatchOf({
  topic,
  partition,
  highWatermark,
  fetchedOffset,
  rawMessages,
}: FetchedBatch): ColumnBatch {
  const from = Number(fetchedOffset)
  try {
    const { columns, next } = decodeFetched({ ...(rawMessages[0] ?? NO_RECORDS), from })
    const logEnd = offset(Math.max(Number(highWatermark), next))
    return new ColumnBatch({ topic, partition, columns, first: 0, count: columns.count, next: offset(next), logEnd })
  } catch (error) {
    if (!(error instanceof DamagedBatch)) throw error
    const where = `a record batch of ${topic}/${partition}, at offset ${from} or soon after, cannot be read`
    const advice = 'start again; if that does not help, look at the partition with kafka-dump-log'
    const fields = { topic, partition, offset: from }
    throw new PlatformError('LOG_FAILED', `${where}: ${error.message}; ${advice}`, { cause: error, fields })
  }
}
