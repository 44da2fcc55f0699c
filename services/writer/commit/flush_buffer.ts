// One buffer into one commit: Parquet files date by date, uploaded under their final names, then all of them and the
// progress of all their partitions as one Delta commit. A crash before the commit leaves files that no version names.

import { type AppendOutcome, type CommitContext, commitAppend, type TxnAdvance } from '#delta/commit'
import type { AddFile } from '#delta/log/actions'
import type { Snapshot } from '#delta/snapshot'
import { DATE_COLUMN, schemaOf, type TableSpec } from '#lake/tables'
import type { ObjectStore } from '#object-store/object_store'
import type { Assignment } from '#services/writer/assignment'
import { putDataFile } from '#services/writer/commit/data_file'
import { UNREADABLE_POSITIONS_MAX, UPLOADS_MAX } from '#services/writer/limits'
import { isoDate, type StagedFile, writeStagedFile } from '#services/writer/staging/staged_file'
import type { Selection } from '#services/writer/staging/staged_rows'
import type { TableBuffer } from '#services/writer/staging/table_buffer'

/** The table that a buffer is for. */
export interface FlushTarget {
  readonly spec: TableSpec
  readonly store: ObjectStore
  readonly context: CommitContext
}

/** What was written: nothing when all of the buffer's assignments are gone or none moved. */
export interface Flushed {
  readonly outcome: AppendOutcome | null
  readonly files: readonly AddFile[]
  readonly rows: number
  readonly assignments: readonly Assignment[]
  /** What the commit says of records that could not be read; empty when all could. */
  readonly unreadable: Readonly<Record<string, string>>
}

/** Writes and commits what the buffer holds of assignments that are open now. Throws STORE_ and COMMIT_ errors. */
export async function flushBuffer(buffer: TableBuffer, snapshot: Snapshot, target: FlushTarget): Promise<Flushed> {
  const assignments = [...buffer.progress.keys()].filter((assignment) => assignment.state === 'open')
  const txns = assignments.flatMap((assignment) => txnAdvance(assignment, buffer))
  if (txns.length === 0) return { outcome: null, files: [], rows: 0, assignments, unreadable: {} }
  const selections = buffer.days.map((day): Selection => {
    const all = assignments.length === buffer.progress.size
    return all ? { day } : { day, assignments: assignments.map((assignment) => assignment.id) }
  })
  const { files, rows } = await writeFiles(buffer, selections, target)
  const unreadable = unreadableOf(buffer, assignments)
  const operationParameters = { topic: target.spec.topic, ...unreadable }
  const append = { files, txns, operation: 'STREAMING UPDATE', operationParameters }
  const outcome = await commitAppend(target.store, snapshot, append, target.context)
  return { outcome, files, rows, assignments, unreadable }
}

function txnAdvance(assignment: Assignment, buffer: TableBuffer): TxnAdvance[] {
  const progress = buffer.progress.get(assignment)
  return progress === undefined || progress.from === progress.to ? [] : [{ appId: assignment.appId, ...progress }]
}

/** What stands in the commit of records that could not be read: how many, and the first positions. */
function unreadableOf(buffer: TableBuffer, assignments: readonly Assignment[]): Record<string, string> {
  const positions = assignments.flatMap((assignment) =>
    (buffer.unreadable.get(assignment) ?? []).map((at) => `${assignment.partition}:${at}`),
  )
  if (positions.length === 0) return {}
  const named = positions.slice(0, UNREADABLE_POSITIONS_MAX).join(' ')
  return { unreadable: String(positions.length), unreadablePositions: named }
}

async function writeFiles(buffer: TableBuffer, selections: readonly Selection[], target: FlushTarget) {
  const files: AddFile[] = []
  let rows = 0
  for (let first = 0; first < selections.length; first += UPLOADS_MAX) {
    const staged: StagedFile[] = []
    for (const selection of selections.slice(first, first + UPLOADS_MAX)) {
      const file = await writeStagedFile(buffer.rows, selection)
      if (file !== null) staged.push(file)
    }
    files.push(...(await Promise.all(staged.map((file, i) => upload(file, files.length + i, target)))))
    for (const file of staged) rows += file.statistics.numRecords
  }
  return { files, rows }
}

function upload(file: StagedFile, part: number, { store, context, spec }: FlushTarget): Promise<AddFile> {
  const facts = { partitionValues: { [DATE_COLUMN]: isoDate(file.day) }, dataChange: true, part }
  const schema = schemaOf(spec)
  return putDataFile(file, facts, { table: spec.name, store, schema, partitionColumns: [DATE_COLUMN], context })
}
