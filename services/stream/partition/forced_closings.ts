// Forced closings: windows that something other than a record closed, either the clock of a quiet partition or the end
// of a bounded run. The records do not show them, so they are committed with the offset they happened at
// (commit_metadata.ts) and repeated there when the state is rebuilt. Repeating one at once changes nothing. The newest
// FORCED_CLOSINGS_MAX are kept.

import { FORCED_CLOSINGS_MAX } from '#services/stream/limits'
import type { Outputs } from '#services/stream/outputs'
import type { PartitionState } from '#services/stream/state/partition_state'
import { advanceQuietClock, drain } from '#services/stream/topology/advance'

/** What was closed before the record at `offset` was read. `clock` is what `quiet` closed by; 0 for `drain`. */
export interface ForcedClosing {
  readonly offset: number
  readonly kind: 'quiet' | 'drain'
  readonly clock: number
}

/** Adds the newest one. Of quiet ones at the same offset the last includes the others. */
export function addForcedClosing(
  forcedClosings: readonly ForcedClosing[],
  newest: ForcedClosing,
): readonly ForcedClosing[] {
  const last = forcedClosings.at(-1)
  const includesLast = last?.offset === newest.offset && last.kind === 'quiet' && newest.kind === 'quiet'
  return [...(includesLast ? forcedClosings.slice(0, -1) : forcedClosings), newest].slice(-FORCED_CLOSINGS_MAX)
}

/**
 * For the first record behind a forced closing: drops a quiet one that this record's clock includes, since a replay
 * closes as much without it.
 */
export function settleForcedClosings(
  forcedClosings: readonly ForcedClosing[],
  clock: number,
): readonly ForcedClosing[] {
  const last = forcedClosings.at(-1)
  return last?.kind === 'quiet' && last.clock <= clock ? forcedClosings.slice(0, -1) : forcedClosings
}

/** Closes once more what was closed then. */
export function repeatForcedClosing(state: PartitionState, { kind, clock }: ForcedClosing, out: Outputs): void {
  if (kind === 'quiet') advanceQuietClock(state, clock, out)
  else drain(state, out)
}

/** A forced closing as three numbers, for the commit metadata. */
export function encodeForcedClosing({ offset, kind, clock }: ForcedClosing): readonly [number, number, number] {
  return [offset, kind === 'quiet' ? 0 : 1, clock]
}

/** The forced closing of three numbers; null for what is none. */
export function decodeForcedClosing(value: unknown): ForcedClosing | null {
  if (!Array.isArray(value) || value.length !== 3 || !value.every(Number.isSafeInteger)) return null
  const [offset, kind, clock] = value as [number, number, number]
  return kind === 0 || kind === 1 ? { offset, kind: kind === 0 ? 'quiet' : 'drain', clock } : null
}
