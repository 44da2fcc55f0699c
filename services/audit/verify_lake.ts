// A verification from beginning to end: every table of the lake by itself, then, when a log is given, the records of
// the topics against the tables.

import { loadSnapshot } from '#delta/snapshot'
import { findTables } from '#lake/found_tables'
import { cacheOptions } from '#lake/query_settings'
import type { TableSpec } from '#lake/tables'
import { noTables } from '#lake-sql/lake_source'
import type { EventLog } from '#log/event_log'
import { PartitionOffsets } from '#log/offset_set'
import { PRICES_TOPIC } from '#market/topics'
import { within } from '#object-store/object_store'
import type { AuditContext } from '#services/audit/audit_context'
import { checkDeltaLog } from '#services/audit/verify/delta_log_check'
import { checkFiles } from '#services/audit/verify/file_check'
import { Findings } from '#services/audit/verify/findings'
import { progressOf } from '#services/audit/verify/progress'
import { checkEachOnce, type Origins } from '#services/audit/verify/record_once_check'
import type { CheckedTable, TopicCount } from '#services/audit/verify/topic_check'

export type { TopicCount } from '#services/audit/verify/topic_check'

/** How to verify. */
export interface Verification {
  /** Opens the log to compare with; undefined: the tables alone. */
  readonly openLog: (() => Promise<EventLog>) | undefined
  /** Told of each table before it is checked, and of the log with undefined. */
  readonly onCheck: (at: CheckProgress) => void
}

/** How far a verification is. */
export interface CheckProgress {
  readonly table: string | undefined
  readonly done: number
  /** Tables that there are. */
  readonly total: number
}

/** A table that was checked. */
export interface VerifiedTable extends CheckedTable {
  readonly rows: number
}

/** What was checked, with its findings. */
export interface VerifiedLake {
  readonly tables: readonly VerifiedTable[]
  /** Undefined without a log. */
  readonly topics: readonly TopicCount[] | undefined
}

/** Verifies the lake. Throws TABLE_NOT_FOUND when it has no table, VERIFY_FAILED when it is stopped. */
export async function verifyLake(context: AuditContext, { openLog, onCheck }: Verification): Promise<VerifiedLake> {
  const origins = new PartitionOffsets()
  const tables = await checkTables(context, { withOffsets: openLog !== undefined, origins, onCheck })
  if (openLog === undefined) return { tables, topics: undefined }
  onCheck({ table: undefined, done: tables.length, total: tables.length })
  // Loaded with the writer's code, which decides there what is a row.
  const { checkTopics } = await import('#services/audit/verify/topic_check')
  const log = await openLog()
  try {
    const check = { tables, origins, group: `verify-${context.newId()}`, signal: context.signal }
    return { tables, topics: await checkTopics(log, check) }
  } finally {
    await log.close()
  }
}

interface TablesCheck {
  /** Whether the offsets of all rows are to be kept. */
  readonly withOffsets: boolean
  /** Filled with where the dead letters come from. */
  readonly origins: PartitionOffsets
  readonly onCheck: Verification['onCheck']
}

async function checkTables(context: AuditContext, check: TablesCheck): Promise<readonly VerifiedTable[]> {
  const { withOffsets, origins, onCheck } = check
  const lake = await context.openLake()
  const tables: VerifiedTable[] = []
  // All snapshots first, close together: what is compared with what must be of about the same moment.
  const { tables: specs } = await findTables(lake)
  const snapshots = await Promise.all(specs.map((spec) => loadSnapshot(within(lake, spec.name))))
  const prices = snapshots[specs.findIndex((spec) => spec.topic === PRICES_TOPIC)]
  const lives = prices === undefined ? undefined : progressOf(prices, PRICES_TOPIC)
  for (const [i, spec] of specs.entries()) {
    const snapshot = snapshots[i]
    if (snapshot === undefined) continue
    onCheck({ table: spec.name, done: i, total: specs.length })
    const store = within(lake, spec.name)
    const findings = new Findings()
    const offsets = new PartitionOffsets()
    await checkDeltaLog(store, snapshot, findings)
    const files = await checkFiles({ store, snapshot, cache: cacheOptions(context) }, findings)
    const ofLog = withOffsets ? { offsets } : {}
    const refused = isDeadLetters(spec) ? { origins: originsInto(origins, lives) } : {}
    const target = { lake: lake.url, store, spec, snapshot: { ...snapshot, files }, ...ofLog, ...refused }
    tables.push({ spec, snapshot, offsets, findings, rows: await checkEachOnce(context, target, findings) })
  }
  if (tables.length === 0) throw noTables(lake.url)
  return tables
}

function isDeadLetters(spec: TableSpec): boolean {
  return spec.columns.some((column) => column.name === 'origin_topic')
}

function originsInto(offsets: PartitionOffsets, lives: ReturnType<typeof progressOf> | undefined): Origins {
  return { offsets, lives: (partition) => lives?.get(partition)?.length ?? 1 }
}
