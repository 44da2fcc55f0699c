// A recorded partition as it is read: some batches a fetch, some records a handing over, as a seed has it. However it
// is cut, the records are the same.

import { ColumnBatch } from '#log/column_batch'
import type { RecordBatch, TopicPartition } from '#log/event_log'
import { decodeFetched } from '#log/kafka/record_batch/decode_fetched'
import { offset } from '#runtime/units'
import { type Random, randomOf } from '#support/simulation/world/random'
import type { StoredBatch } from './recording.ts'

const FETCHED_BATCHES_MAX = 40

/** How a partition is cut. */
export interface Cutting extends TopicPartition {
  readonly seed: number
}

/** Batches of the port, in order. */
export function* fetches(stored: readonly StoredBatch[], { seed, topic, partition }: Cutting): Generator<RecordBatch> {
  const random = randomOf(seed, `cuts of ${topic}/${partition}`)
  for (let first = 0, from = 0; first < stored.length; ) {
    const end = first + random.whole(1, FETCHED_BATCHES_MAX)
    const bytes = Buffer.concat(stored.slice(first, end).map((batch) => batch.bytes))
    const { columns, next } = decodeFetched({ bytes, from, aborted: [] })
    const batch = {
      topic,
      partition,
      columns,
      first: 0,
      count: columns.count,
      next: offset(next),
      logEnd: offset(next),
    }
    yield* pieces(new ColumnBatch(batch), random)
    first = end
    from = next
  }
}

function* pieces(batch: ColumnBatch, random: Random): Generator<RecordBatch> {
  for (let first = 0; first < batch.count; ) {
    const left = batch.count - first
    const count = random.chance(0.5) ? left : random.whole(1, left)
    const isLast = count === left
    const next = isLast ? batch.next : offset(batch.columns.offsets[first + count] as number)
    yield new ColumnBatch({ ...batch, columns: batch.columns, first, count, next })
    first += count
  }
}
