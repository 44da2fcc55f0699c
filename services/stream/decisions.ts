// Decisions that records do not show: a quiet partition's closing at some clock, and the end of a bounded run. They
// are committed with the offset they were taken at, and taken again there when the state is rebuilt. The newest
// DECISIONS_MAX are kept.

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

/** The commit metadata: versioned JSON, well below the log's limit. */
export function encodeMetadata(decisions: readonly Decision[]): string {
  return JSON.stringify({
    version: VERSION,
    decisions: decisions.map(({ offset, kind, clock }) => [offset, kind === 'quiet' ? 0 : 1, clock]),
  })
}

/** The decisions in commit metadata; null when it is not ours or not understood. */
export function decodeMetadata(metadata: string): readonly Decision[] | null {
  if (metadata === '') return []
  try {
    const { version, decisions } = JSON.parse(metadata) as { version?: unknown; decisions?: unknown }
    if (version !== VERSION || !Array.isArray(decisions)) return null
    const decoded = decisions.map(decodeDecision)
    return decoded.includes(null) ? null : (decoded as Decision[])
  } catch {
    return null
  }
}

const VERSION = 1

function decodeDecision(value: unknown): Decision | null {
  if (!Array.isArray(value) || value.length !== 3 || !value.every(Number.isSafeInteger)) return null
  const [offset, kind, clock] = value as [number, number, number]
  return kind === 0 || kind === 1 ? { offset, kind: kind === 0 ? 'quiet' : 'drain', clock } : null
}
