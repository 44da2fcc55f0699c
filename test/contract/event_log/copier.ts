// The records and the processor that most tests of the EventLog contract use: each input record becomes one output that
// names its origin, so that a lost or doubled record shows. Imported by child processes too, so nothing of vitest here.

import type { LogRecord, NewRecord, Processor } from '#log/event_log'

/** Copies every record to the same partition of another topic, as `partition:offset`, one commit a batch. */
export function copier(output: string, onBatch: (partition: number, count: number) => void = () => {}): Processor {
  return {
    open: async (_, start) => start.committed?.offset ?? start.logStart,
    process: async (batch) => {
      onBatch(batch.partition, batch.records.length)
      const { topic, partition, next } = batch
      const outputs = batch.records.map((record) => copyRecord(output, partition, record))
      return [{ topic, partition, next, metadata: `up to ${next}`, outputs }]
    },
    close: () => {},
  }
}

function copyRecord(topic: string, partition: number, record: LogRecord): NewRecord {
  return { topic, partition, key: record.key, value: `${partition}:${record.offset}` }
}

/** Records `from` to `to` (exclusive) for a topic, keyed so that they spread over its partitions. */
export function numbered(topic: string, from: number, to: number): NewRecord[] {
  return Array.from({ length: to - from }, (_, i) => ({ topic, key: `key-${from + i}`, value: `value-${from + i}` }))
}

/** The bytes as text; `<null>` for none. */
export function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes === null || bytes === undefined ? '<null>' : Buffer.from(bytes).toString()
}
