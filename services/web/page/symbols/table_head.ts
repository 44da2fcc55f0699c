// The table's head: the names of the columns, by which it is sorted.

import { element } from '../dom.ts'
import { icon } from '../shell/icons.ts'
import type { Sort, SortKey } from './order.ts'

interface Column {
  readonly name: string
  readonly key: SortKey | null
  /** Empty: the alerts' icon. */
  readonly label: string
  readonly title: string
}

/** In the order of a row's cells. */
const COLUMNS: readonly Column[] = [
  { name: 'symbol', key: 'symbol', label: 'Symbol', title: 'Symbol' },
  { name: 'spark', key: null, label: 'Today', title: 'Prices of the trading day' },
  { name: 'price', key: 'price', label: 'Price', title: 'Last price' },
  { name: 'change', key: 'change', label: 'Change', title: 'Change since the previous close' },
  { name: 'percent', key: 'percent', label: '%', title: 'Change since the previous close, in percent' },
  { name: 'age', key: 'age', label: 'Age', title: 'Age of the last quote, or that the market is closed' },
  { name: 'rate', key: 'rate', label: '/min', title: 'Quotes in the last minute' },
  { name: 'alerts', key: 'alerts', label: '', title: 'Alerts of the trading day' },
]

export const COLUMN_COUNT = COLUMNS.length

/** The head, and what marks the column that the table is sorted by. */
export interface TableHead {
  readonly root: HTMLElement
  show(sort: Sort): void
}

/** Builds the head; `onSort` is told of a click on a column. */
export function tableHead(onSort: (key: SortKey) => void): TableHead {
  const cells = COLUMNS.map((column) => ({ column, cell: headCell(column, onSort) }))
  const attributes = { role: 'row', class: 'symbol-head', 'aria-rowindex': 1 }
  const row = element('div', { attributes }, ...cells.map(({ cell }) => cell))
  return {
    root: element('div', { attributes: { role: 'rowgroup', class: 'symbol-heads' } }, row),
    show({ key, descending }) {
      for (const { column, cell } of cells) {
        if (column.key === null) continue
        cell.setAttribute('aria-sort', column.key !== key ? 'none' : descending ? 'descending' : 'ascending')
      }
    },
  }
}

function headCell({ name, key, label, title }: Column, onSort: (key: SortKey) => void): HTMLElement {
  const attributes = { role: 'columnheader', class: `cell cell-${name}`, title }
  if (key === null) return element('div', { attributes }, label)
  const button = element(
    'button',
    { attributes: { type: 'button', class: 'sort', 'aria-label': title }, on: { click: () => onSort(key) } },
    label === '' ? icon('alerts') : label,
  )
  return element('div', { attributes }, button)
}
