// The publisher of a source on Kafka: each publish is one transaction with the records and an offset commit whose
// metadata is the position. The transactional id names the source, so that opening it ends and fences all before it;
// only then is the position read, as for a partition (../partition/opening.ts).

import type { PositionedPublisher, PositionOwner } from '#log/event_log'
import { positionedPublisher, positionGroupOf, positionPartitionOf } from '#log/source_position'
import { PlatformError } from '#runtime/errors'
import type { LogParts } from '../group/run_context.ts'
import { RedoPartition } from '../partition/redo.ts'
import { PartitionTransactions } from './partition_transactions.ts'

/** See EventLog.openPositioned. */
export async function openPositioned(parts: LogParts, owner: PositionOwner): Promise<PositionedPublisher> {
  const at = positionPartitionOf(owner)
  const group = positionGroupOf(owner)
  await parts.client.reach()
  await parts.facts.of([at])
  const transactions = new PartitionTransactions({ ...at, group }, parts)
  await retryable(transactions.open())
  return positionedPublisher(owner, {
    position: await committedPosition(parts, { transactions, group, ...at }),
    commit: (commit) => retryable(transactions.commit(commit)),
    close: () => transactions.close(),
  })
}

interface OpenedAt {
  readonly transactions: PartitionTransactions
  readonly group: string
  readonly topic: string
  readonly partition: number
}

async function committedPosition({ admin }: LogParts, { transactions, group, topic, partition }: OpenedAt) {
  try {
    return (await admin.committed(group, topic)).get(partition)?.metadata ?? null
  } catch (error) {
    transactions.discard()
    throw error
  }
}

/** What a partition would redo is for the source to try again, with a publisher opened anew. */
async function retryable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof RedoPartition)) throw error
    const { code, message, fields } = error.cause
    throw new PlatformError(code, message, { retryable: true, cause: error.cause, ...(fields && { fields }) })
  }
}
