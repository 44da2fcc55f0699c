// A result as a Markdown table. Cells are data, so all that GitHub's Markdown would read as its own is escaped; a name
// after an @, and an address of mail, still become links, which show the same text. Source: GFM spec, 2.4 and 6.

import type { Cell, ResultRow } from '#lake-sql/result'
import type { ResultFormat } from '#lake-sql/result_format'
import { displayLines, displayText } from '#runtime/console/display_text'

/** Writes one result. */
export function markdownFormat(): ResultFormat {
  let plan = -1
  return {
    rowsMax: Number.POSITIVE_INFINITY,
    begin(columns) {
      plan = columns.findIndex((column) => column.kind === 'plan')
      if (plan >= 0) return ''
      const rule = columns.map((column) => (column.kind === 'number' ? '---:' : '---'))
      return `${line(columns.map((column) => escaped(column.name)))}${line(rule)}`
    },
    rows: (rows) => rows.map((row) => (plan >= 0 ? codeBlock(row[plan] ?? '') : rowLine(row))).join(''),
    end: () => '',
  }
}

function rowLine(row: ResultRow): string {
  return line(row.map((cell: Cell) => (cell === null ? 'NULL' : escaped(cell))))
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}

/** Backslash escapes of what has a meaning inside a line, and of what makes a link of an address: `://` and `www.`. */
const MEANINGFUL = /[|`*_~<>&[\]#$]|:(?=\/\/)|(?<=www)\./gi

function escaped(text: string): string {
  return displayText(text.replaceAll('\\', '\\\\')).replace(MEANINGFUL, '\\$&')
}

/** Fenced by more backticks than stand in it. */
function codeBlock(text: string): string {
  const runs = text.match(/`+/g) ?? []
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)))
  return `${fence}text\n${displayLines(text).trimEnd()}\n${fence}\n`
}
