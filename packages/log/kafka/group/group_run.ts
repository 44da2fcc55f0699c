// A run: one member of a group, over as many lives of its consumer as it takes, until it is aborted, at its bounded
// end, or failed. Invariant: the first failure ends the run and is what it rejects with; kafkajs never sees an
// exception of a processor, which it would retry.

import { setMaxListeners } from 'node:events'
import {
  type PartitionCommit,
  type PartitionLag,
  type Processor,
  ReopenPartitions,
  type RunOptions,
  type TopicPartition,
} from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import { messageOf } from '#runtime/errors'
import { topicMissing } from '../cluster/topic_facts.ts'
import { inTime } from '../deadline.ts'
import type { FetchedBatch } from '../kafkajs/fetched_batch.ts'
import { AssignedPartitions } from '../partition/assigned_partitions.ts'
import { BoundedEnd } from './bounded_end.ts'
import { crashError } from './crash.ts'
import { type ConsumerEvents, GroupConsumer } from './group_consumer.ts'
import { lagOf } from './lag.ts'
import { OffsetCommits } from './offset_commits.ts'
import { rebalance } from './rebalance.ts'
import type { Fetching, LiveRun, LogParts, RunContext } from './run_context.ts'
import { StepWait } from './step_wait.ts'
import { tickWhile } from './tick_loop.ts'
import { watchTopics } from './topic_watch.ts'
import { Watchdog } from './watchdog.ts'

/** See EventLog.run. */
export async function runGroup(
  parts: LogParts & { readonly runs: Set<LiveRun> },
  options: RunOptions,
  processor: Processor,
): Promise<void> {
  if (options.signal.aborted || !(await reached(parts, options.signal))) return
  const found = await parts.admin.topics(options.topics)
  const missing = options.topics.find((topic) => found.every((each) => each.topic !== topic))
  if (missing !== undefined) throw topicMissing(missing, parts.client.brokers)
  const topicIds = new Map(found.map(({ topic, id }) => [topic, id]))
  const run = new GroupRun({ ...parts, topicIds }, options, processor)
  parts.runs.add(run)
  await run.run().finally(() => parts.runs.delete(run))
}

