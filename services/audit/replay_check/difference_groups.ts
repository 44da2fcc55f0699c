// Differences counted by what they are of: kind, rule, symbol and day. So thousands of them can be read: those that a
// changed rule makes stand together, as do those of one bad day.

import type { OutputFields, OutputKind } from '#services/audit/replay_check/output'

/** How an output differs. */
export type DifferenceKind = 'missing' | 'extra' | 'different'

/** Groups that are kept. Beyond: differences of further ones are counted together, by kind alone. */
export const GROUPS_MAX = 100_000

/** The differences that have all of this in common; null where it does not apply. */
export interface DifferenceGroup extends Readonly<Record<DifferenceKind, number>> {
  readonly kind: OutputKind
  readonly rule: string | null
  readonly symbol: string | null
  /**
   * The UTC date of the bar's window, of the quote that an alert or a late quote is about, or of a dead letter's
   * arrival.
   */
  readonly day: string | null
}

/** The groups of a comparison. */
export class DifferenceGroups {
  readonly #groups = new Map<string, DifferenceGroup & Record<DifferenceKind, number>>()
  readonly #groupsMax: number

  constructor(groupsMax = GROUPS_MAX) {
    this.#groupsMax = groupsMax
  }

  /** Counts a difference of an output. */
  add(kind: OutputKind, what: DifferenceKind, output: OutputFields): void {
    const key = JSON.stringify([kind, textOf(output.rule), textOf(output.symbol), dayOf(kind, output)])
    const isKept = this.#groups.size < this.#groupsMax || this.#groups.has(key)
    this.#groupOf(isKept ? key : JSON.stringify([kind, null, null, null]))[what]++
  }

  /** Those with most differences first. */
  sorted(): readonly DifferenceGroup[] {
    const size = ({ missing, extra, different }: DifferenceGroup) => missing + extra + different
    const entries = [...this.#groups].sort(([a, one], [b, other]) => size(other) - size(one) || (a < b ? -1 : 1))
    return entries.map(([, group]) => group)
  }

  #groupOf(key: string): Record<DifferenceKind, number> {
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const [kind, rule, symbol, day] = JSON.parse(key) as [OutputKind, string | null, string | null, string | null]
    const group = { kind, rule, symbol, day, missing: 0, extra: 0, different: 0 }
    this.#groups.set(key, group)
    return group
  }
}

const TIME_OF: Readonly<Record<OutputKind, string>> = {
  bars: 'windowStart',
  alerts: 'eventTime',
  'late quotes': 'timestamp',
  'dead letters': 'ingestTime',
}

function dayOf(kind: OutputKind, output: OutputFields): string | null {
  const time = new Date(Number(output[TIME_OF[kind]]))
  return Number.isNaN(time.getTime()) ? null : time.toISOString().slice(0, 10)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
