// Topics and their partitions as rows. Nothing is ever deleted, so what was read once stays true and is remembered.

import type { LogDatabase } from '#log/embedded/sqlite/database'
import type { PartitionRange, TopicInfo, TopicPartition, TopicSpec } from '#log/event_log'
import { PlatformError } from '#runtime/errors'
import { type Offset, offset } from '#runtime/units'

/** A topic with the row ids of its partitions, by partition number. */
export interface StoredTopic extends TopicInfo {
  readonly partitionIds: readonly number[]
}

/** A partition and its row id. */
export interface StoredPartition extends TopicPartition {
  readonly partitionId: number
}

export type TopicStore = ReturnType<typeof topicStore>

/** The topics of a database. */
export function topicStore(database: LogDatabase, newId: () => string) {
  const selectTopic = database.prepare('SELECT id, partitions FROM topics WHERE topic = ?')
  const selectIds = database.prepare('SELECT partition_id FROM partitions WHERE topic = ? ORDER BY partition')
  const selectRanges = database.prepare(
    'SELECT partition, log_start, log_end FROM partitions WHERE topic = ? ORDER BY partition',
  )
  const selectRange = database.prepare('SELECT log_start, log_end FROM partitions WHERE partition_id = ?')
  const insertTopic = database.prepare('INSERT INTO topics (topic, id, partitions) VALUES (?, ?, ?)')
  const insertPartition = database.prepare(
    'INSERT INTO partitions (topic, partition, log_start, log_end, last_timestamp) VALUES (?, ?, 0, 0, 0)',
  )
  const known = new Map<string, StoredTopic>()

  function find(topic: string): StoredTopic | undefined {
    const remembered = known.get(topic)
    if (remembered !== undefined) return remembered
    return database.read(() => {
      const [id, partitions] = row(selectTopic.get(topic))
      if (id === undefined) return undefined
      const partitionIds = rows(selectIds.all(topic)).map(([partitionId]) => Number(partitionId))
      const found = { topic, id: String(id), partitions: Number(partitions), partitionIds }
      known.set(topic, found)
      return found
    })
  }

  return {
    find,
    /** The topic, or LOG_TOPIC_MISSING. */
    get(topic: string): StoredTopic {
      const found = find(topic)
      if (found !== undefined) return found
      const message = `topic ${topic} does not exist in the embedded log ${database.path}; run \`tickerlake init\``
      throw new PlatformError('LOG_TOPIC_MISSING', message, { fields: { topic, path: database.path } })
    },
    create(specs: readonly TopicSpec[]): void {
      database.transaction(() => {
        for (const { topic, partitions } of specs) {
          if (selectTopic.get(topic) !== undefined) continue
          insertTopic.run(topic, newId(), partitions)
          for (let partition = 0; partition < partitions; partition++) insertPartition.run(topic, partition)
        }
      })
    },
    ranges(topic: string): PartitionRange[] {
      const found = database.read(() => rows(selectRanges.all(topic)))
      return found.map(([partition, start, end]) => ({
        topic,
        partition: Number(partition),
        start: offset(Number(start)),
        end: offset(Number(end)),
      }))
    },
    range(partitionId: number): { start: Offset; end: Offset } {
      const [start, end] = database.read(() => row(selectRange.get(partitionId)))
      return { start: offset(Number(start)), end: offset(Number(end)) }
    },
  }
}

/** A row as node:sqlite gives it after setReturnArrays; its types do not say so. */
export type Row = readonly unknown[]

/** A row of a statement that returns arrays; empty when there is none. */
export function row(value: unknown): Row {
  return (value ?? []) as Row
}

/** The rows of a statement that returns arrays. */
export function rows(values: unknown): readonly Row[] {
  return values as readonly Row[]
}
