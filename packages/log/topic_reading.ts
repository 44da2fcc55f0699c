// Reads parts of topics without leaving a trace: as the only member of a group of its own that commits nothing. Every
// record of the asked ranges is handed over once, in order within its partition.

import type { EventLog, LogRecord, Processor, TopicPartition } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import type { Offset } from '#runtime/units'

/** A part of a partition: [start, end). */
export interface PartitionPart extends TopicPartition {
  readonly start: Offset
  readonly end: Offset
}

/** What to read, and how. */
export interface TopicReading {
  readonly parts: readonly PartitionPart[]
  /** A name that no other group has. */
  readonly group: string
  readonly signal: AbortSignal
  take(at: TopicPartition, record: LogRecord): void
}

/** Reads all parts to their ends; false when it was stopped before. Throws what the log throws. */
export async function readParts(log: EventLog, reading: TopicReading): Promise<boolean> {
  const open = new Map(reading.parts.filter((part) => part.start < part.end).map((part) => [partitionName(part), part]))
  if (open.size === 0) return true
  const done = new AbortController()
  const topics = [...new Set([...open.values()].map((part) => part.topic))]
  const signal = AbortSignal.any([reading.signal, done.signal])
  const processor = partsReader(reading, open, () => done.abort())
  await log.run({ group: reading.group, topics, commit: 'offsets', signal, bounded: true }, processor)
  return open.size === 0
}

function partsReader(reading: TopicReading, open: Map<string, PartitionPart>, onDone: () => void): Processor {
  // A partition may be taken away and given back: it goes on where it was.
  const positions = new Map<string, Offset>()
  // Where the log ended at the last opening: a topic that was made anew may end before the part does.
  const logEnds = new Map<string, Offset>()
  const readTo = (name: string, position: Offset) => {
    const part = open.get(name)
    if (part !== undefined && position >= part.end) open.delete(name)
    if (open.size === 0) onDone()
    return []
  }
  return {
    async open(partition, { logStart, logEnd }) {
      const name = partitionName(partition)
      const part = open.get(name)
      if (part === undefined) return logEnd
      const at = Math.max(positions.get(name) ?? part.start, logStart) as Offset
      positions.set(name, at)
      logEnds.set(name, logEnd)
      return at
    },
    async process({ topic, partition, records, next }) {
      const name = partitionName({ topic, partition })
      const part = open.get(name)
      if (part === undefined) return []
      const from = positions.get(name) ?? part.start
      for (const record of records) {
        if (record.offset >= from && record.offset < part.end) reading.take(part, record)
      }
      positions.set(name, next)
      return readTo(name, next)
    },
    // A fetch of nothing but markers and aborted records is no batch: only the end tells that they were read.
    async end(partition) {
      const name = partitionName(partition)
      return readTo(name, logEnds.get(name) ?? (0 as Offset))
    },
    close() {},
  }
}
