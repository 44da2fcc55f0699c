// The transactions of one partition: its producer, what becomes of each commit, and their count. Invariant: after a
// failed transaction the producer is gone, and nothing is committed before `open` has fenced again.

import { METADATA_BYTES_MAX } from '#log/event_log'
import { roundRobin } from '#log/partitioner'
import type { RecordsCommit } from '#log/source_position'
import { partitionName } from '#log/topic_partition'
import { PlatformError } from '#runtime/errors'
import type { LogParts } from '../group/run_context.ts'
import { RedoPartition, redoOf } from '../partition/redo.ts'
import { destinationsOf, type ProduceRequest, produceRequests } from './requests.ts'
import { failedOutcome } from './transaction_outcome.ts'
import {
  openTransactionalProducer,
  type ProducerIdentity,
  type TransactionalProducer,
} from './transactional_producer.ts'

/** The parts that transactions need. */
export type TransactionParts = Pick<LogParts, 'client' | 'facts' | 'transactions'>

/** Carries out transactions. */
export class PartitionTransactions {
  readonly #at: ProducerIdentity
  readonly #parts: TransactionParts
  readonly #spread = roundRobin()
  #producer: TransactionalProducer | null = null

  constructor(at: ProducerIdentity, parts: TransactionParts) {
    this.#at = at
    this.#parts = parts
  }

  /** Fences all who held the partition before. Throws RedoPartition when that may succeed later. */
  async open(): Promise<void> {
    this.discard()
    try {
      this.#producer = await openTransactionalProducer(this.#parts.client, this.#at)
    } catch (error) {
      throw redoOf(this.#parts.client.errorOf(error, `open partition ${partitionName(this.#at)}`))
    }
  }

  /** Carries out a commit. Throws RedoPartition when the outcome is unknown or the producer is fenced. */
  async commit(commit: RecordsCommit): Promise<void> {
    this.#check(commit)
    const producer = this.#producer
    if (producer === null) throw new Error(`partition ${partitionName(this.#at)} commits, but is not open`)
    const { client, facts, transactions } = this.#parts
    const doing = `commit ${partitionName(commit)} up to ${commit.next}`
    const outputs = await this.#requests(commit)
    transactions.begun++
    try {
      await producer.commit(commit, outputs)
      transactions.committed++
    } catch (error) {
      const outcome = failedOutcome(error, producer)
      transactions[outcome]++
      this.discard()
      facts.forget()
      throw redoOf(client.errorOf(error, doing), outcome === 'fenced')
    }
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

  #check(commit: RecordsCommit): void {
    refuseLongMetadata(commit)
    const [own, other] = [partitionName(this.#at), partitionName(commit)]
    if (other !== own) throw new Error(`partition ${own} cannot commit for ${other}: transactions are by partition`)
  }

  /** The outputs as requests; what is wrong with them is found before a transaction begins. */
  async #requests({ outputs }: RecordsCommit): Promise<ProduceRequest[]> {
    if (outputs.length === 0) return []
    const { client, facts } = this.#parts
    try {
      const known = await facts.of(destinationsOf(outputs))
      return produceRequests(outputs, { facts: known, limits: client.limits, spread: this.#spread })
    } catch (error) {
      if (error instanceof PlatformError && error.retryable) throw new RedoPartition(error, false)
      throw error
    }
  }
}

/** Throws when the metadata is longer than Kafka takes. */
export function refuseLongMetadata(commit: RecordsCommit): void {
  const bytes = Buffer.byteLength(commit.metadata)
  if (bytes <= METADATA_BYTES_MAX) return
  throw new Error(`the metadata of ${partitionName(commit)} has ${bytes} bytes; at most ${METADATA_BYTES_MAX} fit`)
}
