// Dead letters: a refused record, whole, with its reason and provenance. It moves nothing else in the state.

import type { LogRecord } from '#log/event_log'
import type { DeadLetterReason } from '#market/dead_letter'
import { PRICES_TOPIC } from '#market/topics'
import type { Outputs } from '#services/stream/outputs'
import type { PartitionState } from '#services/stream/state/partition_state'

/** Header of a record that was published again after it had been refused: how often it was tried. */
export const ATTEMPT_HEADER = 'tickerlake-attempt'

/** Why a record is refused: the decoder's words, or the stream's own. */
export interface Refusal {
  readonly reason: DeadLetterReason
  readonly detail: string
}

/** Puts the record out as a dead letter. */
export function refuse(state: PartitionState, record: LogRecord, { reason, detail }: Refusal, out: Outputs): void {
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
    attempt: attemptOf(record),
  })
}

/** 1 unless the header says otherwise. */
function attemptOf(record: LogRecord): number {
  const header = record.headers?.[ATTEMPT_HEADER]
  if (header === undefined || header.length > ATTEMPT_DIGITS_MAX) return 1
  const text = String.fromCharCode(...header)
  return /^[1-9]\d*$/.test(text) ? Number(text) : 1
}

const ATTEMPT_DIGITS_MAX = 6
