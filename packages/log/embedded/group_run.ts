// One member's run: joins the group, keeps a reader for each partition that it holds a lease of, and carries out
// their commits. A commit checks the lease in its own transaction; without the lease the partition is closed instead.

import type { CommitQueue } from '#log/embedded/commit_queue'
import { PartitionReader, type ReaderContext } from '#log/embedded/partition_reader'
import { type CommitParts, commitOffsets } from '#log/embedded/sqlite/commits'
import type { Balance, Lease, Membership } from '#log/embedded/sqlite/group_store'
import type { TopicStore } from '#log/embedded/sqlite/topic_store'
import {
  type PartitionCommit,
  type PartitionLag,
  type PartitionStart,
  type Processor,
  ReopenPartitions,
  type RunOptions,
  TICK_INTERVAL_MS,
  type TopicPartition,
} from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import type { Clock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import type { Logger } from '#runtime/logger'

/** What runs of one log share. */
export interface RunParts extends CommitParts {
  readonly topics: TopicStore
  readonly commits: CommitQueue
  readonly clock: Clock
  readonly logger: Logger
  readonly newId: () => string
  readonly heartbeatIntervalMs: number
}

/** A run; `run` is called once. */
export class GroupRun {
  readonly #parts: RunParts
  readonly #options: RunOptions
  readonly #processor: Processor
  readonly #membership: Membership
  readonly #context: ReaderContext
  readonly #readers = new Map<number, PartitionReader>()
  /** Leases that were taken while an older reader of the partition is still busy. */
  readonly #queued = new Map<number, Lease>()
  readonly #retiring = new Set<PartitionReader>()
  readonly #lost = new WeakSet<PartitionReader>()
  readonly #running = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined
  #wanted = 0
  #balanceDue = true
  /** The last one was not carried out; the next heartbeat does it. */
  #balanceMissed = false
  #stopping = false
  #ending = false
  #bell = Promise.withResolvers<void>()

  constructor(parts: RunParts, options: RunOptions, processor: Processor) {
    this.#parts = parts
    this.#options = options
    this.#processor = processor
    this.#context = this.#contextOfReaders()
    this.#membership = { memberId: parts.newId(), group: options.group, topics: [...new Set(options.topics)] }
  }

  /** Reads until the signal aborts, the bounded end is reached, or something fails; then leaves the group. */
  async run(): Promise<void> {
    const { signal } = this.#options
    if (signal.aborted) return
    for (const topic of this.#membership.topics) this.#parts.topics.get(topic)
    const timers = new AbortController()
    const stopListening = this.#parts.changes.listen({
      partitionGrew: (partitionId) => this.#readers.get(partitionId)?.wake(),
      membershipMoved: () => this.#askForBalance(),
    })
    const stop = () => this.#stop()
    signal.addEventListener('abort', stop, { once: true })
    void this.#every(this.#parts.heartbeatIntervalMs, timers.signal, () => this.#balance())
    if (this.#processor.tick) void this.#every(TICK_INTERVAL_MS, timers.signal, () => this.#tick())
    try {
      await this.#untilStopped()
      await this.#finish()
    } finally {
      timers.abort()
      stopListening()
      signal.removeEventListener('abort', stop)
      this.#guarded(() => this.#parts.groups.leave(this.#membership))
    }
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** How far each partition that it holds is behind. */
  lag(): PartitionLag[] {
    return [...this.#readers.values()].flatMap((reader) => reader.lag ?? [])
  }

  async #untilStopped(): Promise<void> {
    while (!this.#stopping) {
      if (this.#balanceDue) this.#guarded(() => this.#balance())
      if (this.#options.bounded) {
        if (!this.#ending && this.#isAtEnd()) this.#ending = true
        if (this.#ending && this.#hasEnded()) break
      }
      if (!this.#balanceDue) await this.#bell.promise
    }
  }

  /** All readers leave; in good order the processor then gets its last chance to commit. */
  async #finish(): Promise<void> {
    this.#stop()
    await Promise.all(this.#running)
    if (this.#failure === undefined) await this.#flush()
    for (const reader of this.#readers.values()) reader.close()
  }

  async #flush(): Promise<void> {
    try {
      const commits = (await this.#processor.flush?.()) ?? []
      if (this.#options.commit === 'offsets') return this.#commitOffsets(commits)
      for (const commit of commits) {
        const reader = this.#readerOf(commit)
        if (reader?.isOpen && !this.#lost.has(reader)) await this.#commitTransactions(reader, [commit])
      }
    } catch (error) {
      if (!(error instanceof ReopenPartitions)) this.#fail(error)
    }
  }

  #isAtEnd(): boolean {
    this.#parts.changes.refresh()
    if (this.#balanceDue || this.#balanceMissed || this.#queued.size > 0 || this.#retiring.size > 0) return false
    if (this.#wanted !== this.#readers.size) return false
    return [...this.#readers.values()].every((reader) => reader.isAtEnd)
  }

  #hasEnded(): boolean {
    for (const reader of this.#readers.values()) reader.end()
    return [...this.#readers.values()].every((reader) => reader.hasEnded)
  }

  #balance(): void {
    this.#balanceDue = false
    const balance = this.#askGroup()
    if (balance === null) return
    const { acquired, held, wanted } = balance
    this.#wanted = wanted.size
    for (const [partitionId, reader] of this.#readers) {
      if (!held.has(reader.lease.leaseId)) this.#lose(reader)
      else if (!wanted.has(partitionId)) this.#retire(reader)
    }
    if (this.#stopping) return
    for (const lease of acquired) {
      if (this.#readers.has(lease.partitionId)) this.#queued.set(lease.partitionId, lease)
      else this.#start(lease)
    }
  }

  /** Null while another process keeps the file locked: its partitions are not lost by one heartbeat. */
  #askGroup(): Balance | null {
    try {
      const balance = this.#parts.groups.balance(this.#membership)
      if (this.#balanceMissed) this.#ring()
      this.#balanceMissed = false
      return balance
    } catch (error) {
      if (!(error instanceof PlatformError) || !error.retryable) throw error
      this.#balanceMissed = true
      const message = 'another process keeps the embedded log locked; the next heartbeat tries again'
      this.#parts.logger.warn({ ...error.fields, group: this.#options.group }, message)
      return null
    }
  }

  #start(lease: Lease): void {
    const reader = new PartitionReader(lease, this.#context)
    this.#readers.set(lease.partitionId, reader)
    const running = reader.run().then(
      () => this.#guarded(() => this.#left(reader)),
      (error: unknown) => this.#fail(error),
    )
    this.#running.add(running)
    void running.finally(() => this.#running.delete(running))
  }

  #lose(reader: PartitionReader): void {
    if (this.#lost.has(reader)) return
    this.#lost.add(reader)
    const { topic, partition, group } = reader.lease
    this.#parts.logger.warn({ group, topic, partition }, 'another member has taken the partition over')
    this.#retire(reader)
  }

  #retire(reader: PartitionReader): void {
    this.#retiring.add(reader)
    reader.leave()
  }

  /** A reader has ended. One that retires gives its partition up now; others stay open for the flush. */
  #left(reader: PartitionReader): void {
    this.#ring()
    if (!this.#retiring.delete(reader)) return
    reader.close()
    const { partitionId } = reader.lease
    this.#readers.delete(partitionId)
    if (!this.#lost.has(reader)) this.#parts.groups.release(reader.lease)
    const queued = this.#queued.get(partitionId)
    this.#queued.delete(partitionId)
    if (queued !== undefined && !this.#stopping) this.#start(queued)
    this.#askForBalance()
  }

  #contextOfReaders(): ReaderContext {
    const { records, changes, clock } = this.#parts
    return {
      processor: this.#processor,
      clock,
      startOf: (lease) => this.#startOf(lease),
      read: (lease, from) => records.read(lease, from, changes.endOf(lease.partitionId)),
      endOf: (lease, refresh) => {
        if (refresh) changes.refresh()
        return changes.endOf(lease.partitionId)
      },
      commit: (reader, commits) => this.#commit(reader, commits),
      reopen: (partitions) => {
        for (const partition of partitions) this.#readerOf(partition)?.reopen()
      },
      idle: () => {
        if (this.#options.bounded) this.#ring()
      },
    }
  }

  #startOf({ topic, partition, partitionId, group }: Lease): PartitionStart {
    const { topics, groups, changes } = this.#parts
    const { start, end } = topics.range(partitionId)
    changes.appended(new Map([[partitionId, end]]))
    const committed = groups.committed(group, topic).get(partition) ?? null
    return { topicId: topics.get(topic).id, committed, logStart: start, logEnd: end }
  }

  async #commit(reader: PartitionReader, commits: readonly PartitionCommit[]): Promise<void> {
    if (this.#options.commit === 'offsets') this.#commitOffsets(commits)
    else await this.#commitTransactions(reader, commits)
  }

  async #commitTransactions(reader: PartitionReader, commits: readonly PartitionCommit[]): Promise<void> {
    for (const commit of commits) {
      if (this.#readerOf(commit) !== reader) {
        throw new Error(`a commit for ${partitionName(commit)} out of a call for ${partitionName(reader.lease)}`)
      }
      if (await this.#parts.commits.commit(reader.lease, commit)) continue
      this.#lose(reader)
      return
    }
  }

  #commitOffsets(commits: readonly PartitionCommit[]): void {
    const held = commits.flatMap((commit) => {
      const reader = this.#readerOf(commit)
      return reader?.isOpen ? [{ reader, lease: reader.lease, commit }] : []
    })
    try {
      for (const { reader } of commitOffsets(this.#parts, held)) this.#lose(reader)
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error
      this.#parts.logger.warn({ group: this.#options.group, reason: error.message }, 'offsets could not be committed')
    }
  }

  #readerOf({ topic, partition }: TopicPartition): PartitionReader | undefined {
    const partitionId = this.#parts.topics.find(topic)?.partitionIds[partition]
    return partitionId === undefined ? undefined : this.#readers.get(partitionId)
  }

  #tick(): void {
    for (const reader of this.#readers.values()) reader.tick()
  }

  #askForBalance(): void {
    this.#balanceDue = true
    this.#ring()
  }

  #ring(): void {
    this.#bell.resolve()
    this.#bell = Promise.withResolvers()
  }

  #stop(): void {
    this.#stopping = true
    for (const reader of this.#readers.values()) reader.leave()
    this.#ring()
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#stop()
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#fail(error)
    }
  }

  async #every(intervalMs: number, signal: AbortSignal, work: () => void): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.clock.sleep(intervalMs, signal)
      if (!signal.aborted) this.#guarded(work)
    }
  }
}
