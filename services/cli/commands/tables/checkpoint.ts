// `tickerlake checkpoint`: writes a checkpoint of a table now, which the writer otherwise does every hundred commits,
// and deletes what log retention does not keep.

import { loadSnapshot } from '#delta/snapshot'
import { noneOf, openTables } from '#lake/named_table'
import type { ObjectStore } from '#object-store/object_store'
import { displayLines } from '#runtime/console/display_text'
import { counted } from '#runtime/counted'
import type { Command, CommandContext } from '#services/cli/command'
import { jsonText } from '#services/cli/print/json_text'
import { progressLine } from '#services/cli/print/progress_line'
import { TABLE_WIDTH } from '#services/cli/print/widths'
import { lakeSettings } from '#services/platform/settings'

/** Checkpoints one table, or all. */
export const checkpointCommand: Command = {
  name: 'checkpoint',
  usage: '[table] [--json]',
  takesArguments: true,
  details: `The table is one of the lake's, or the path or URL of any other; without one, all of the lake's.
The writer checkpoints its tables by itself every 100 commits, or as the property delta.checkpointInterval says. Log
entries that are older than delta.logRetentionDuration (30 days) and stand in a checkpoint are deleted.`,
  options: { json: { type: 'boolean', description: 'as a JSON array' } },
  settings: [lakeSettings],
  async run(context, { positionals, values }) {
    const tables = await openTables(context, positionals)
    const results: CheckpointResult[] = []
    const progress = progressLine(context.stderr)
    try {
      for (const { name, store } of tables) {
        progress.show(name)
        const result = await checkpointTable(context, name, store)
        if (result !== undefined) results.push(result)
      }
    } finally {
      progress.end()
    }
    if (results.length === 0) throw noneOf(tables)
    context.stdout.write(values.json === true ? jsonText(results) : displayLines(report(results)))
  },
}

interface CheckpointResult {
  readonly table: string
  readonly version: number
  /** Live files. */
  readonly files: number
  /** Rows of the checkpoint. */
  readonly actions: number
  readonly bytes: number
  readonly logFilesDeleted: number
}

async function checkpointTable(
  context: CommandContext,
  table: string,
  store: ObjectStore,
): Promise<CheckpointResult | undefined> {
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) return undefined
  // The Parquet writer costs start-up time that other commands need not pay.
  const { writeCheckpoint } = await import('#delta/checkpoint')
  const { cleanLog } = await import('#delta/log_cleanup')
  const { version, numOfAddFiles, size, sizeInBytes } = await writeCheckpoint(store, snapshot, context)
  const { deleted } = await cleanLog(store, snapshot, context)
  return { table, version, files: numOfAddFiles, actions: size, bytes: sizeInBytes, logFilesDeleted: deleted }
}

function report(results: readonly CheckpointResult[]): string {
  const lines = results.map(({ table, version, files, bytes, logFilesDeleted }) => {
    const facts = `version ${version}, ${counted(files, 'file')}, ${counted(bytes, 'byte')}`
    const deleted = logFilesDeleted === 0 ? '' : `; ${counted(logFilesDeleted, 'old log file')} deleted`
    return `${table.padEnd(TABLE_WIDTH)} ${facts}${deleted}\n`
  })
  return lines.join('')
}
