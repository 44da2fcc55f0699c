// From a running query to text: each result in its format, as fast as the reader takes it.

import type { RunningQuery } from '#lake-sql/query'
import type { ResultRow } from '#lake-sql/result'
import type { ResultFormat } from '#lake-sql/result_format'

/** Where the text goes. Resolves when more may be written; false when nobody reads any more. */
export type WriteText = (text: string) => Promise<boolean>

/** Prints all results of a query. */
export async function printResults(
  query: RunningQuery,
  newFormat: () => ResultFormat,
  write: WriteText,
): Promise<void> {
  let format = newFormat()
  let room = 0
  let event = await query.next()
  while (event.kind !== 'end') {
    let text = ''
    if (event.kind === 'columns') {
      format = newFormat()
      room = format.rowsMax
      text = format.begin(event.columns)
    } else if (event.kind === 'rows') {
      const rows: readonly ResultRow[] = event.rows.slice(0, room)
      room -= rows.length
      text = format.rows(rows)
    } else text = format.end(event)
    if (text !== '' && !(await write(text))) return
    event = event.kind === 'rows' && room === 0 ? await query.skip() : await query.next()
  }
}
