// How the commits of one partition are carried out: as transactions of its own producer, or as offsets for others to
// see. Invariant: after a failed transaction the producer is gone, and nothing is committed before `open` has fenced
// again.

import { METADATA_BYTES_MAX, type PartitionCommit, type TopicPartition } from '#log/event_log'
import { roundRobin } from '#log/partitioner'
import { PlatformError } from '#runtime/errors'
import { isFenced } from './errors.ts'
import { PartitionProducer } from './partition_producer.ts'
import { type ProduceRequest, produceRequests } from './produce_requests.ts'
import { RedoPartition, redoOf } from './redo.ts'
import { keyOf, type RunContext } from './run_context.ts'

/** Carries out commits. */
export class PartitionCommitter {
  readonly #at: TopicPartition
  readonly #run: RunContext
  readonly #spread = roundRobin()
  #producer: PartitionProducer | null = null

  constructor(at: TopicPartition, run: RunContext) {
    this.#at = at
    this.#run = run
  }

  /** Fences all who held the partition before. Throws RedoPartition when that may succeed later. */
  async open(): Promise<void> {
    if (this.#run.options.commit === 'offsets') return
    this.discard()
    try {
      this.#producer = await PartitionProducer.open(this.#run.client, { ...this.#at, group: this.#run.options.group })
    } catch (error) {
      throw redoOf(this.#run.client.errorOf(error, `open partition ${keyOf(this.#at)}`))
    }
  }

  /** Carries out commits in their order. Throws RedoPartition when the outcome is unknown or the producer is fenced. */
  async carryOut(commits: readonly PartitionCommit[]): Promise<void> {
    for (const commit of commits) refuseLongMetadata(commit)
    if (this.#run.options.commit === 'offsets') {
      if (commits.some((commit) => commit.outputs.length > 0))
        throw new Error('a run that commits offsets has no outputs')
      if (commits.length > 0) await this.#run.commitOffsets(commits)
      return
    }
    for (const commit of commits) await this.#transact(commit)
  }

  /** Throws the producer away: its transaction, if any, is ended by whoever opens the partition next. */
  discard(): void {
    this.#producer?.discard()
    this.#producer = null
  }

  /** Ends the producer in good order. */
  async close(): Promise<void> {
    const producer = this.#producer
    this.#producer = null
    await producer?.close()
  }

  async #transact(commit: PartitionCommit): Promise<void> {
    if (keyOf(commit) !== keyOf(this.#at)) {
      throw new Error(`partition ${keyOf(this.#at)} cannot commit for ${keyOf(commit)}: transactions are by partition`)
    }
    const producer = this.#producer
    if (producer === null) throw new Error(`partition ${keyOf(this.#at)} commits, but is not open`)
    const { client, facts, transactions } = this.#run
    const doing = `commit ${keyOf(commit)} up to ${commit.next}`
    const outputs = await this.#requests(commit)
    transactions.begun++
    try {
      await producer.commit(commit, outputs)
      transactions.committed++
    } catch (error) {
      transactions[isFenced(error) ? 'fenced' : producer.mayHaveCommitted ? 'unknown' : 'aborted']++
      this.discard()
      facts.forget()
      throw redoOf(client.errorOf(error, doing), isFenced(error))
    }
  }

  /** The outputs as requests; what is wrong with them is found before a transaction begins. */
  async #requests({ outputs }: PartitionCommit): Promise<ProduceRequest[]> {
    if (outputs.length === 0) return []
    const { client, facts } = this.#run
    try {
      const known = await facts.of(outputs)
      return produceRequests(outputs, { facts: known, limits: client.limits, spread: this.#spread })
    } catch (error) {
      if (error instanceof PlatformError && error.retryable) throw new RedoPartition(error, false)
      throw error
    }
  }
}

function refuseLongMetadata(commit: PartitionCommit): void {
  const bytes = Buffer.byteLength(commit.metadata)
  if (bytes <= METADATA_BYTES_MAX) return
  throw new Error(`the metadata of ${keyOf(commit)} has ${bytes} bytes; at most ${METADATA_BYTES_MAX} fit`)
}
