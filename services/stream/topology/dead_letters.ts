// Dead letters: a refused record, whole, with its reason and provenance. It moves nothing else in the state.

import type { DeadLetterReason } from '#market/dead_letter'
import { attemptOf } from '#market/headers'
import { PRICES_TOPIC } from '#market/topics'
import type { Outputs } from '#services/stream/outputs'
import type { PartitionState } from '#services/stream/state/partition_state'
import type { Arrival } from '#services/stream/topology/arrival'

/** Why a record is refused: the decoder's words, or the stream's own. */
export interface Refusal {
  readonly reason: DeadLetterReason
  readonly detail: string
}

/** Puts the record out as a dead letter. */
export function refuse(state: PartitionState, arrival: Arrival, { reason, detail }: Refusal, out: Outputs): void {
  const record = arrival.toRecord()
  out.counters.dead[reason]++
  out.deadLetters.push({
    reason,
    detail,
    topic: PRICES_TOPIC,
    partition: state.partition,
    offset: record.offset,
    ingestTime: record.timestamp,
    key: record.key,
    value: record.value,
    headers: record.headers,
    attempt: attemptOf(record.headers),
  })
}
