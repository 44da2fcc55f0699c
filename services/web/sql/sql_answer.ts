// The rows of a query as one JSON answer: the first ones, as many as it may hold.

import { jsonCell } from '#lake-sql/formats'
import type { RunningQuery } from '#lake-sql/query'
import type { ResultColumn, ResultRow } from '#lake-sql/result'
import type { SqlAnswer } from '#services/web/api'
import { SQL_ANSWER_CHARS_MAX, SQL_ANSWER_ROWS_MAX } from '#services/web/limits'

/** The answer, without the time it took: the text of an object whose numbers have all their digits. */
export async function answerRows(query: RunningQuery): Promise<AnswerRows> {
  const rows: string[] = []
  let columns: readonly ResultColumn[] = []
  let room = SQL_ANSWER_CHARS_MAX
  for (;;) {
    const event = await query.next()
    if (event.kind === 'columns') columns = event.columns
    else if (event.kind !== 'rows') return { columns, rows, more: false }
    else {
      for (const row of event.rows) {
        const text = rowText(row, columns)
        room -= text.length
        if (rows.length === SQL_ANSWER_ROWS_MAX || (room < 0 && rows.length > 0)) return { columns, rows, more: true }
        rows.push(text)
      }
    }
  }
}

/** Rows as JSON texts. */
export interface AnswerRows extends Pick<SqlAnswer, 'more'> {
  readonly columns: readonly ResultColumn[]
  readonly rows: readonly string[]
}

/** A SqlAnswer as text. */
export function sqlAnswerText({ columns, rows, more }: AnswerRows, durationMs: number): string {
  const told = JSON.stringify(columns.map(({ name, type }) => ({ name, type })))
  return `{"columns":${told},"rows":[${rows.join(',')}],"more":${more},"durationMs":${durationMs}}`
}

function rowText(row: ResultRow, columns: readonly ResultColumn[]): string {
  return `[${columns.map(({ kind }, i) => jsonCell(row[i] ?? null, kind)).join(',')}]`
}
