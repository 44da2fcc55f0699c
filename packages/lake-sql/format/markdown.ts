// A result as a Markdown table. Cells are data, so what Markdown would read as its own is escaped.

import { displayText } from '#lake-sql/display_text'
import type { ResultFormat } from '#lake-sql/format/format'
import type { Cell, ResultRow } from '#lake-sql/result'

/** Writes one result. */
export function markdownFormat(): ResultFormat {
  return {
    rowsMax: Number.POSITIVE_INFINITY,
    begin(columns) {
      const rule = columns.map((column) => (column.kind === 'number' ? '---:' : '---'))
      return `${line(columns.map((column) => escaped(column.name)))}${line(rule)}`
    },
    rows: (rows) => rows.map(rowLine).join(''),
    end: () => '',
  }
}

function rowLine(row: ResultRow): string {
  return line(row.map((cell: Cell) => (cell === null ? 'NULL' : escaped(cell))))
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}

function escaped(text: string): string {
  return displayText(text.replaceAll('\\', '\\\\')).replace(/[|`*_<>[\]]/g, '\\$&')
}
