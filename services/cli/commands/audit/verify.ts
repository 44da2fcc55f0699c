// `tickerlake verify`: proves from the tables that no record stands in them twice or beyond what they say they have,
// that their logs only went forward, and that their files are what the logs say; with --log, that no record of the
// topics is missing. It counts; DISTINCT would prove nothing.

import { sqlSettings } from '#lake/query_settings'
import { displayLines } from '#runtime/console/display_text'
import { counted, grouped } from '#runtime/counted'
import { PlatformError } from '#runtime/errors'
import type { CheckProgress, TopicCount, VerifiedTable } from '#services/audit/verify_lake'
import type { Command } from '#services/cli/command'
import { jsonText } from '#services/cli/print/json_text'
import { type ProgressLine, progressBar, progressLine } from '#services/cli/print/progress_line'
import { TABLE_WIDTH, TOPIC_WIDTH } from '#services/cli/print/widths'
import { lakeSettings, logSettings } from '#services/platform/settings'

/** Checks every table of the lake. */
export const verifyCommand: Command = {
  name: 'verify',
  usage: '[--log] [--json]',
  details: `In each table every (source_topic, source_partition, source_offset) stands at most once, and below the
offset that the table's txn action names as the next one; txn versions never went back; no file was added twice; every
file is in the store with its recorded size and rows.
With --log the topics are read, too: each record that the tables have got to stands in exactly one of stocks and
dead_letters or is a re-keyed copy, each record of another topic stands in its table, and each row has its record.
Exit code 1, with the findings, when that does not hold.`,
  options: {
    log: { type: 'boolean', description: 'compare with the records of the log, too' },
    json: { type: 'boolean', description: 'as a JSON object' },
  },
  settings: [lakeSettings, logSettings, sqlSettings],
  async run(context, { values }) {
    const { verifyLake } = await import('#services/audit/verify_lake')
    const progress = progressLine(context.stderr)
    const openLog = values.log === true ? context.readLog : undefined
    const onCheck = (at: CheckProgress) => showCheck(progress, at)
    const { tables, topics } = await verifyLake(context, { openLog, onCheck }).finally(() => progress.end())
    const report = { tables: tables.map(describe), ...(topics === undefined ? {} : { topics }) }
    context.stdout.write(values.json === true ? jsonText(report) : displayLines(textOf(report)))
    const count = tables.reduce((sum, table) => sum + table.findings.count, 0)
    if (count === 0) return
    throw new PlatformError('VERIFY_FAILED', `${counted(count, 'finding')}; the tables are not to be trusted`)
  },
}

function showCheck(progress: ProgressLine, { table, done, total }: CheckProgress): void {
  const what = table === undefined ? 'comparing with the log' : `${table} ${progressBar(done, total)}`
  progress.show(`verify: ${what}`)
}

interface TableReport {
  readonly table: string
  readonly version: number
  readonly files: number
  readonly rows: number
  readonly findingCount: number
  readonly findings: readonly string[]
  readonly notes: readonly string[]
}

function describe({ spec, snapshot, rows, findings }: VerifiedTable): TableReport {
  const { listed, notes, count } = findings
  const facts = { table: spec.name, version: snapshot.version, files: snapshot.files.size, rows }
  return { ...facts, findingCount: count, findings: listed, notes }
}

function textOf({ tables, topics = [] }: { tables: readonly TableReport[]; topics?: readonly TopicCount[] }): string {
  const lines = tables.flatMap(({ table, version, files, rows, findingCount, findings, notes }) => {
    const verdict = findingCount === 0 ? 'each record once' : counted(findingCount, 'finding')
    const facts = `version ${version}, ${counted(files, 'file')}, ${counted(rows, 'row')}: ${verdict}`
    const more = findingCount > findings.length ? [`  and ${grouped(findingCount - findings.length)} more`] : []
    const said = [...findings.map((finding) => `  ${finding}`), ...more, ...notes.map((note) => `  (${note})`)]
    return [`${table.padEnd(TABLE_WIDTH)} ${facts}`, ...said]
  })
  return `${[...lines, ...topics.map(topicText)].join('\n')}\n`
}

function topicText({ topic, records, copies, underway, marks, unreadable }: TopicCount): string {
  const others = [
    copies > 0 ? counted(copies, 're-keyed copy') : '',
    underway > 0 ? `${grouped(underway)} on their way to dead_letters` : '',
    marks > 0 ? counted(marks, 'redrive mark') : '',
    unreadable > 0 ? `${grouped(unreadable)} that are not ours` : '',
  ].filter((text) => text !== '')
  const all = [`${counted(records, 'record')} compared`, ...others].join(', ')
  return `${topic.padEnd(TOPIC_WIDTH)} ${all}`
}