/** False when the run was aborted before a broker answered. */
async function reached({ client }: LogParts, signal: AbortSignal): Promise<boolean> {
  try {
    await client.reach(signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return !signal.aborted
}

class GroupRun implements RunContext, ConsumerEvents, LiveRun {
  readonly client: LogParts['client']
  readonly admin: LogParts['admin']
  readonly facts: LogParts['facts']
  readonly transactions: LogParts['transactions']
  readonly options: RunOptions
  readonly topicIds: RunContext['topicIds']
  readonly processor: Processor
  readonly fetching: Fetching
  readonly #stop = new AbortController()
  readonly #finished = Promise.withResolvers<void>()
  readonly #partitions = new AssignedPartitions(this)
  readonly #watchdog = new Watchdog(this, this.#partitions)
  readonly #stepWait: StepWait
  readonly #offsets: OffsetCommits
  #consumer: GroupConsumer | null = null
  #failure: { readonly error: unknown } | null = null

  constructor(parts: LogParts & Pick<RunContext, 'topicIds'>, options: RunOptions, processor: Processor) {
    this.client = parts.client
    this.admin = parts.admin
    this.facts = parts.facts
    this.transactions = parts.transactions
    this.options = options
    this.topicIds = parts.topicIds
    this.processor = processor
    this.#stepWait = new StepWait(parts.client.clock, parts.client.limits.stepWaitMs)
    this.#offsets = new OffsetCommits({
      logger: parts.client.logger,
      usable: (at) => this.#partitions.get(at)?.usable ?? false,
      send: async (commits) => this.#consumer?.commitOffsets(commits),
    })
    // Every partition may wait on it at once.
    setMaxListeners(0, this.#stop.signal)
    this.fetching = {
      seek: (at, position) => this.#consumer?.seek(at, position),
      pause: (at) => this.#consumer?.pause(at),
      resume: (at) => this.#consumer?.resume(at),
    }
  }

  get stopping(): AbortSignal {
    return this.#stop.signal
  }

  async run(): Promise<void> {
    const finish = () => this.#finished.resolve()
    this.options.signal.addEventListener('abort', finish, { once: true })
    if (this.options.signal.aborted) finish()
    this.#inBackground(this.#consume())
    this.#inBackground(tickWhile(this, this.#partitions))
    this.#inBackground(this.#watchdog.watch())
    this.#inBackground(watchTopics(this))
    if (this.options.bounded) this.#inBackground(new BoundedEnd(this, this.#partitions).reached().then(finish))
    try {
      await this.#finished.promise
      await this.#wrapUp()
    } finally {
      this.options.signal.removeEventListener('abort', finish)
      await this.#leave()
    }
    if (this.#failure !== null) throw this.#failure.error
  }

  lag(): Promise<readonly PartitionLag[]> {
    return lagOf(this, this.#partitions)
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#finished.resolve()
  }

  reopen(partitions: readonly TopicPartition[], reason: Error): void {
    const names = partitions.map(partitionName).join(', ')
    this.client.logger.info({ partitions: names, reason: reason.message }, 'partitions are opened anew')
    for (const at of partitions) this.#partitions.get(at)?.reopen(reason)
  }

  commitOffsets(commits: readonly PartitionCommit[]): Promise<void> {
    return this.#offsets.commit(commits)
  }

  forgetOffset(at: TopicPartition): void {
    this.#offsets.forget(at)
  }

  joined(memberId: string, partitions: readonly TopicPartition[]): void {
    const { group, topics } = this.options
    this.client.logger.info({ group, topics, partitions: partitions.length }, 'joined the group')
    if (this.stopping.aborted) return
    this.#stepWait.begin()
    rebalance(this.#partitions, { memberId, given: partitions })
  }

  owesSteps(): boolean {
    if (this.stopping.aborted || this.#stepWait.isOver) return false
    return this.#partitions.assigned().some((partition) => partition.owesStep)
  }

  confirmed(): void {
    if (this.stopping.aborted) return
    for (const partition of this.#partitions.assigned()) partition.confirm()
    void this.#offsets.sendOwed()
  }

  answered(): void {
    this.#watchdog.answered()
  }

  async batch(batch: FetchedBatch): Promise<void> {
    await this.#partitions.get(batch)?.process(batch)
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.stopping.aborted) this.fail(error)
    })
  }

  /** Lives of the consumer, one after another: a crash that may pass costs its state, not the run. */
  async #consume(): Promise<void> {
    const { client, stopping } = this
    const { limits, clock, logger } = client
    for (let attempt = 1; !stopping.aborted; ) {
      await client.reach(stopping)
      if (stopping.aborted) return
      const bornAt = clock.now()
      this.#consumer = new GroupConsumer(client, this.options)
      const end = await this.#consumer.live(this)
      if (stopping.aborted || !('error' in end)) return
      const error = await crashError(end.error, { run: this, partitions: this.#partitions })
      attempt = clock.now() - bornAt > limits.consumerSteadyMs ? 1 : attempt + 1
      if (!error.retryable || attempt > limits.consumerAttemptsMax) throw error
      logger.warn({ reason: error.message }, 'the consumer has failed and is started again')
      const { memberId } = this.#partitions
      this.#partitions.loseAll()
      await client.reach(stopping)
      if (memberId !== null) await this.#leaveAs(memberId)
    }
  }

  /**
   * The member that died with its consumer is still in the group, and would hold up our own join until it times out.
   */
  async #leaveAs(memberId: string): Promise<void> {
    try {
      await this.admin.leaveGroup(this.options.group, memberId)
    } catch (error) {
      this.client.logger.debug({ reason: messageOf(error) }, 'the dead member could not be taken out of the group')
    }
  }

  /** What is in hand is finished, and the processor asked for its last commits, unless the run has failed. */
  async #wrapUp(): Promise<void> {
    const { limits, clock, logger } = this.client
    this.#stop.abort()
    this.#stepWait.end()
    for (const partition of this.#partitions.assigned()) this.fetching.pause(partition.at)
    const idle = await inTime(this.#partitions.idle(), { ms: limits.stopBatchMs, clock })
    if (this.#failure !== null) return
    if (idle.kind === 'late') {
      return logger.warn(
        {},
        `a batch was not done in ${limits.stopBatchMs} ms and is abandoned; nothing of it is committed`,
      )
    }
    const flushed = await inTime(this.#flush(), { ms: limits.stopFlushMs, clock })
    if (flushed.kind === 'late') logger.warn({}, `the last commits were not done in ${limits.stopFlushMs} ms`)
  }

  async #flush(): Promise<void> {
    try {
      const commits = (await this.processor.flush?.()) ?? []
      if (this.options.commit === 'offsets') return await this.commitOffsets(commits)
      for (const commit of commits) await this.#partitions.get(commit)?.finish(commit)
    } catch (error) {
      if (!(error instanceof ReopenPartitions)) return this.fail(error)
      this.client.logger.info({ reason: error.message }, 'the last work is void; the next run does it again')
    }
  }

  async #leave(): Promise<void> {
    const { limits, clock, logger } = this.client
    const leaving = Promise.all([this.#consumer?.stop(), this.#partitions.dispose()])
    const left = await inTime(leaving, { ms: limits.stopLeaveMs, clock })
    if (left.kind === 'late') logger.debug({}, 'the group was not left in time; it will notice by itself')
  }
}
