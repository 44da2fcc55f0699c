// Decisions that records do not show: a quiet partition's closing at some clock, and the end of a bounded run. They
// are committed with the offset they were taken at (commit_metadata.ts), and taken again there when the state is
// rebuilt; taking one again at once changes nothing. The newest DECISIONS_MAX are kept.

import { DECISIONS_MAX } from '#services/stream/limits'

/** What was decided before the record at `offset` was read. `clock` is what `quiet` closed by; 0 for `drain`. */
export interface Decision {
  readonly offset: number
  readonly kind: 'quiet' | 'drain'
  readonly clock: number
}

/** Adds the newest decision. Of quiet ones at the same offset the last includes the others. */
export function addDecision(decisions: readonly Decision[], decision: Decision): readonly Decision[] {
  const last = decisions.at(-1)
  const includesLast = last?.offset === decision.offset && last.kind === 'quiet' && decision.kind === 'quiet'
  return [...(includesLast ? decisions.slice(0, -1) : decisions), decision].slice(-DECISIONS_MAX)
}

/**
 * To be asked after the first record behind a decision: drops a quiet one that this record's clock includes, since a
 * replay closes as much without it.
 */
export function settleDecision(decisions: readonly Decision[], clock: number): readonly Decision[] {
  const last = decisions.at(-1)
  return last?.kind === 'quiet' && last.clock <= clock ? decisions.slice(0, -1) : decisions
}

/** A decision as three numbers, for the commit metadata. */
export function encodeDecision({ offset, kind, clock }: Decision): readonly [number, number, number] {
  return [offset, kind === 'quiet' ? 0 : 1, clock]
}

/** The decision of three numbers; null for what is none. */
export function decodeDecision(value: unknown): Decision | null {
  if (!Array.isArray(value) || value.length !== 3 || !value.every(Number.isSafeInteger)) return null
  const [offset, kind, clock] = value as [number, number, number]
  return kind === 0 || kind === 1 ? { offset, kind: kind === 0 ? 'quiet' : 'drain', clock } : null
}
