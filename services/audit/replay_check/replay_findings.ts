// What replay-check found: counts by kind, differences by what they are of, and the first ones whole. The lists are
// bounded, the counts are not.

import {
  type DifferenceGroup,
  DifferenceGroups,
  type DifferenceKind,
} from '#services/audit/replay_check/difference_groups'
import { OUTPUT_KINDS, type OutputFields, type OutputKind } from '#services/audit/replay_check/output'

/** Why an output was not compared, by the name that the report has for it. */
export const NOT_COMPARABLE = {
  before_start: 'they depend on records before those that were replayed',
  decision_forgotten:
    'they depend on when a silent symbol was closed or a bounded run ended, which is not recorded any more',
  rekeyed:
    'they are of symbols whose quotes had no key or a wrong one: the table does not have the copies; use --from log',
  older_rule: 'a version without calendars emitted them, by another rule',
  not_there_yet: 'they are the last ones, and the tables may not have got to what goes with them',
} as const

export type NotComparable = keyof typeof NOT_COMPARABLE

/** One difference. */
export interface Difference {
  readonly kind: OutputKind
  readonly what: DifferenceKind
  readonly partition: number
  /** The emitted output; of an extra one the replayed. */
  readonly output: OutputFields
  /** Of a different one: the members, as emitted and as replayed. */
  readonly fields?: Readonly<Record<string, readonly [emitted: unknown, replayed: unknown]>>
}

/** The counts of one kind. */
export interface KindCount extends Record<DifferenceKind, number> {
  equal: number
  notComparable: number
}

/** Findings of all partitions. */
export class ReplayFindings {
  readonly counts: Readonly<Record<OutputKind, KindCount>>
  readonly notComparable: Record<NotComparable, number>
  readonly #listed: Difference[] = []
  readonly #groups = new DifferenceGroups()
  readonly #listedMax: number

  /** At most `listedMax` differences of each kind and sort are listed. */
  constructor(listedMax: number) {
    this.#listedMax = listedMax
    const zero = () => ({ equal: 0, missing: 0, extra: 0, different: 0, notComparable: 0 })
    this.counts = Object.fromEntries(OUTPUT_KINDS.map((kind) => [kind, zero()])) as Record<OutputKind, KindCount>
    const reasons = Object.keys(NOT_COMPARABLE).map((reason) => [reason, 0])
    this.notComparable = Object.fromEntries(reasons) as Record<NotComparable, number>
  }

  equal(kind: OutputKind): void {
    this.counts[kind].equal++
  }

  /** Counts an output that cannot be compared. */
  leave(kind: OutputKind, reason: NotComparable): void {
    this.counts[kind].notComparable++
    this.notComparable[reason]++
  }

  add(difference: Difference): void {
    this.#groups.add(difference.kind, difference.what, difference.output)
    if (++this.counts[difference.kind][difference.what] <= this.#listedMax) this.#listed.push(difference)
  }

  /** All differences by rule, symbol and day, those with most first. */
  get groups(): readonly DifferenceGroup[] {
    return this.#groups.sorted()
  }

  get listed(): readonly Difference[] {
    return this.#listed
  }

  /** All differences, listed or not. */
  get total(): number {
    return differencesIn(this.counts)
  }
}

/** How many differences the counts come to. */
export function differencesIn(counts: Readonly<Record<OutputKind, KindCount>>): number {
  return Object.values(counts).reduce((sum, { missing, extra, different }) => sum + missing + extra + different, 0)
}
