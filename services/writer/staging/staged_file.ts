// Staged rows as a Parquet file. The rows stay what they are until the file is there: whoever adds others adds them to
// another buffer.

import type { FileStatistics } from '#delta/data_file/statistics'
import { writeValues } from '#parquet-bytes/write_values'
import { DAY_MS } from '#runtime/units'
import type { Selection, StagedRows } from '#services/writer/staging/staged_rows'

/** A Parquet file of the rows of one date. */
export interface StagedFile {
  /** Days since the epoch. */
  readonly day: number
  readonly body: Uint8Array
  readonly statistics: FileStatistics
}

/** What files say of who wrote them. */
const CREATED_BY = 'tickerlake'

/** Writes the selected rows as one file; null when there are none. */
export async function writeStagedFile(staged: StagedRows, selection: Selection): Promise<StagedFile | null> {
  const rows = staged.rowsOf(selection)
  if (rows.length === 0) return null
  const { body, ranges } = await writeValues({ columns: staged.columns, rows, createdBy: CREATED_BY })
  return { day: selection.day, body, statistics: { numRecords: rows.length, columns: ranges } }
}

/** The date of a day since the epoch. */
export function isoDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}
