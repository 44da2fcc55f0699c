// The bars in view as a table: what is drawn, for those who cannot see the canvas or want the numbers. Its prices come
// from the drawing itself. Rows are made only while it is open.

import type { AlertRow, BarRow } from '../../api.ts'
import { element } from '../dom.ts'
import { durationText } from '../format/age.ts'
import { priceText } from '../format/number.ts'
import { type BarTextOptions, type BarTexts, barTexts, precisionOf } from './bar_text.ts'
import type { DrawnPrices } from './drawing/drawing.ts'
import { missingBetween, type Slot } from './series/gaps.ts'

/** Rows at a time: the newest in view. */
const ROWS_MAX = 500

export interface TableContent extends Omit<BarTextOptions, 'previousClose'> {
  readonly symbol: string
  readonly slots: readonly Slot[]
  /** The prices on the canvas, by window start. */
  readonly drawn: () => ReadonlyMap<number, DrawnPrices>
  readonly alerts: ReadonlyMap<number, readonly AlertRow[]>
  /** How many marks the canvas has. */
  readonly marks: number
}

type Column = readonly [name: string, text: (texts: BarTexts) => string]

const COLUMNS: readonly Column[] = [
  ['Time', ({ time }) => time],
  ['Open', ({ open }) => open],
  ['High', ({ high }) => high],
  ['Low', ({ low }) => low],
  ['Close', ({ close }) => close],
  ['Change', ({ change }) => change],
  ['Volume', ({ volume }) => volume],
  ['Quotes', ({ quotes }) => quotes],
  ['Average', ({ average }) => average],
  ['VWAP', ({ vwap }) => vwap],
  ['State', ({ state }) => state],
]

export class BarTable {
  readonly root: HTMLDetailsElement
  readonly #summary = element('summary')
  readonly #caption = element('caption', { attributes: { class: 'unseen' } })
  readonly #body = element('tbody')
  readonly #rows = new Map<number, Row>()

  /** Calls `opened` when rows are wanted. */
  constructor(opened: () => void) {
    const names = [...COLUMNS.map(([name]) => name), 'Alerts']
    const head = element('tr', {}, ...names.map((name) => element('th', { attributes: { scope: 'col' } }, name)))
    const table = element('table', {}, this.#caption, element('thead', {}, head), this.#body)
    const scroll = element(
      'div',
      { attributes: { class: 'chart-table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Bars in view' } },
      table,
    )
    this.root = element(
      'details',
      { attributes: { class: 'chart-table' }, on: { toggle: opened } },
      this.#summary,
      scroll,
    )
  }

  show(content: TableContent): void {
    const { slots, symbol } = content
    const bars = slots.filter(({ bar }) => bar !== null)
    const marks = content.marks === 0 ? '' : `, ${content.marks} with an alert`
    this.#summary.textContent = `Table: ${bars.length} bars${marks}`
    if (!this.root.open) return
    const cut = slots.length > ROWS_MAX ? `, the newest ${ROWS_MAX} windows` : ''
    this.#caption.textContent = `Bars of ${symbol} in view${cut}, the newest first`
    this.#fill(rowsOf(content))
  }

  /** Changes what is different, so that a reader keeps his place. */
  #fill(wanted: readonly RowContent[]): void {
    const kept = new Set(wanted.map(({ start }) => start))
    for (const [start, row] of this.#rows) {
      if (kept.has(start)) continue
      row.node.remove()
      this.#rows.delete(start)
    }
    let place = this.#body.firstElementChild
    for (const content of wanted) {
      const row = this.#rowOf(content)
      if (row.node === place) place = place.nextElementSibling
      else this.#body.insertBefore(row.node, place)
    }
  }

  #rowOf({ start, cells }: RowContent): Row {
    const text = cells.join('\t')
    const known = this.#rows.get(start)
    if (known?.text === text) return known
    const node = known?.node ?? element('tr', { attributes: { 'data-start': start } })
    node.replaceChildren(...cells.map((cell, index) => cellOf(cell, { index, isPause: cells.length === 2 })))
    const row = { node, text }
    this.#rows.set(start, row)
    return row
  }
}

interface Row {
  readonly node: HTMLElement
  readonly text: string
}

interface RowContent {
  readonly start: number
  readonly cells: readonly string[]
}

/** The newest first; a run of missing windows is one row. */
function rowsOf(content: TableContent): RowContent[] {
  const rows: RowContent[] = []
  const drawn = content.drawn()
  let previous: BarRow | undefined
  for (const { bar } of content.slots.slice(-ROWS_MAX)) {
    if (bar === null) continue
    if (previous !== undefined && missingBetween(content.grain, previous, bar) > 0) {
      rows.push(pauseRow(content, previous.windowEnd, bar.windowStart))
    }
    rows.push(barRow(content, { bar, previous, drawn: drawn.get(bar.windowStart) }))
    previous = bar
  }
  return rows.reverse()
}

interface DrawnBar {
  readonly bar: BarRow
  readonly previous: BarRow | undefined
  readonly drawn: DrawnPrices | undefined
}

function barRow(content: TableContent, { bar, previous, drawn }: DrawnBar): RowContent {
  const { alerts, decimals } = content
  const texts = barTexts(bar, { ...content, previousClose: previous?.close ?? null })
  const price = (value: number | undefined) => (value === undefined ? 'not drawn' : priceText(value, decimals))
  const { open, high, low, close } = drawn ?? {}
  const shown = { ...texts, open: price(open), high: price(high), low: price(low), close: price(close) }
  const messages = (alerts.get(bar.windowStart) ?? []).map(({ message }) => message)
  return { start: bar.windowStart, cells: [...COLUMNS.map(([, text]) => text(shown)), messages.join('; ')] }
}

function pauseRow({ clock, grain }: TableContent, from: number, to: number): RowContent {
  return {
    start: from,
    cells: [clock.momentText(from, precisionOf(grain)), `No quotes for ${durationText(to - from)}`],
  }
}

/** The first cell names the row; what is said of a pause goes across all columns. */
function cellOf(text: string, { index, isPause }: { readonly index: number; readonly isPause: boolean }): HTMLElement {
  if (index === 0) return element('th', { attributes: { scope: 'row' } }, text)
  return element('td', { attributes: { colspan: isPause ? COLUMNS.length : null } }, text)
}
