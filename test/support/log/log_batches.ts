// Records of a test as a batch of the port, by the way of the bytes that a broker would send.

import { ColumnBatch } from '#log/column_batch'
import type { LogRecord, TopicPartition } from '#log/event_log'
import { decodeFetched } from '#log/kafka/record_batch/decode_fetched'
import type { Offset } from '#runtime/units'
import { recordBatchBytes } from './record_batches.ts'

/** The records as a batch. */
export function batchOfRecords(
  records: readonly LogRecord[],
  { topic, partition, next, logEnd }: TopicPartition & { readonly next: Offset; readonly logEnd: Offset },
): ColumnBatch {
  const first = records[0] ?? { offset: next, timestamp: 0 }
  const bytes = recordBatchBytes({
    baseOffset: first.offset,
    baseTimestamp: first.timestamp,
    records: records.map(({ offset, timestamp, key, value, headers }) => ({
      offsetDelta: offset - first.offset,
      timestampDelta: timestamp - first.timestamp,
      key,
      value,
      headers: Object.entries(headers ?? {}),
    })),
  })
  const { columns } = decodeFetched({ bytes, from: first.offset, aborted: [] })
  return new ColumnBatch({ topic, partition, columns, first: 0, count: columns.count, next, logEnd })
}
