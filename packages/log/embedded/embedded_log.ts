// The EventLog in one SQLite file, for one machine: no broker, the same promises. Every append and commit is one
// durable transaction; several processes may have the file open. Contract: test/contract/event_log.ts.

import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Changes } from '#log/embedded/changes'
import { CommitQueue } from '#log/embedded/commit_queue'
import { GroupRun, type RunParts } from '#log/embedded/group_run'
import { HEARTBEATS_PER_TIMEOUT, MEMBER_TIMEOUT_MS, PUBLISH_BYTES_MAX, PUBLISH_RECORDS_MAX } from '#log/embedded/limits'
import { openPositioned } from '#log/embedded/positioned_publisher'
import { readOnlyGroups } from '#log/embedded/read_only_groups'
import { type LogAccess, LogDatabase } from '#log/embedded/sqlite/database'
import { groupStore } from '#log/embedded/sqlite/group_store'
import { byteCounts, type RecordRange, recordStore } from '#log/embedded/sqlite/record_store'
import { row, topicStore } from '#log/embedded/sqlite/topic_store'
import {
  type EventLog,
  type NewRecords,
  noTransactions,
  type PartitionLag,
  type PositionedPublisher,
  type PositionOwner,
  type Processor,
  type RunOptions,
  type TransactionCounts,
} from '#log/event_log'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'

export { claimProducer, type ProducerClaim } from '#log/embedded/producer_claim'
export type { LogAccess } from '#log/embedded/sqlite/database'

/** How to open an embedded log. */
export interface EmbeddedLogOptions {
  /** The file; created when it is not there. SQLite keeps two more beside it, named with -wal and -shm. */
  readonly path: string
  /** Stamps records, measures silence, and drives ticks. All processes on one file must go by the same time. */
  readonly clock: Clock
  readonly logger: Logger
  /** Names logs, topics, members and leases; random UUIDs by default. */
  readonly newId?: () => string
  /** A member that was not seen for this long loses its partitions; by default MEMBER_TIMEOUT_MS. */
  readonly memberTimeoutMs?: number
  /**
   * `read`: the file must be there, nothing of it is changed, and its folder may be read-only. Runs read all
   * partitions, whatever other members their groups have, and cannot commit. Default `write`.
   */
  readonly access?: LogAccess
}

/**
 * Opens the embedded log. There is no retention yet: the file keeps every record until it is deleted, and
 * `createTopics` ignores topic settings. It must be on a disk of this machine, not on a network share, and be opened by
 * one thread of a process only. Throws STORE_FULL when there is no space, LOG_FAILED when the file cannot be used
 * (retryable while another process keeps it locked).
 */
export function openEmbeddedLog(options: EmbeddedLogOptions): EventLog {
  return new EmbeddedLog(options)
}

class EmbeddedLog implements EventLog {
  readonly #parts: RunParts
  readonly #clusterId: string
  readonly #closing = new AbortController()
  readonly #runs = new Map<GroupRun, Promise<void>>()
  #lastPublish: Promise<void> = Promise.resolve()

  constructor(options: EmbeddedLogOptions) {
    const { path, clock, logger, newId = randomUUID, memberTimeoutMs = MEMBER_TIMEOUT_MS, access = 'write' } = options
    const database = new LogDatabase(path, { newId, access })
    const topics = topicStore(database, newId)
    const records = recordStore(database, topics, clock)
    const changes = new Changes(database, clock)
    const onMembershipMoved = () => changes.membershipMoved()
    const shared = groupStore(database, { topics, clock, newId, memberTimeoutMs, onMembershipMoved })
    const groups = access === 'read' ? { ...shared, ...readOnlyGroups(topics, newId) } : shared
    const heartbeatIntervalMs = Math.ceil(memberTimeoutMs / HEARTBEATS_PER_TIMEOUT)
    const stores = { database, topics, records, groups, changes, transactions: noTransactions() }
    this.#parts = { ...stores, commits: new CommitQueue(stores), clock, logger, newId, heartbeatIntervalMs }
    this.#clusterId = String(row(database.prepare('SELECT id FROM log').get())[0])
  }

  async clusterId(): Promise<string> {
    return this.#clusterId
  }

  /** Publishes take turns, so that the chunks of two of them do not mix. */
  publish(records: NewRecords): Promise<void> {
    const publishing = this.#lastPublish.then(() => this.#publishAll(records))
    this.#lastPublish = publishing.catch(() => {})
    return publishing
  }

  async #publishAll(records: NewRecords): Promise<void> {
    const { database, records: store, changes } = this.#parts
    for (const [i, range] of rangesOf(records).entries()) {
      if (i > 0) await nextTurn()
      changes.appended(database.transaction(() => store.append(records, range)))
    }
  }

  async openPositioned(owner: PositionOwner): Promise<PositionedPublisher> {
    return openPositioned(this.#parts, owner)
  }

  async run(options: RunOptions, processor: Processor): Promise<void> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal])
    const run = new GroupRun(this.#parts, { ...options, signal }, processor)
    const running = run.run()
    this.#runs.set(run, running)
    await running.finally(() => this.#runs.delete(run))
  }

  async createTopics(specs: Parameters<EventLog['createTopics']>[0]): Promise<void> {
    this.#parts.topics.create(specs)
  }

  async describeTopics(topics: readonly string[]): ReturnType<EventLog['describeTopics']> {
    const found = topics.map((topic) => this.#parts.topics.find(topic)).filter((topic) => topic !== undefined)
    return found.map(({ topic, id, partitions }) => ({ topic, id, partitions }))
  }

  async ranges(topic: string): ReturnType<EventLog['ranges']> {
    return this.#parts.topics.ranges(this.#parts.topics.get(topic).topic)
  }

  async committed(group: string, topic: string): ReturnType<EventLog['committed']> {
    return this.#parts.groups.committed(group, topic)
  }

  get transactions(): Readonly<TransactionCounts> {
    return this.#parts.transactions
  }

  async lag(): Promise<readonly PartitionLag[]> {
    return [...this.#runs.keys()].flatMap((run) => run.lag())
  }

  /** Stops the runs in good order, then closes the file. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled([...this.#runs.values(), this.#lastPublish])
    await this.#parts.commits.idle()
    this.#parts.database.close()
  }
}

/** Splits records into ranges that one transaction takes. Throws LOG_RECORD_TOO_LARGE before any is written. */
function rangesOf(records: NewRecords): RecordRange[] {
  const bytesOf = byteCounts(records)
  const ranges: RecordRange[] = []
  let [from, bytes] = [0, 0]
  for (let row = 0; row < records.length; row++) {
    const size = bytesOf(row)
    if (row - from === PUBLISH_RECORDS_MAX || (bytes + size > PUBLISH_BYTES_MAX && row > from)) {
      ranges.push({ from, to: row })
      from = row
      bytes = 0
    }
    bytes += size
  }
  return records.length === from ? ranges : [...ranges, { from, to: records.length }]
}
