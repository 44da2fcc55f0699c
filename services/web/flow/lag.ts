// How far a reader is behind: the records from its position to the end, and the age of the oldest of them.

import type { EpochMs } from '#runtime/units'
import type { ReaderState } from '#services/web/api'
import type { EndSamples } from '#services/web/flow/end_samples'
import { UNCHECKED_WAIT_MS_MAX } from '#services/web/flow/limits'
import type { Waiting, WaitingRecords } from '#services/web/flow/waiting_records'

/** What tells when a record came. */
export interface ArrivalSources {
  readonly now: EpochMs
  readonly samples: EndSamples
  readonly records: WaitingRecords
}

/** A reader's lag, and what should be looked up to tell it better. */
export interface MeasuredLag extends Omit<ReaderState, 'name'> {
  readonly unsure: readonly Waiting[]
}

/** The lag of a reader whose positions are these. */
export function measureLag(positions: readonly Waiting[], sources: ArrivalSources): MeasuredLag {
  let [records, longestMs, isKnown] = [0, 0, true]
  const unsure: Waiting[] = []
  for (const position of positions) {
    if (position.next >= position.end) continue
    const first = sources.records.firstOf(position)
    if (first === 'none') continue
    records += position.end - position.next
    const arrival = first ?? sources.samples.arrivalOf(position, position.next)
    const waitMs = arrival === null ? null : Math.max(0, sources.now - arrival)
    if (first === undefined && (waitMs === null || waitMs > UNCHECKED_WAIT_MS_MAX)) unsure.push(position)
    if (waitMs === null) isKnown = false
    else longestMs = Math.max(longestMs, waitMs)
  }
  return { lagRecords: records, lagSeconds: isKnown ? Math.round(longestMs / 100) / 10 : null, unsure }
}
