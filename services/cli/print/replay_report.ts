// What replay-check says to a person, in the order of a ReplayReport.

import { counted, grouped } from '#runtime/counted'
import {
  type Difference,
  differencesIn,
  NOT_COMPARABLE,
  type OutputFields,
  type ReplayReport,
} from '#services/audit/check_replay'
import { alignedText } from '#services/cli/print/aligned_text'

/** The report for a person. */
export function reportText(report: ReplayReport, width: number | undefined): string {
  const { counts, differences } = report
  const replayed = `${counted(report.recordsReplayed, 'record')} of ${counted(report.partitions, 'partition')} replayed`
  const head = `${replayed}, ${grouped(report.recordsCompared)} of them compared`
  const rows = Object.entries(counts).map(([kind, { equal, missing, extra, different, notComparable }]) => {
    return { output: kind, equal, missing, extra, different, 'not comparable': notComparable }
  })
  const left = Object.entries(report.notComparable)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `(${grouped(count)} not comparable: ${NOT_COMPARABLE[reason as NotComparable]})`)
  const more = differencesIn(counts) - differences.length
  const lines = [
    ...differences.map(differenceText),
    ...(more > 0 ? [`and ${counted(more, 'more difference')}; --show N lists N of each kind, --json all`] : []),
    ...left,
    ...report.notes.map((note) => `(${note})`),
    ...report.hints,
  ]
  const groups = groupsText(report, width)
  return `${head}\n${alignedText(rows, width)}${groups}${lines.map((line) => `${line}\n`).join('')}`
}

type NotComparable = keyof typeof NOT_COMPARABLE

/** Rows of the differences by rule, symbol and day that a person is shown; the largest. */
const GROUPS_SHOWN = 20

function groupsText({ differencesBy: groups }: ReplayReport, width: number | undefined): string {
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
