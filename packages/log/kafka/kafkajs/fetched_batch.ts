// What kafkajs hands over, as a batch of the port. Offsets come from the raw batch, transaction markers and aborted
// records included, so that a partition whose last offsets are markers can be read to its end.

import type { Batch, IHeaders, KafkaMessage } from 'kafkajs'
import type { LogRecord, RecordBatch, RecordHeaders } from '#log/event_log'
import { epochMs, offset } from '#runtime/units'

/** kafkajs's Batch, with the fields that its types leave out. */
export interface FetchedBatch extends Batch {
  /** The offset that the fetch asked for. */
  readonly fetchedOffset: string
  /** Everything that came, markers and aborted records too. */
  readonly rawMessages: readonly RawMessage[]
}

interface RawMessage {
  readonly offset: string
  readonly batchContext?: { readonly firstOffset: string; readonly lastOffsetDelta: number }
}

/** A fetched batch as the port's; `records` may be empty when all there was are markers and aborted records. */
export function recordBatchOf(batch: FetchedBatch): RecordBatch {
  const { topic, partition } = batch
  const next = offset(nextOffsetOf(batch))
  const logEnd = offset(Math.max(Number(batch.highWatermark), next))
  return { topic, partition, records: batch.messages.map(recordOf), next, logEnd }
}

/** A batch in parts of at most `recordsMax` records; the last part ends where the batch does. */
export function* partsOf(batch: RecordBatch, recordsMax: number): Generator<RecordBatch> {
  const { records } = batch
  if (records.length <= recordsMax) return yield batch
  for (let from = 0; from < records.length; from += recordsMax) {
    const next = records[from + recordsMax]?.offset ?? batch.next
    yield { ...batch, records: records.slice(from, from + recordsMax), next }
  }
}

/** The offset after the last record batch of the fetch, whatever of it compaction has left. */
function nextOffsetOf({ rawMessages, fetchedOffset }: FetchedBatch): number {
  const last = rawMessages.at(-1)
  if (last === undefined) return Number(fetchedOffset)
  if (last.batchContext === undefined) return Number(last.offset) + 1
  return Number(last.batchContext.firstOffset) + last.batchContext.lastOffsetDelta + 1
}

function recordOf(message: KafkaMessage): LogRecord {
  return {
    offset: offset(Number(message.offset)),
    timestamp: epochMs(Number(message.timestamp)),
    key: message.key,
    value: message.value,
    headers: message.headers === undefined ? null : headersOf(message.headers),
  }
}

function headersOf(headers: IHeaders): RecordHeaders | null {
  let found: Record<string, Uint8Array> | null = null
  for (const name in headers) {
    const value = headers[name]
    const last = Array.isArray(value) ? value.at(-1) : value
    found ??= {}
    // A header may be null in the protocol, and repeated: the last one counts.
    found[name] = typeof last === 'string' ? Buffer.from(last) : (last ?? new Uint8Array(0))
  }
  return found
}
