// What replay-check found, as data: counts first, then the differences by rule, symbol and day, then the first ones of
// each kind and sort, then what was left out and why, and what speaks for settings that are not the stream's.

import type { DifferenceGroup } from '#services/audit/replay_check/difference_groups'
import type { ReplayEvidence } from '#services/audit/replay_check/partition_check'
import type { Difference, ReplayFindings } from '#services/audit/replay_check/replay_findings'
import type { TopologySettings } from '#services/stream/config'

/** What a report is made of. */
export interface ReportParts {
  readonly findings: ReplayFindings
  readonly evidence: ReplayEvidence
  readonly settings: TopologySettings
}

/** The report, as `--json` prints it. */
export interface ReplayReport {
  readonly partitions: number
  readonly recordsReplayed: number
  readonly recordsCompared: number
  readonly counts: ReplayFindings['counts']
  readonly notComparable: ReplayFindings['notComparable']
  /** Emitted values that no version of us wrote. */
  readonly unreadable: number
  readonly differencesBy: readonly DifferenceGroup[]
  /** The first ones. */
  readonly differences: readonly Difference[]
  /** What the comparison leaves out as a whole. */
  readonly notes: readonly string[]
  readonly hints: readonly string[]
}

/** Puts the report together. */
export function reportOf({ findings, evidence, settings }: ReportParts): ReplayReport {
  const { partitions, records, compared, unreadable, notes } = evidence
  return {
    partitions,
    recordsReplayed: records,
    recordsCompared: compared,
    counts: findings.counts,
    notComparable: findings.notComparable,
    unreadable,
    differencesBy: findings.groups,
    differences: findings.listed,
    notes,
    hints: hintsOf({ findings, evidence, settings }),
  }
}

/** What speaks for settings that are not those of the stream. */
function hintsOf({ findings, evidence, settings }: ReportParts): readonly string[] {
  const hints: string[] = []
  const intervals = [...evidence.barIntervalsMs].filter((interval) => interval !== settings.barIntervalMs)
  if (intervals.length > 0) {
    hints.push(
      `hint: there are emitted bars of ${intervals.join(', ')} ms, but BAR_INTERVAL_MS is ${settings.barIntervalMs}`,
    )
  }
  const names = new Set(settings.rules.map((rule) => rule.name))
  const gone = [...evidence.rules].filter((rule) => !names.has(rule))
  if (gone.length > 0)
    hints.push(`hint: there are emitted alerts of rules that ALERT_RULES does not have: ${gone.join(', ')}`)
  if (findings.total > 0 && hints.length === 0) {
    hints.push('hint: the replay went by the settings and ALERT_RULES of this shell; the stream may have had others')
  }
  return hints
}
