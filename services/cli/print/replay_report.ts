// What replay-check says to a person, in the order of services/audit/replay_check/report.ts.

import { counted, grouped } from '#runtime/counted'
import { OUTPUT_KINDS, type OutputFields } from '#services/audit/replay_check/output'
import {
  type Difference,
  NOT_COMPARABLE,
  type NotComparable,
  type ReplayFindings,
} from '#services/audit/replay_check/replay_findings'
import { hintsOf, type ReportParts } from '#services/audit/replay_check/report'
import { alignedText } from '#services/cli/print/aligned_text'

/** The report for a person. */
export function reportText(parts: ReportParts, width: number | undefined): string {
  const { findings, evidence } = parts
  const { partitions, records, compared } = evidence
  const replayed = `${counted(records, 'record')} of ${counted(partitions, 'partition')} replayed`
  const head = `${replayed}, ${grouped(compared)} of them compared`
  const rows = OUTPUT_KINDS.map((kind) => {
    const { equal, missing, extra, different, notComparable } = findings.counts[kind]
    return { output: kind, equal, missing, extra, different, 'not comparable': notComparable }
  })
  const left = Object.entries(findings.notComparable)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `(${grouped(count)} not comparable: ${NOT_COMPARABLE[reason as NotComparable]})`)
  const more = findings.total - findings.listed.length
  const lines = [
    ...findings.listed.map(differenceText),
    ...(more > 0 ? [`and ${counted(more, 'more difference')}; --show N lists N of each kind, --json all`] : []),
    ...left,
    ...evidence.notes.map((note) => `(${note})`),
    ...hintsOf(parts),
  ]
  const groups = groupsText(findings, width)
  return `${head}\n${alignedText(rows, width)}${groups}${lines.map((line) => `${line}\n`).join('')}`
}

/** Rows of the differences by rule, symbol and day that a person is shown; the largest. */
const GROUPS_SHOWN = 20

function groupsText({ groups }: ReplayFindings, width: number | undefined): string {
  if (groups.length === 0) return ''
  const rows = groups.slice(0, GROUPS_SHOWN).map(({ kind, rule, symbol, day, missing, extra, different }) => {
    return { output: kind, rule, symbol, day, missing, extra, different }
  })
  const more = groups.length - rows.length
  const rest = more > 0 ? `and ${grouped(more)} more of rule, symbol and day; --json has all\n` : ''
  return `\nDifferences by rule, symbol and day (UTC), most first:\n${alignedText(rows, width)}${rest}\n`
}

function differenceText({ kind, what, partition, output, fields }: Difference): string {
  const changes = Object.entries(fields ?? {}).map(([name, [emitted, replayed]]) => {
    return `${name} ${JSON.stringify(emitted)} -> ${JSON.stringify(replayed)}`
  })
  const words = { missing: 'missing', extra: 'extra', different: `different: ${changes.join(', ')}` }
  return `${kind}, partition ${partition}, ${nameOf(kind, output)}: ${words[what]}`
}

function nameOf(kind: Difference['kind'], output: OutputFields): string {
  const { symbol, windowStart, revision, eventTime, rule, direction, level, percent, originOffset, offset, reason } =
    output
  if (kind === 'bars') return `${symbol} ${instant(windowStart)} revision ${revision}`
  if (kind === 'alerts') {
    return `${symbol} ${instant(eventTime)} ${rule} ${direction} level ${level} (${Number(percent).toFixed(2)} %)`
  }
  if (kind === 'late quotes') return `${symbol} at offset ${originOffset}`
  return `offset ${offset} ${reason}`
}

function instant(time: unknown): string {
  return new Date(Number(time)).toISOString()
}
