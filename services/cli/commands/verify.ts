// `tickerlake verify`: proves from the tables alone that no record stands in them twice, and that none stands where its
// table's txn action says it cannot. It counts; DISTINCT would prove nothing.

import type { Snapshot } from '#delta/snapshot'
import { loadSnapshot } from '#delta/snapshot'
import { noTables } from '#lake-sql/lake'
import { PlatformError } from '#runtime/errors'
import type { Command, CommandContext } from '#services/cli/command'
import { lakeTables } from '#services/cli/lake_tables'
import { queryRows } from '#services/cli/query_rows'

/** Findings listed for a table; beyond, they are counted. */
const FINDINGS_MAX = 20

/** Checks every table of the lake. */
export const verifyCommand: Command = {
  name: 'verify',
  summary: 'prove from the tables that every record stands in them at most once',
  usage: '[--json]',
  details: `In each table every (source_topic, source_partition, source_offset) stands at most once, and below the
offset that the table's txn action names as the next one. Exit code 1, with the findings, when that does not hold.`,
  options: { json: { type: 'boolean', description: 'as a JSON object' } },
  async run(context, { values }) {
    const lake = await context.openLake()
    const checks: TableCheck[] = []
    for (const { name, store } of lakeTables(lake)) {
      const snapshot = await loadSnapshot(store)
      if (snapshot !== undefined) checks.push(await checkTable(context, name, snapshot))
    }
    if (checks.length === 0) throw noTables(lake.url)
    context.stdout.write(values.json === true ? `${JSON.stringify({ tables: checks }, null, 2)}\n` : report(checks))
    const findings = checks.reduce((sum, check) => sum + check.findings.length, 0)
    if (findings > 0) throw new PlatformError('VERIFY_FAILED', `${findings} findings; the tables are not to be trusted`)
  },
}

/** What was found in a table. */
interface TableCheck {
  readonly table: string
  readonly version: number
  readonly rows: number
  readonly findings: readonly string[]
}

async function checkTable(context: CommandContext, table: string, snapshot: Snapshot): Promise<TableCheck> {
  // Rows and txn actions of one version: a writer may be committing meanwhile.
  const { version } = snapshot
  const counted = await queryRows(context, {
    sql: `SELECT source_topic, source_partition, count(*), max(source_offset) FROM ${table} GROUP BY ALL ORDER BY ALL`,
    version,
  })
  const doubles = await queryRows(context, {
    sql: `SELECT source_topic, source_partition, source_offset, count(*) FROM ${table}
          GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT ${FINDINGS_MAX}`,
    version,
  })
  const beyond = counted.flatMap(([topic, partition, , newest]) => {
    const next = nextOffset(snapshot, `${topic}`, `${partition}`)
    if (next !== undefined && BigInt(newest ?? 0) < next) return []
    return [`${topic}/${partition}: a row of offset ${newest}, but the txn action says ${next ?? 'nothing'}`]
  })
  return {
    table,
    version,
    rows: counted.reduce((sum, [, , count]) => sum + Number(count), 0),
    findings: [
      ...doubles.map(([topic, partition, at, n]) => `${topic}/${partition}/${at} stands ${n} times`),
      ...beyond,
    ],
  }
}

/** The highest next offset of the partition's txn actions: a topic that was created again has one for each of its lives. */
function nextOffset(snapshot: Snapshot, topic: string, partition: string): bigint | undefined {
  let highest: bigint | undefined
  for (const { appId, version } of snapshot.txns.values()) {
    const parts = appId.split(':')
    if (parts[0] !== 'writer' || parts.at(-1) !== partition || parts.at(-3) !== topic) continue
    const next = BigInt(version)
    if (highest === undefined || next > highest) highest = next
  }
  return highest
}

function report(checks: readonly TableCheck[]): string {
  const lines = checks.flatMap(({ table, version, rows, findings }) => {
    const verdict = findings.length === 0 ? 'each record once' : `${findings.length} findings`
    const facts = `${table.padEnd(14)} version ${version}, ${rows.toLocaleString('en-US')} rows: ${verdict}`
    return [facts, ...findings.map((finding) => `  ${finding}`)]
  })
  return `${lines.join('\n')}\n`
}
