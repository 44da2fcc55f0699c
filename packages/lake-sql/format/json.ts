// A result as a JSON array of objects, one a line. Integers and decimals keep all their digits: a reader that wants
// more than a double holds must read them so. Instants are ISO 8601 text, bytes are hexadecimal text, NaN is text. Each
// statement is one JSON value; `jq` reads several, one after the other.

import { type Cell, type ColumnKind, type ResultColumn, type ResultRow, uniqueNames } from '#lake-sql/result'
import type { ResultFormat } from '#lake-sql/result_format'
import { displayJson } from '#runtime/console/display_text'

/** Writes one result as one array. */
export function jsonFormat(): ResultFormat {
  let keys: readonly Key[] = []
  let separator = ''
  return {
    rowsMax: Number.POSITIVE_INFINITY,
    begin(columns) {
      keys = keysOf(columns)
      return '['
    },
    rows(rows) {
      let text = ''
      for (const row of rows) {
        text += `${separator}\n${objectText(row, keys)}`
        separator = ','
      }
      return text
    },
    end: () => (separator === '' ? ']\n' : '\n]\n'),
  }
}

/** Writes one result as NDJSON: an object a line, nothing around them. */
export function ndjsonFormat(): ResultFormat {
  let keys: readonly Key[] = []
  return {
    rowsMax: Number.POSITIVE_INFINITY,
    begin(columns) {
      keys = keysOf(columns)
      return ''
    },
    rows: (rows) => rows.map((row) => `${objectText(row, keys)}\n`).join(''),
    end: () => '',
  }
}

interface Key {
  /** The column's name as a JSON string. */
  readonly text: string
  readonly kind: ColumnKind
}

function keysOf(columns: readonly ResultColumn[]): readonly Key[] {
  const names = uniqueNames(columns)
  return columns.map((column, i) => ({ text: jsonString(names[i] ?? ''), kind: column.kind }))
}

function objectText(row: ResultRow, keys: readonly Key[]): string {
  return `{${keys.map((key, i) => `${key.text}:${jsonCell(row[i] ?? null, key.kind)}`).join(',')}}`
}

const FINITE = /^-?\d/

/** A cell as JSON, by the kind of its column. */
export function jsonCell(cell: Cell, kind: ColumnKind): string {
  if (cell === null) return 'null'
  if (kind === 'json') return displayJson(cell)
  if (kind === 'boolean' || (kind === 'number' && FINITE.test(cell))) return cell
  return jsonString(cell)
}

function jsonString(text: string): string {
  return displayJson(JSON.stringify(text))
}
