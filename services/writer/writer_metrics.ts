// The writer's metrics: its counters, and of each table its last commit, its size, and what waits to be committed.

import type { Snapshot } from '#delta/snapshot'
import type { Clock } from '#runtime/clock'
import { counterMetrics, type MetricFamily, type MetricSource, type Sample } from '#runtime/metrics'
import type { WriterCounters } from '#services/writer/counters'
import type { WaitingRows } from '#services/writer/staging/table_buffer'

/** A table as its writer is watched. */
export interface WatchedTable {
  readonly name: string
  /** The newest that the writer knows. */
  readonly snapshot: Pick<Snapshot, 'timestamp' | 'files'>
  readonly waiting: WaitingRows
  /** null while it is not known. */
  readonly commitsSinceCheckpoint: number | null
}

/** What the writer has done. */
export function writerMetrics(counters: WriterCounters): MetricSource {
  return counterMetrics({ service: 'writer', groups: { rows: 'table' }, read: () => counters })
}

const LAST_COMMIT = byTable(
  'writer_last_commit_timestamp_seconds',
  'when the newest version that this writer knows was committed, by any writer, in seconds since 1970',
)
const FILES = byTable('writer_table_files', 'data files of that version')
const SINCE_CHECKPOINT = byTable(
  'writer_commits_since_checkpoint',
  'commits since the newest checkpoint that this writer knows; absent until it has looked for one',
)
const WAITING_ROWS = byTable('writer_waiting_rows', 'rows in memory that are not yet committed')
const WAITING_SECONDS = byTable('writer_waiting_seconds', 'how long the oldest of these rows has waited; 0 without any')

function byTable(name: string, help: string): MetricFamily {
  return { name, help, kind: 'gauge', labels: ['table'] }
}

/** The tables that the writer fills. */
export function tableMetrics(tables: readonly WatchedTable[], clock: Clock): MetricSource {
  return {
    families: [LAST_COMMIT, FILES, SINCE_CHECKPOINT, WAITING_ROWS, WAITING_SECONDS],
    read: () => tables.flatMap((table) => samplesOf(table, clock.now())),
  }
}

function samplesOf({ name, snapshot, waiting, commitsSinceCheckpoint }: WatchedTable, now: number): Sample[] {
  const labels = { table: name }
  const waited = waiting.since === null ? 0 : Math.max(0, now - waiting.since) / 1_000
  const samples = [
    { name: LAST_COMMIT.name, value: snapshot.timestamp / 1_000, labels },
    { name: FILES.name, value: snapshot.files.size, labels },
    { name: WAITING_ROWS.name, value: waiting.rows, labels },
    { name: WAITING_SECONDS.name, value: waited, labels },
  ]
  if (commitsSinceCheckpoint === null) return samples
  return [...samples, { name: SINCE_CHECKPOINT.name, value: commitsSinceCheckpoint, labels }]
}
