// A result as CSV by RFC 4180: a header, CRLF, quotes where they are needed. NULL is nothing, an empty text is "".
// A file or a program gets each value as it is; a terminal gets its control characters spelled out.

import type { Cell } from '#lake-sql/result'
import type { ResultFormat } from '#lake-sql/result_format'
import { displayLines } from '#runtime/console/display_text'

/** Writes one result. */
export function csvFormat(options: { readonly terminal: boolean }): ResultFormat {
  const shown = (text: string) => (options.terminal ? displayLines(text) : text)
  const line = (cells: readonly Cell[]) =>
    `${cells.map((cell) => (cell === null ? '' : field(shown(cell)))).join(',')}\r\n`
  return {
    rowsMax: Number.POSITIVE_INFINITY,
    begin: (columns) => line(columns.map((column) => column.name)),
    rows: (rows) => rows.map(line).join(''),
    end: () => '',
  }
}

function field(cell: string): string {
  return cell === '' || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
