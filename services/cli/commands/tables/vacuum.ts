// `tickerlake vacuum`: says which data files no version within the retention names any more, and deletes them only when
// told to. Safe beside writers and readers as long as the retention is not forced below a week.

import { VACUUM_RETENTION_MIN_MS } from '#delta/limits'
import { executeVacuum, planVacuum, type VacuumPlan } from '#delta/vacuum'
import { noneOf, openTables } from '#lake/named_table'
import type { ObjectStore } from '#object-store/object_store'
import { removeUnfinished } from '#object-store/unfinished_files'
import { displayLines } from '#runtime/console/display_text'
import { counted } from '#runtime/counted'
import { PlatformError } from '#runtime/errors'
import { HOUR_MS } from '#runtime/units'
import type { Command, CommandContext } from '#services/cli/command'
import { jsonText } from '#services/cli/print/json_text'
import { progressBar, progressLine } from '#services/cli/print/progress_line'
import { TABLE_WIDTH } from '#services/cli/print/widths'
import { lakeSettings } from '#services/platform/settings'

const RETENTION_MIN_HOURS = VACUUM_RETENTION_MIN_MS / HOUR_MS
const RETENTION_MAX_HOURS = 1_000_000

/** Paths listed of a table; the others are counted, and all of them are in the JSON. */
const LISTED_MAX = 20

/** Vacuums one table, or all. */
export const vacuumCommand: Command = {
  name: 'vacuum',
  usage: '[table] [--retention HOURS] [--delete] [--force] [--json]',
  takesArguments: true,
  details: `The table is one of the lake's, or the path or URL of any other; without one, all of the lake's.
Without --delete nothing is deleted. A file younger than the retention stays, and so does one that any version within it
names: time travel that far back goes on working. Versions before that may lose files and can then not be read.
In a folder, --delete also removes the unfinished files (.tmp-...) that killed processes left there a day ago or more.`,
  options: {
    retention: {
      type: 'string',
      placeholder: 'HOURS',
      description: `how far back versions stay whole; ${RETENTION_MIN_HOURS} by default, which is also the least`,
    },
    delete: { type: 'boolean', description: 'delete what is found' },
    force: {
      type: 'boolean',
      description: `allow a retention below ${RETENTION_MIN_HOURS}: stop writers and readers first`,
    },
    json: { type: 'boolean', description: 'as a JSON array' },
  },
  settings: [lakeSettings],
  async run(context, { positionals, values }) {
    const retentionMs = retentionHours(values.retention) * HOUR_MS
    const options = { now: context.clock.now(), retentionMs, force: values.force === true }
    const tables = await openTables(context, positionals)
    const results: TableResult[] = []
    for (const { name, store } of tables) {
      const plan = await planVacuum(store, options)
      if (plan === undefined) continue
      const deleted = values.delete === true ? await deleteAll(context, { name, store, plan }) : null
      const unfinished = deleted === null ? 0 : await removeUnfinishedIn(store, context)
      results.push({ table: name, plan, deleted, unfinished })
    }
    if (results.length === 0) throw noneOf(tables)
    const text = values.json === true ? jsonText(results.map(described)) : displayLines(report(results))
    context.stdout.write(text)
  },
}

interface TableResult {
  readonly table: string
  readonly plan: VacuumPlan
  /** null: a dry run. */
  readonly deleted: number | null
  /** What killed processes had left in a folder, and was deleted. */
  readonly unfinished: number
}

async function deleteAll(
  context: CommandContext,
  { name, store, plan }: { name: string; store: Parameters<typeof executeVacuum>[0]; plan: VacuumPlan },
): Promise<number> {
  const progress = progressLine(context.stderr)
  const onDeleted = (files: number) => progress.show(`${name} ${progressBar(files, plan.files.length)} files deleted`)
  try {
    return (await executeVacuum(store, plan, { signal: context.signal, onDeleted })).deleted
  } finally {
    progress.end()
  }
}

/** Only a folder keeps what was not finished as files. */
async function removeUnfinishedIn({ url, localPath }: ObjectStore, { clock }: CommandContext): Promise<number> {
  return localPath === undefined ? 0 : removeUnfinished(url, clock.now())
}

function retentionHours(value: unknown): number {
  if (value === undefined) return RETENTION_MIN_HOURS
  const hours = Number(value)
  if (value !== '' && hours >= 0 && hours <= RETENTION_MAX_HOURS) return hours
  const wanted = `--retention takes hours from 0 to ${RETENTION_MAX_HOURS}`
  throw new PlatformError('USAGE', `${wanted}, not ${JSON.stringify(value)}`)
}

function described({ table, plan, deleted, unfinished }: TableResult) {
  return {
    table,
    version: Number(plan.version),
    cutoff: new Date(plan.cutoff).toISOString(),
    dryRun: deleted === null,
    files: plan.files.map(({ key, size, modified }) => ({ key, size, modified: new Date(modified).toISOString() })),
    bytes: plan.bytes,
    deleted: deleted ?? 0,
    keptFiles: plan.keptFiles,
    unfinished,
  }
}

function report(results: readonly TableResult[]): string {
  const lines = results.flatMap(({ table, plan, deleted, unfinished }) => {
    const found = `${counted(plan.files.length, 'file')}, ${counted(plan.bytes, 'byte')}`
    const fact = deleted === null ? `${found} can be deleted` : `${found} found, ${counted(deleted, 'file')} deleted`
    const kept = `${counted(plan.keptFiles, 'file')} ${plan.keptFiles === 1 ? 'stays' : 'stay'}`
    const left = unfinished === 0 ? '' : `; ${counted(unfinished, 'unfinished file')} deleted`
    return [`${table.padEnd(TABLE_WIDTH)} ${fact}; ${kept}${left}`, ...(deleted === null ? listed(plan) : [])]
  })
  const isDry = results.some(({ plan, deleted }) => deleted === null && plan.files.length > 0)
  const advice = isDry ? ['nothing was deleted; run again with --delete to delete them'] : []
  return `${[...lines, ...advice].join('\n')}\n`
}

function listed({ files }: VacuumPlan): string[] {
  const more = files.length - LISTED_MAX
  const rest = more > 0 ? [`  and ${counted(more, 'more file')}; --json lists all of them`] : []
  return [...files.slice(0, LISTED_MAX).map(({ key }) => `  ${key}`), ...rest]
}
