// The tables in numbers: how new, how large, in how many files, and whether their logs are kept short.

import type { TableState } from '../../api.ts'
import { element } from '../dom.ts'
import { keepEach, setAttribute, setText } from './kept_text.ts'
import { updateStatus } from './stage_card.ts'
import { agoText, amountText, bytesText, freshnessStatus } from './words.ts'

/** A column: its head, what it means, and what stands in it. */
interface HealthColumn {
  readonly name: string
  readonly title: string
  readonly text: (table: TableState, now: number) => string
}

const COLUMNS: readonly HealthColumn[] = [
  {
    name: 'Newest data',
    title: 'Event time of the newest row',
    text: ({ newestEventTime }, now) => agoText(newestEventTime, now),
  },
  {
    name: 'Last commit',
    title: 'When the table last changed',
    text: ({ lastCommit }, now) => agoText(lastCommit, now),
  },
  { name: 'Version', title: 'Of the Delta table', text: ({ version }) => amountText(version) },
  { name: 'Rows', title: 'By the files’ statistics', text: ({ rows }) => amountText(rows) },
  { name: 'Files', title: 'Data files of this version', text: ({ files }) => amountText(files) },
  {
    name: 'Median file',
    title: 'Half of the files are smaller',
    text: ({ medianFileBytes }) => bytesText(medianFileBytes),
  },
  { name: 'Size', title: 'All data files of this version', text: ({ bytes }) => bytesText(bytes) },
  {
    name: 'Since checkpoint',
    title: 'Commits since the last checkpoint: a reader opens each of them',
    text: ({ commitsSinceCheckpoint }) => amountText(commitsSinceCheckpoint),
  },
]

/** The table of tables, and how to bring it up to date. */
export function tableHealth(): {
  readonly root: HTMLElement
  update(tables: readonly TableState[], now: number): void
} {
  const heads = COLUMNS.map(({ name, title }) => element('th', { attributes: { scope: 'col', title } }, name))
  const head = element(
    'tr',
    {},
    element('th', { attributes: { scope: 'col' } }, 'Table'),
    element('th', {}, 'Data'),
    ...heads,
  )
  const body = element('tbody')
  const caption = element('caption', { attributes: { class: 'unseen' } }, 'The tables in numbers')
  const table = element('table', { attributes: { class: 'health' } }, caption, element('thead', {}, head), body)
  const root = element(
    'div',
    { attributes: { class: 'health-place', tabindex: 0, role: 'region', 'aria-label': 'Tables' } },
    table,
  )
  return {
    root,
    update: (tables, now) =>
      keepEach(body, tables, { make: healthRow, update: (row, each) => updateRow(row, each, now) }),
  }
}

function healthRow(): HTMLTableRowElement {
  const chip = element('span', { attributes: { class: 'chip' } })
  const cells = COLUMNS.map(({ name }) => element('td', { attributes: { class: 'number', 'data-name': name } }))
  return element('tr', {}, element('th', { attributes: { scope: 'row' } }), element('td', {}, chip), ...cells)
}

function updateRow(row: HTMLTableRowElement, table: TableState, now: number): void {
  const [name, status, ...cells] = row.children
  if (name !== undefined) setText(name, table.name)
  if (status?.firstElementChild) updateStatus(status.firstElementChild, freshnessStatus(table.freshness))
  for (const [index, cell] of cells.entries()) setText(cell, COLUMNS[index]?.text(table, now) ?? '')
  setAttribute(row, 'data-table', table.name)
}
