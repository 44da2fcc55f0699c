// A partition's replay against what was emitted for it. Three things can be: emitted and not replayed (missing),
// replayed and not emitted (extra), both with other values (different). What depends on something that the replay
// cannot know is counted with the reason, and is no difference.

import type { Quote } from '#market/quote'
import type { ColdStart } from '#services/audit/replay_check/cold_start'
import { type EmittedOutputs, type HeldOutput, offsetIn } from '#services/audit/replay_check/emitted'
import {
  differingFields,
  fieldsOf,
  isBeforeCalendars,
  OUTPUT_KINDS,
  type Output,
  type OutputFields,
  type OutputKind,
  VOLUME_MEMBERS,
} from '#services/audit/replay_check/output'
import type { Trigger } from '#services/audit/replay_check/partition_replay'
import type { NotComparable, ReplayFindings } from '#services/audit/replay_check/replay_findings'
import type { MetStretch } from '#services/audit/replay_check/stretch'

/** What a replay does not know, by its source. */
export interface Unknowns {
  /** The first offset that is replayed. */
  readonly start: number
  /** Null when nothing lies before that. */
  readonly cold: ColdStart | null
  /** Forced closings before this offset may have been forgotten. */
  readonly closingsKnownFrom: number
  /** Symbols with quotes that were re-keyed, where the copies are not replayed. */
  readonly rekeyed: ReadonlySet<string>
  /** Whether forced closings are not to be had at all. */
  readonly closingsUnknown: boolean
  /** Whether what is triggered so is sure to stand among what was emitted, if the stream has emitted it. */
  readonly isEmitted: (trigger: Trigger) => boolean
  /** Whether there may be outputs of records that are not there to be replayed, since tables are filled apart. */
  readonly lagging: boolean
}

/** Where the replay ended. */
export interface ReplayEnd {
  /** The offset after the last record. */
  readonly next: number
  /** When the last record came in. */
  readonly ingestTime: number
}

/** What is compared. */
export interface ComparisonParts {
  readonly partition: number
  readonly emitted: EmittedOutputs
  readonly stretch: MetStretch
  readonly unknowns: Unknowns
  readonly findings: ReplayFindings
}

/** The comparison of one partition. */
export class PartitionComparison {
  readonly #parts: ComparisonParts

  constructor(parts: ComparisonParts) {
    this.#parts = parts
  }

  /** Takes note of a valid quote before it is replayed. */
  meetQuote(quote: Quote, offset: number): void {
    this.#parts.emitted.meetQuote(quote, offset)
    this.#parts.unknowns.cold?.meet(quote, offset)
  }

  /** Compares what a trigger brought about; `inside` says whether that is in the stretch. */
  take(outputs: readonly Output[], trigger: Trigger, inside: boolean): void {
    const { emitted, unknowns, findings } = this.#parts
    for (const output of outputs) {
      const held = emitted.take(output)
      if (!inside) continue
      if (held !== undefined) this.#compare(output, held)
      else if (unknowns.isEmitted(trigger)) this.#extra(output, trigger)
      else if (unknowns.lagging) findings.leave(output.kind, 'not_there_yet')
    }
  }

  /** After the last record: what was emitted and not replayed. */
  end(last: ReplayEnd): void {
    for (const kind of OUTPUT_KINDS) for (const held of this.#parts.emitted.left(kind)) this.#missing(kind, held, last)
  }

  #compare({ kind, text }: Output, held: HeldOutput): void {
    const { findings, partition } = this.#parts
    if (text === held.text) {
      findings.equal(kind)
      return
    }
    const output = fieldsOf(held.text)
    const fields = differingFields(output, fieldsOf(text))
    const changed = Object.keys(fields)
    const reason =
      changed.length === 0 ? null : (this.#unknown(kind, output, changed) ?? otherRule(kind, output, changed))
    if (changed.length === 0) findings.equal(kind)
    else if (reason !== null) findings.leave(kind, reason)
    else findings.add({ kind, what: 'different', partition, output, fields })
  }

  #extra({ kind, text }: Output, { offset }: Trigger): void {
    const { findings, partition, emitted } = this.#parts
    const output = fieldsOf(text)
    const isOlder = offset <= emitted.beforeCalendars && goesByCalendar(kind, output)
    const reason = this.#unknown(kind, output, []) ?? (isOlder ? 'older_rule' : null)
    if (reason !== null) findings.leave(kind, reason)
    else findings.add({ kind, what: 'extra', partition, output })
  }

  #missing(kind: OutputKind, held: HeldOutput, last: ReplayEnd): void {
    const { findings, partition, unknowns, stretch } = this.#parts
    const output = fieldsOf(held.text)
    const offset = kind === 'alerts' ? held.quoteOffset : offsetIn(output)
    // An alert about no quote that was replayed: of before the start, if there is a before.
    if (offset === undefined ? unknowns.cold !== null : offset < unknowns.start) return
    if (offset !== undefined && !stretch.isWhole && !stretch.has(offset)) return
    // A bar may be of a later record than it names, but not if it was emitted before the last record came in.
    const isDated = kind === 'bars' || offset === undefined
    const isBehind = isDated ? held.emittedAt >= last.ingestTime : offset >= last.next
    const notThere = unknowns.lagging && isBehind ? 'not_there_yet' : null
    const isOlder = isBeforeCalendars(kind, output) && goesByCalendar(kind, output)
    const reason = this.#unknown(kind, output, []) ?? notThere ?? (isOlder ? 'older_rule' : null)
    if (reason !== null) findings.leave(kind, reason)
    else findings.add({ kind, what: 'missing', partition, output })
  }

  /** Why an output is not comparable; null when it is. */
  #unknown(kind: OutputKind, output: OutputFields, changed: readonly string[]): NotComparable | null {
    const { start, cold, closingsKnownFrom, rekeyed, closingsUnknown } = this.#parts.unknowns
    if (kind === 'dead letters') return null
    if (rekeyed.has(String(output.symbol))) return 'rekeyed'
    if (kind === 'bars' && Number(output.firstOffset) < start) return 'before_start'
    if (cold !== null && !cold.isKnown(kind, output, changed)) return 'before_start'
    if (kind !== 'bars') return null
    const closedEarlyAt = this.#parts.emitted.earlyClosings.get(`${output.symbol}|${output.windowStart}`)
    if (Math.min(Number(output.lastOffset), closedEarlyAt ?? Number.POSITIVE_INFINITY) < closingsKnownFrom) {
      return 'decision_forgotten'
    }
    return closingsUnknown && (closedEarlyAt !== undefined || output.closedBy === 'idle') ? 'decision_forgotten' : null
  }
}

/** Whether a version without calendars may have come to no such output, or to one more: alerts, and other volumes. */
function goesByCalendar(kind: OutputKind, { revision }: OutputFields): boolean {
  return kind === 'alerts' || (kind === 'bars' && Number(revision) > 0)
}

/** Volumes by the rule of a version without calendars say nothing of the one that there is now. */
function otherRule(kind: OutputKind, output: OutputFields, changed: readonly string[]): NotComparable | null {
  const isOnlyVolume = kind === 'bars' && changed.every((name) => VOLUME_MEMBERS.has(name))
  return isOnlyVolume && isBeforeCalendars(kind, output) ? 'older_rule' : null
}
