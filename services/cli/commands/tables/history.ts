// `tickerlake history <table>`: the commits of a table, newest first, from its Delta log.

import { type HistoryEntry, readHistory } from '#delta/history'
import { noneOf, openNamedTable } from '#lake/named_table'
import { PlatformError } from '#runtime/errors'
import type { Command } from '#services/cli/command'
import { alignedText } from '#services/cli/print/aligned_text'
import { jsonText } from '#services/cli/print/json_text'
import { terminalWidth } from '#services/cli/print/terminal'
import { lakeSettings } from '#services/platform/settings'

const LIMIT_DEFAULT = 20
const LIMIT_MAX = 1_000_000

/** Lists the commits of a table. */
export const historyCommand: Command = {
  name: 'history',
  usage: '<table> [--limit N] [--json]',
  takesArguments: true,
  details: `The table is one of the lake's (\`tickerlake tables\` lists them), or the path or URL of any other.`,
  options: {
    limit: { type: 'string', placeholder: 'N', description: `how many commits; ${LIMIT_DEFAULT} by default` },
    json: { type: 'boolean', description: 'as a JSON array' },
  },
  settings: [lakeSettings],
  async run(context, { positionals, values }) {
    const [name, ...more] = positionals
    if (name === undefined || more.length > 0) throw new PlatformError('USAGE', 'history takes the name of one table')
    const store = await openNamedTable(context, name)
    const entries = (await readHistory(store, { limit: limitOf(values.limit) })).map(describeCommit)
    if (entries.length === 0) throw noneOf([{ name, store }])
    if (values.json === true) context.stdout.write(jsonText(entries))
    else context.stdout.write(alignedText(entries.map(shortened), terminalWidth(context.stdout)))
  },
}

function limitOf(value: unknown): number {
  if (value === undefined) return LIMIT_DEFAULT
  const limit = Number(value)
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit
  throw new PlatformError('USAGE', `--limit takes a whole number from 1 to ${LIMIT_MAX}, not ${JSON.stringify(value)}`)
}

function describeCommit(entry: HistoryEntry) {
  const { rowsAdded, filesAdded, filesRemoved, bytesAdded } = entry.metrics
  return {
    version: Number(entry.version),
    time: new Date(entry.timestamp).toISOString(),
    hasInCommitTimestamp: entry.hasInCommitTimestamp,
    operation: entry.operation,
    rowsAdded,
    filesAdded,
    filesRemoved,
    bytesAdded,
    engine: entry.engineInfo ?? null,
    txnId: entry.txnId ?? null,
  }
}

function shortened({ rowsAdded, filesAdded, filesRemoved, bytesAdded, ...entry }: ReturnType<typeof describeCommit>) {
  const { version, time, operation } = entry
  return { version, time, operation, rows: rowsAdded, files: filesAdded, removed: filesRemoved, bytes: bytesAdded }
}
