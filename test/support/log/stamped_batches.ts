// Encoded batches, stamped and read back: what a consumer gets of them.

import type { LogRecord } from '#log/event_log'
import { decodeFetched } from '#log/kafka/record_batch/decode_fetched'
import { type BatchStamp, stampBatch } from '#log/kafka/record_batch/encode_batch'

export const STAMP: BatchStamp = {
  timestamp: 1_790_000_000_000,
  producerId: 7n,
  producerEpoch: 3,
  firstSequence: 42,
  isTransactional: true,
}

/** The batch as it goes over the wire. */
export function stamped(bytes: Uint8Array, stamp: BatchStamp = STAMP): Buffer {
  const copy = Buffer.from(bytes)
  stampBatch(copy, { start: 0, end: copy.length }, stamp)
  return copy
}

/** The batch's records, all their bytes as Buffers, so that they compare. */
export function stampedRecords(bytes: Uint8Array, stamp?: BatchStamp): LogRecord[] {
  const { columns } = decodeFetched({ bytes: stamped(bytes, stamp), from: 0, aborted: [] })
  const buffer = (content: Uint8Array | null) => content && Buffer.from(content)
  return Array.from({ length: columns.count }, (_, row) => {
    const { key, value, headers, ...rest } = columns.recordAt(row)
    const named = Object.entries(headers ?? {}).map(([name, content]) => [name, Buffer.from(content)])
    return { ...rest, key: buffer(key), value: buffer(value), headers: headers && Object.fromEntries(named) }
  })
}
