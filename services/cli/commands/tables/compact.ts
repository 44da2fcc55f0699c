// `tickerlake compact`: merges the small files of tables now. Safe beside writers, readers and other compactions.

import { loadSnapshot, type Snapshot } from '#delta/snapshot'
import { noneOf, openTables } from '#lake/named_table'
import type { ObjectStore } from '#object-store/object_store'
import type { Command, CommandContext } from '#services/cli/command'
import { alignedText } from '#services/cli/print/aligned_text'
import { jsonText } from '#services/cli/print/json_text'
import { type ProgressLine, progressBar, progressLine } from '#services/cli/print/progress_line'
import { terminalWidth } from '#services/cli/print/terminal'
import { lakeSettings } from '#services/platform/settings'
import { compactionTargetSettings } from '#services/writer/config'

/** Compacts one table, or all. */
export const compactCommand: Command = {
  name: 'compact',
  usage: '[table] [--json]',
  takesArguments: true,
  details: `The table is one of the lake's, or the path or URL of any other; without one, all of the lake's.
Rows stay as they are, and so does every older version: the small files go when \`tickerlake vacuum\` takes them.
COMPACT_TARGET_BYTES is the size that files come near to; those above half of it are left alone.`,
  options: { json: { type: 'boolean', description: 'as a JSON array' } },
  settings: [lakeSettings, compactionTargetSettings],
  async run(context, { positionals, values }) {
    const tables = await openTables(context, positionals)
    const progress = progressLine(context.stderr)
    const results: TableResult[] = []
    try {
      for (const table of tables) {
        const snapshot = await loadSnapshot(table.store)
        if (snapshot !== undefined) results.push(await compactTable(context, { ...table, snapshot, progress }))
      }
    } finally {
      progress.end()
    }
    if (results.length === 0) throw noneOf(tables)
    if (values.json === true) context.stdout.write(jsonText(results))
    else context.stdout.write(alignedText(results.map(shortened), terminalWidth(context.stdout)))
  },
}

/** What was done to a table. */
interface TableResult {
  readonly table: string
  readonly version: number
  readonly filesBefore: number
  readonly filesAfter: number
  readonly filesMerged: number
  readonly rowsMerged: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  /** Why groups were left as they are: another was there first. */
  readonly gaveUp: readonly string[]
}

interface Work {
  readonly name: string
  readonly store: ObjectStore
  readonly snapshot: Snapshot
  readonly progress: ProgressLine
}

async function compactTable(context: CommandContext, { name, store, snapshot: first, progress }: Work) {
  // DuckDB's native library is loaded only when there is a table to compact.
  const { compactGroups, planTable } = await import('#services/writer/compact_small_files')
  const { COMPACT_TARGET_BYTES: targetBytes } = context.settings.of(compactionTargetSettings)
  const target = { name, store, context }
  const groups = planTable(target, first, { targetBytes, filesMin: 2 })
  const done = { filesMerged: 0, rowsMerged: 0, bytesBefore: 0, bytesAfter: 0 }
  const gaveUp: string[] = []
  let [snapshot, groupsDone] = [first, 0]
  const show = () => progress.show(`${name} ${progressBar(groupsDone, groups.length)} ${done.filesMerged} files merged`)
  if (groups.length > 0) show()
  for await (const { group, outcome } of compactGroups(target, { snapshot, groups })) {
    snapshot = outcome.snapshot
    groupsDone++
    if (outcome.kind === 'gave_up') gaveUp.push(outcome.reason)
    if (outcome.kind === 'merged') {
      done.filesMerged += group.files.length
      done.rowsMerged += outcome.rows
      done.bytesBefore += group.bytes
      done.bytesAfter += outcome.bytes
    }
    show()
  }
  const counts = { filesBefore: first.files.size, filesAfter: snapshot.files.size }
  return { table: name, version: Number(snapshot.version), ...counts, ...done, gaveUp }
}

function shortened(result: TableResult) {
  const { table, version, filesBefore, filesAfter, rowsMerged, bytesBefore, bytesAfter, gaveUp } = result
  return {
    table,
    version,
    files: filesBefore,
    'files now': filesAfter,
    'rows merged': rowsMerged,
    bytes: bytesBefore,
    'bytes now': bytesAfter,
    'given up': gaveUp.length,
  }
}
