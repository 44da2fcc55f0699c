// `tickerlake tables`: what is in the lake, by the logs of its tables alone; no data file is opened.

import { bytesIn, rowsIn } from '#delta/data_file/statistics'
import { loadSnapshot } from '#delta/snapshot'
import { inCommitTimestampsSince } from '#delta/upgrade'
import { findTables } from '#lake/found_tables'
import { GENERATED_TABLES } from '#lake/gaps/generated_tables'
import { lakeTables, lakeViews } from '#lake/lake_tables'
import { type NamedTable, noTables } from '#lake-sql/lake_source'
import { barSettings } from '#services/bar_settings'
import type { Command } from '#services/cli/command'
import { alignedText } from '#services/cli/print/aligned_text'
import { jsonText } from '#services/cli/print/json_text'
import { terminalWidth } from '#services/cli/print/terminal'
import { lakeSettings } from '#services/platform/settings'

/** Lists tables and views. */
export const tablesCommand: Command = {
  name: 'tables',
  usage: '[--json]',
  details: 'Rows are counted from the statistics in the Delta log; NULL when a file has none.',
  options: { json: { type: 'boolean', description: 'as a JSON object' } },
  settings: [lakeSettings, barSettings],
  async run(context, { values }) {
    const lake = await context.openLake()
    const found = await findTables(lake, context.settings.of(barSettings).BAR_INTERVAL_MS)
    const facts = await Promise.all(lakeTables(lake, found.tables).map(describeTable))
    const tables = facts.filter((table) => table !== undefined)
    if (tables.length === 0) throw noTables(lake.url)
    const views = [
      ...(await lakeViews(found)).map(({ name, comment }) => ({ name, comment })),
      ...GENERATED_TABLES.map(({ name, description }) => ({ name, comment: description })),
    ]
    if (values.json === true) {
      context.stdout.write(jsonText({ url: lake.url, tables, views }))
      return
    }
    const width = terminalWidth(context.stdout)
    const listed = tables.map(({ name, version, files, rows, bytes, lastCommit }) => {
      return { table: name, version, files, rows, bytes, 'last commit': lastCommit }
    })
    const described = views.map(({ name, comment }) => ({ view: name, 'what it is': comment }))
    context.stdout.write(`${lake.url}\n\n${alignedText(listed, width)}\n${alignedText(described, width)}`)
  },
}

async function describeTable(table: NamedTable) {
  const snapshot = await loadSnapshot(table.store)
  if (snapshot === undefined) return undefined
  const files = [...snapshot.files.values()]
  return {
    name: table.name,
    version: Number(snapshot.version),
    files: files.length,
    rows: rowsIn(files),
    bytes: bytesIn(files),
    lastCommit: new Date(snapshot.timestamp).toISOString(),
    inCommitTimestampsSince: inCommitTimestampsSince(snapshot) ?? null,
  }
}
