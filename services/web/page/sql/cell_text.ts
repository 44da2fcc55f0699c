// Values of a result as text, and how a column stands. Pure.

import { plainlyText } from '../format/foreign.ts'

const NUMBER_TYPE = /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$|^(FLOAT|DOUBLE|REAL)$|^DECIMAL/i

/** Whether values of the type stand on the right. */
export function isNumberType(type: string): boolean {
  return NUMBER_TYPE.test(type)
}

/** Characters of a value that a cell shows. */
const CELL_CHARS_MAX = 300

/** A value as its cell shows it, on one line; of null and of empty text what stands for them. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (value === '') return 'empty'
  const text = valueText(value)
  return text.length > CELL_CHARS_MAX ? `${text.slice(0, CELL_CHARS_MAX)}…` : text
}

/** Whether the cell shows a word that stands for the value. */
export function standsFor(value: unknown): boolean {
  return value === null || value === undefined || value === ''
}

/** The whole value. */
export function valueText(value: unknown): string {
  return plainlyText(typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value))
}
