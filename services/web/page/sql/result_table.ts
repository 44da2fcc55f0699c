// The rows of a result as a table of which only the part that can be seen is made, so that thousands scroll as one
// does. All rows have the same height.

import type { SqlAnswer } from '../../api.ts'
import { element } from '../dom.ts'
import { plainlyText } from '../format/foreign.ts'
import { cellText, isNumberType, standsFor, valueText } from './cell_text.ts'
import { type RowRange, visibleRows } from './visible_rows.ts'

/** Of a row; sql.css has the same. */
const ROW_HEIGHT = 26

/** The table of a result, in a place that scrolls. */
export function resultTable({ columns, rows }: Pick<SqlAnswer, 'columns' | 'rows'>): HTMLElement {
  const heads = columns.map(({ name, type }) => {
    const attributes = { scope: 'col', class: isNumberType(type) ? 'number' : null, title: plainlyText(type) }
    return element('th', { attributes }, plainlyText(name))
  })
  const body = element('tbody')
  const head = element(
    'thead',
    {},
    element('tr', {}, element('th', { attributes: { class: 'row-number' } }, '#'), ...heads),
  )
  const table = element('table', { attributes: { class: 'result', 'aria-rowcount': rows.length + 1 } }, head, body)
  const place = element(
    'div',
    { attributes: { class: 'result-place', tabindex: 0, role: 'region', 'aria-label': 'Result' } },
    table,
  )
  const isNumber = columns.map(({ type }) => isNumberType(type))
  let shown: RowRange = { first: -1, last: -1 }
  const show = () => {
    const { scrollTop, clientHeight } = place
    const height = clientHeight || window.innerHeight
    const range = visibleRows({ scrollTop, height, rowHeight: ROW_HEIGHT, rows: rows.length })
    if (range.first === shown.first && range.last === shown.last) return
    shown = range
    const made = rows.slice(range.first, range.last).map((row, i) => resultRow(row, range.first + i, isNumber))
    body.replaceChildren(spacer(range.first), ...made, spacer(rows.length - range.last))
  }
  place.addEventListener('scroll', show, { passive: true })
  new ResizeObserver(show).observe(place)
  show()
  return place
}

function resultRow(row: readonly unknown[], index: number, isNumber: readonly boolean[]): HTMLTableRowElement {
  const number = element('td', { attributes: { class: 'row-number' } }, `${index + 1}`)
  const cells = row.map((value, column) => resultCell(value, isNumber[column] ?? false))
  return element('tr', { attributes: { 'aria-rowindex': index + 2 } }, number, ...cells)
}

function resultCell(value: unknown, isNumber: boolean): HTMLTableCellElement {
  const classes = [isNumber ? 'number' : '', standsFor(value) ? 'stands-for' : ''].filter((each) => each !== '')
  const text = cellText(value)
  const title = standsFor(value) || text.length < 40 ? null : valueText(value)
  return element('td', { attributes: { class: classes.length === 0 ? null : classes.join(' '), title } }, text)
}

/** Stands for so many rows that are not made. */
function spacer(rows: number): HTMLTableRowElement {
  const made = element('tr', { attributes: { class: 'spacer', 'aria-hidden': 'true' } }, element('td'))
  made.style.height = `${rows * ROW_HEIGHT}px`
  made.hidden = rows === 0
  return made
}
