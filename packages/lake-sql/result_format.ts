// How a result is written: one object a result, fed with its columns, its rows batch by batch, and its end.

import type { ResultColumn, ResultRow } from '#lake-sql/result'

/** Turns a result into text. */
export interface ResultFormat {
  begin(columns: readonly ResultColumn[]): string
  rows(rows: readonly ResultRow[]): string
  end(summary: ResultSummary): string
  /** Rows beyond this are counted and not shown. */
  readonly rowsMax: number
}

/** How a result ended. */
export interface ResultSummary {
  readonly rowCount: number
  readonly elapsedMs: number
}
