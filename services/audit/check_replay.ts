// A replay check from beginning to end: the quotes of the log, or of the tables, through a fresh topology, and what
// comes of them compared with what the stream emitted.

import type { EventLog } from '#log/event_log'
import type { AuditContext } from '#services/audit/audit_context'
import type { ReplayRequest } from '#services/audit/replay_check/partition_check'
import { ReplayFindings } from '#services/audit/replay_check/replay_findings'
import { type ReplayReport, reportOf } from '#services/audit/replay_check/report'

export type { OutputFields } from '#services/audit/replay_check/output'
export { type Difference, differencesIn, NOT_COMPARABLE } from '#services/audit/replay_check/replay_findings'
export type { ReplayReport } from '#services/audit/replay_check/report'
export { type Stretch, WHOLE } from '#services/audit/replay_check/stretch'

/** What to replay, and how much of it to report. */
export interface ReplayCheck extends Omit<ReplayRequest, 'findings'> {
  /** What quotes and outputs are read from; null: the tables. */
  readonly log: EventLog | null
  /** Differences of each kind and sort that are listed; all are counted. */
  readonly listedMax: number
}

/** Replays and compares. Throws USAGE, STOPPED, and from the tables TABLE_NOT_FOUND. */
export async function checkReplay(context: AuditContext, check: ReplayCheck): Promise<ReplayReport> {
  const { log, listedMax, ...asked } = check
  const findings = new ReplayFindings(listedMax)
  const evidence = await replay(context, log, { ...asked, findings })
  return reportOf({ findings, evidence, settings: asked.settings })
}

/** Each source is loaded when it is read: that of the tables brings the queries with it. */
async function replay(context: AuditContext, log: EventLog | null, request: ReplayRequest) {
  if (log === null) {
    const { checkFromTables } = await import('#services/audit/replay_check/table_source')
    return checkFromTables(context, request)
  }
  const { checkFromLog } = await import('#services/audit/replay_check/log_source')
  return checkFromLog({ ...context, log }, request)
}
