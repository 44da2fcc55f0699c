// A result for people: aligned columns, numbers to the right, NULL in words, a line with the count and the time.
// Widths come from the first rows, so that a long result streams; a row too wide for the terminal is shown upright.

import { cutToWidth, displayWidth } from '#lake-sql/format/display_width'
import type { ResultColumn, ResultRow } from '#lake-sql/result'
import type { ResultFormat, ResultSummary } from '#lake-sql/result_format'
import { displayLines, displayText } from '#runtime/console/display_text'

/** Where the table goes. */
export interface TableOptions {
  /** The terminal's columns; undefined when it is no terminal: nothing is cut then. */
  readonly width: number | undefined
  /** False leaves out the line with the count and the time. */
  readonly footer?: boolean
  /** False leaves the time out of that line. */
  readonly time?: boolean
  /** One line a value, however little there is. */
  readonly upright?: boolean
}

/** Rows shown on a terminal. */
export const TERMINAL_ROWS_MAX = 200
/** Rows that are looked at for the widths. */
const LAYOUT_ROWS = 1000
/** A text column is not made narrower than this. */
const TEXT_WIDTH_MIN = 12
/** An upright value is cut to this many lines' worth of the terminal. */
const UPRIGHT_LINES_MAX = 3

/** Writes one result. */
export function tableFormat(options: TableOptions): ResultFormat {
  let columns: readonly ResultColumn[] = []
  let waiting: ResultRow[] = []
  let writeRow: ((row: ResultRow) => string) | undefined
  let shown = 0
  /** Which column holds the plan of an EXPLAIN, if there is one: the plan is all that is shown then. */
  let plan = -1
  const write = (rows: readonly ResultRow[]): string => {
    shown += rows.length
    return rows.map((row) => writeRow?.(row) ?? '').join('')
  }
  const layOut = (): string => {
    const layout = layoutOf(columns, waiting, options)
    writeRow = layout.row
    const text = layout.header + write(waiting)
    waiting = []
    return text
  }
  return {
    rowsMax: options.width === undefined ? Number.POSITIVE_INFINITY : TERMINAL_ROWS_MAX,
    begin(given) {
      columns = given.map((column) => ({ ...column, name: displayText(column.name) }))
      plan = columns.findIndex((column) => column.kind === 'plan')
      return ''
    },
    rows(rows) {
      if (plan >= 0) return rows.map((row) => displayLines(row[plan] ?? '')).join('\n')
      if (writeRow !== undefined) return write(rows)
      waiting.push(...rows)
      return waiting.length < LAYOUT_ROWS ? '' : layOut()
    },
    end(summary) {
      if (plan >= 0) return ''
      const rest = writeRow === undefined ? layOut() : ''
      return rest + (options.footer === false ? '' : footerLine(summary, { shown, time: options.time !== false }))
    },
  }
}

interface Layout {
  readonly header: string
  readonly row: (row: ResultRow) => string
}

function layoutOf(columns: readonly ResultColumn[], rows: readonly ResultRow[], options: TableOptions): Layout {
  if (options.upright === true) return uprightLayout(columns, options.width)
  const widths = columns.map((column) => displayWidth(column.name))
  for (const row of rows) {
    for (let i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i] ?? 0, displayWidth(shownCell(row, i)))
    }
  }
  if (options.width !== undefined && !narrow(columns, widths, options.width)) {
    return uprightLayout(columns, options.width)
  }
  return flatLayout(columns, widths, options)
}

function flatLayout(columns: readonly ResultColumn[], widths: readonly number[], options: TableOptions): Layout {
  const line = (cells: readonly string[]) => `${` ${cells.join(' | ')}`.trimEnd()}\n`
  const cut = (text: string, i: number) => (options.width === undefined ? text : cutToWidth(text, widths[i] ?? 0))
  const pad = (text: string, i: number) => padded(text, widths[i] ?? 0, columns[i]?.kind === 'number')
  const names = columns.map((column, i) => pad(cut(column.name, i), i))
  const rule = widths.map((width) => '-'.repeat(width + 2)).join('+')
  return {
    header: `${line(names)}${rule}\n`,
    row: (row) => line(columns.map((_, i) => pad(cut(shownCell(row, i), i), i))),
  }
}

/** One line a value. */
function uprightLayout(columns: readonly ResultColumn[], width: number | undefined): Layout {
  const nameWidth = Math.max(...columns.map((column) => displayWidth(column.name)))
  const valueWidth = width === undefined ? Number.POSITIVE_INFINITY : UPRIGHT_LINES_MAX * width - nameWidth - 4
  let count = 0
  return {
    header: '',
    row(row) {
      const title = `-[ ${++count} ]`.padEnd(nameWidth + 2, '-')
      const lines = columns.map((column, i) => {
        const value = cutToWidth(shownCell(row, i), valueWidth)
        return ` ${padded(column.name, nameWidth, false)} | ${value}\n`
      })
      return `${title}+--\n${lines.join('')}`
    },
  }
}

/** Takes from the widest text column until all fit. False when they cannot; numbers are never cut. */
function narrow(columns: readonly ResultColumn[], widths: number[], width: number): boolean {
  const total = () => widths.reduce((sum, each) => sum + each + 3, -1)
  while (total() > width) {
    let widest = -1
    for (let i = 0; i < widths.length; i++) {
      const shrinkable = columns[i]?.kind !== 'number' && (widths[i] ?? 0) > TEXT_WIDTH_MIN && !isInstant(columns[i])
      if (shrinkable && (widest < 0 || (widths[i] ?? 0) > (widths[widest] ?? 0))) widest = i
    }
    if (widest < 0) return false
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return true
}

function isInstant(column: ResultColumn | undefined): boolean {
  return column !== undefined && /^(TIMESTAMP|DATE|TIME)/.test(column.type)
}

function shownCell(row: ResultRow, index: number): string {
  const cell = row[index] ?? null
  return cell === null ? 'NULL' : displayText(cell)
}

function padded(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return right ? space + text : text + space
}

function footerLine(summary: ResultSummary, { shown, time }: { shown: number; time: boolean }): string {
  const rows = `${summary.rowCount} ${summary.rowCount === 1 ? 'row' : 'rows'}`
  const cut = shown < summary.rowCount ? `, the first ${shown} shown; --format csv gives all` : ''
  return `(${rows}${cut}${time ? `, ${summary.elapsedMs} ms` : ''})\n`
}
