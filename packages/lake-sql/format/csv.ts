// A result as CSV by RFC 4180: a header, CRLF, quotes where they are needed. NULL is nothing, an empty text is "".

import type { ResultFormat } from '#lake-sql/format/format'
import type { Cell } from '#lake-sql/result'

/** Writes one result. */
export function csvFormat(): ResultFormat {
  return {
    rowsMax: Number.POSITIVE_INFINITY,
    begin: (columns) => line(columns.map((column) => column.name)),
    rows: (rows) => rows.map(line).join(''),
    end: () => '',
  }
}

function line(cells: readonly Cell[]): string {
  return `${cells.map(field).join(',')}\r\n`
}

function field(cell: Cell): string {
  if (cell === null) return ''
  return cell === '' || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
