// `tickerlake upgrade --in-commit-timestamps`: lets tables say when their versions were committed, so that time travel
// by time survives a copy. A choice for each table, since it costs the table some writers.

import { loadSnapshot } from '#delta/snapshot'
import { enableInCommitTimestamps, inCommitTimestampsSince } from '#delta/upgrade'
import { noneOf, openTables } from '#lake/named_table'
import type { ObjectStore } from '#object-store/object_store'
import { displayLines } from '#runtime/console/display_text'
import { PlatformError } from '#runtime/errors'
import type { Command, CommandContext } from '#services/cli/command'
import { jsonText } from '#services/cli/print/json_text'
import { progressLine } from '#services/cli/print/progress_line'
import { TABLE_WIDTH } from '#services/cli/print/widths'
import { lakeSettings } from '#services/platform/settings'

const OPTION = 'in-commit-timestamps'

/** Upgrades one table, or all. */
export const upgradeCommand: Command = {
  name: 'upgrade',
  usage: `[table] --${OPTION} [--json]`,
  takesArguments: true,
  details: `The table is one of the lake's, or the path or URL of any other; without one, all of the lake's.
From then on every commit says when it was made, and time travel by time gives the same answer on any copy of the table.
Safe while the writer runs, and a second time it changes nothing. Every engine still reads the table, and Spark and
Databricks still write it. Engines that do not know the feature no longer append to it: delta-rs 1.6 is one.
New tables have it from the start with IN_COMMIT_TIMESTAMPS=true.`,
  options: {
    [OPTION]: { type: 'boolean', description: 'what to turn on' },
    json: { type: 'boolean', description: 'as a JSON array' },
  },
  settings: [lakeSettings],
  async run(context, { positionals, values }) {
    if (values[OPTION] !== true) throw new PlatformError('USAGE', `upgrade takes --${OPTION}: say what to turn on`)
    const tables = await openTables(context, positionals)
    const results: UpgradeResult[] = []
    const progress = progressLine(context.stderr)
    try {
      for (const { name, store } of tables) {
        progress.show(name)
        const result = await upgradeTable(context, name, store)
        if (result !== undefined) results.push(result)
      }
    } finally {
      progress.end()
    }
    if (results.length === 0) throw noneOf(tables)
    context.stdout.write(values.json === true ? jsonText(results) : displayLines(results.map(lineOf).join('')))
  },
}

interface UpgradeResult {
  readonly table: string
  /** The newest version. */
  readonly version: number
  /** Whether it was done now. */
  readonly upgraded: boolean
  /** The first version with an in-commit timestamp. */
  readonly sinceVersion: number
}

async function upgradeTable(
  context: CommandContext,
  table: string,
  store: ObjectStore,
): Promise<UpgradeResult | undefined> {
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) return undefined
  const outcome = await enableInCommitTimestamps(store, snapshot, context)
  if (outcome.kind === 'conflict') {
    const message = `${store.url} was not upgraded: ${outcome.reason}; run the command again`
    throw new PlatformError('TABLE_CONFLICT', message, { fields: { table } })
  }
  return {
    table,
    version: Number(outcome.snapshot.version),
    upgraded: outcome.kind === 'upgraded',
    sinceVersion: Number(inCommitTimestampsSince(outcome.snapshot) ?? 0),
  }
}

function lineOf({ table, upgraded, sinceVersion }: UpgradeResult): string {
  const fact = `${upgraded ? 'has' : 'already has'} in-commit timestamps, from version ${sinceVersion} on`
  return `${table.padEnd(TABLE_WIDTH)} ${fact}\n`
}
