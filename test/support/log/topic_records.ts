// What a topic holds, read to its end by a group of its own.

import type { EventLog, LogRecord } from '#log/event_log'
import { uniqueName } from '#support/services/services'

/** All committed records of a topic, by partition; partitions without records are absent. */
export async function recordsOf(log: EventLog, topic: string): Promise<Map<number, LogRecord[]>> {
  const found = new Map<number, LogRecord[]>()
  const signal = AbortSignal.timeout(READ_MS_MAX)
  const group = uniqueName('reader')
  await log.run(
    { group, topics: [topic], commit: 'offsets', signal, bounded: true },
    {
      async open({ partition }, { logStart }) {
        found.delete(partition)
        return logStart
      },
      async process({ partition, records }) {
        const list = found.get(partition) ?? []
        found.set(partition, list)
        for (const record of records) list.push({ ...record, key: copied(record.key), value: copied(record.value) })
        return []
      },
      close() {},
    },
  )
  if (signal.aborted) throw new Error(`${topic} was not read to its end within ${READ_MS_MAX} ms`)
  return found
}

const READ_MS_MAX = 60_000

function copied(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : bytes.slice()
}
