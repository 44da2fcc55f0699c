// `tickerlake verify`: proves from the tables that no record stands in them twice or beyond what they say they have,
// that their logs only went forward, and that their files are what the logs say; with --log, that no record of the
// topics is missing. It counts; DISTINCT would prove nothing.

import { loadSnapshot } from '#delta/snapshot'
import { cacheOptions, sqlSettings } from '#lake/query_settings'
import { TABLES, type TableSpec } from '#lake/tables'
import { noTables } from '#lake-sql/lake_source'
import { PRICES_TOPIC } from '#market/topics'
import { within } from '#object-store/object_store'
import { displayLines } from '#runtime/console/display_text'
import { PlatformError } from '#runtime/errors'
import { checkDeltaLog } from '#services/audit/verify/delta_log_check'
import { checkFiles } from '#services/audit/verify/file_check'
import { Findings } from '#services/audit/verify/findings'
import { PartitionOffsets } from '#services/audit/verify/offset_set'
import { progressOf } from '#services/audit/verify/progress'
import { checkRows, type Origins } from '#services/audit/verify/record_once_check'
import type { CheckedTable, TopicCount } from '#services/audit/verify/topic_check'
import type { Command, CommandContext } from '#services/cli/command'
import { jsonText } from '#services/cli/json_text'
import { type ProgressLine, progressBar, progressLine } from '#services/cli/progress_line'
import { lakeSettings, logSettings } from '#services/platform/settings'

/** Checks every table of the lake. */
export const verifyCommand: Command = {
  name: 'verify',
  summary: 'prove from the tables that every record stands in them at most once',
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
    const progress = progressLine(context.stderr)
    const checked = await checkTables(context, { withOffsets: values.log === true, progress })
    if (values.log === true) progress.show('verify: comparing with the log')
    const topics = values.log === true ? await compareWithLog(context, checked) : undefined
    progress.end()
    const report = { tables: checked.tables.map(describe), ...(topics === undefined ? {} : { topics }) }
    context.stdout.write(values.json === true ? jsonText(report) : displayLines(textOf(report)))
    const count = checked.tables.reduce((sum, table) => sum + table.findings.count, 0)
    if (count > 0) throw new PlatformError('VERIFY_FAILED', `${count} findings; the tables are not to be trusted`)
  },
}

interface VerifiedTable extends CheckedTable {
  readonly rows: number
}

interface VerifiedLake {
  readonly tables: readonly VerifiedTable[]
  readonly origins: PartitionOffsets
}

async function checkTables(
  context: CommandContext,
  { withOffsets, progress }: { readonly withOffsets: boolean; readonly progress: ProgressLine },
): Promise<VerifiedLake> {
  const lake = await context.openLake()
  const tables: VerifiedTable[] = []
  const origins = new PartitionOffsets()
  // All snapshots first, close together: what is compared with what must be of about the same moment.
  const snapshots = await Promise.all(TABLES.map((spec) => loadSnapshot(within(lake, spec.name))))
  const prices = snapshots[TABLES.findIndex((spec) => spec.topic === PRICES_TOPIC)]
  const lives = prices === undefined ? undefined : progressOf(prices, PRICES_TOPIC)
  for (const [i, spec] of TABLES.entries()) {
    const snapshot = snapshots[i]
    if (snapshot === undefined) continue
    progress.show(`verify: ${spec.name} ${progressBar(i, TABLES.length)}`)
    const store = within(lake, spec.name)
    const findings = new Findings()
    const offsets = new PartitionOffsets()
    await checkDeltaLog(store, snapshot, findings)
    const files = await checkFiles({ store, snapshot, cache: cacheOptions(context) }, findings)
    const ofLog = withOffsets ? { offsets } : {}
    const refused = isDeadLetters(spec) ? { origins: originsInto(origins, lives) } : {}
    const target = { lake: lake.url, store, spec, snapshot: { ...snapshot, files }, ...ofLog, ...refused }
    tables.push({ spec, snapshot, offsets, findings, rows: await checkRows(context, target, findings) })
  }
  if (tables.length === 0) throw noTables(lake.url)
  return { tables, origins }
}

function isDeadLetters(spec: TableSpec): boolean {
  return spec.columns.some((column) => column.name === 'origin_topic')
}

function originsInto(offsets: PartitionOffsets, lives: ReturnType<typeof progressOf> | undefined): Origins {
  return { offsets, lives: (partition) => lives?.get(partition)?.length ?? 1 }
}

async function compareWithLog(context: CommandContext, lake: VerifiedLake): Promise<readonly TopicCount[]> {
  const { checkTopics } = await import('#services/audit/verify/topic_check')
  const log = await context.readLog()
  try {
    return await checkTopics(log, { ...lake, group: `verify-${context.newId()}`, signal: context.signal })
  } finally {
    await log.close()
  }
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
    const verdict = findingCount === 0 ? 'each record once' : `${findingCount} findings`
    const facts = `${table.padEnd(14)} version ${version}, ${counted(files)} files, ${counted(rows)} rows: ${verdict}`
    const more = findingCount > findings.length ? [`  and ${counted(findingCount - findings.length)} more`] : []
    return [facts, ...findings.map((finding) => `  ${finding}`), ...more, ...notes.map((note) => `  (${note})`)]
  })
  return `${[...lines, ...topics.map(topicText)].join('\n')}\n`
}

function topicText({ topic, records, copies, underway, marks, unreadable }: TopicCount): string {
  const others = [
    copies > 0 ? `${counted(copies)} re-keyed copies` : '',
    underway > 0 ? `${counted(underway)} on their way to dead_letters` : '',
    marks > 0 ? `${counted(marks)} redrive marks` : '',
    unreadable > 0 ? `${counted(unreadable)} that are not ours` : '',
  ].filter((text) => text !== '')
  return `${topic.padEnd(18)} ${counted(records)} records compared${others.length > 0 ? `, ${others.join(', ')}` : ''}`
}

function counted(count: number): string {
  return count.toLocaleString('en-US')
}
