// One row of the table. It shows one symbol after another as the table is scrolled, and writes only what has changed:
// a text that stays costs nothing.

import { element } from '../dom.ts'
import { ageText } from '../format/age.ts'
import { marketText } from '../format/market.ts'
import { changeText, percentText, priceText, shortCountText } from '../format/number.ts'
import { sparkPath } from './spark_path.ts'
import type { SymbolRecord } from './symbol_book.ts'

const SVG = 'http://www.w3.org/2000/svg'
const SPARK = { width: 60, height: 20 }

/** How a row is to look. */
export interface RowState {
  readonly index: number
  readonly now: number
  readonly isChosen: boolean
  readonly isActive: boolean
  readonly rowHeight: number
}

/** A change is marked for a moment, but not again and again: rows that always blink say nothing. */
const FLASH_MS = 700
const FLASH_EVERY_MS = 2_000
/** Prices that move more often than this are seen to move anyway. */
const FLASH_RATE_MAX = 90

/** How often the small line is drawn anew while it is in view. */
const SPARK_EVERY_MS = 1_000

const CELLS = ['symbol', 'spark', 'price', 'change', 'percent', 'age', 'rate', 'alerts'] as const

/** A row's elements. */
export class RowView {
  readonly root: HTMLElement
  readonly #cells: Readonly<Record<(typeof CELLS)[number], HTMLElement>>
  /** Lies under the price. Only its opacity moves, which costs the page no painting. */
  readonly #mark = element('div', { attributes: { role: 'presentation', class: 'price-mark' } })
  readonly #line = document.createElementNS(SVG, 'path')
  #record: SymbolRecord | undefined
  #index = -1
  #rowHeight = 0
  #moves = 0
  #flashedAt = 0
  #sparkAt = 0

  constructor(id: string) {
    const cells = CELLS.map((name) => [name, cell(name)] as const)
    this.#cells = Object.fromEntries(cells) as Record<(typeof CELLS)[number], HTMLElement>
    const picture = document.createElementNS(SVG, 'svg')
    picture.setAttribute('viewBox', `0 0 ${SPARK.width} ${SPARK.height}`)
    picture.setAttribute('preserveAspectRatio', 'none')
    picture.setAttribute('aria-hidden', 'true')
    picture.append(this.#line)
    this.#cells.spark.append(picture)
    const attributes = { role: 'row', class: 'symbol-row', id }
    this.root = element('div', { attributes }, this.#mark, ...cells.map(([, made]) => made))
  }

  /** The symbol that it shows. */
  get record(): SymbolRecord | undefined {
    return this.#record
  }

  /** Shows the symbol as it is now. */
  show(record: SymbolRecord, state: RowState): void {
    const isOther = record !== this.#record
    if (isOther) this.#begin(record)
    this.#place(state)
    this.#write(record, state.now)
    if (record.moves !== this.#moves && !isOther) this.#flash(record, state.now)
    this.#moves = record.moves
    if (isOther || state.now - this.#sparkAt >= SPARK_EVERY_MS) this.#draw(record, state.now)
  }

  #begin(record: SymbolRecord): void {
    this.#record = record
    this.#flashedAt = 0
    this.#cells.symbol.textContent = record.symbol
    for (const animation of this.#mark.getAnimations()) animation.cancel()
  }

  #place({ index, rowHeight, isChosen, isActive }: RowState): void {
    const { root } = this
    if (index !== this.#index || rowHeight !== this.#rowHeight) {
      this.#index = index
      this.#rowHeight = rowHeight
      root.style.transform = `translateY(${index * rowHeight}px)`
      // The head is the first row.
      root.setAttribute('aria-rowindex', `${index + 2}`)
    }
    const chosen = `${isChosen}`
    if (root.getAttribute('aria-selected') !== chosen) root.setAttribute('aria-selected', chosen)
    if (root.hasAttribute('data-active') !== isActive) root.toggleAttribute('data-active', isActive)
  }

  #write(record: SymbolRecord, now: number): void {
    const { change, percent, decimals } = record
    const { price, change: changed, percent: part, age, rate, alerts } = this.#cells
    setText(price, priceText(record.price, decimals))
    setText(changed, change === null ? '–' : changeText(change, decimals))
    setText(part, percent === null ? '–' : percentText(percent))
    this.#writeAge(age, record, now)
    setText(rate, shortCountText(record.quotesPerMinute, 1_000))
    setText(alerts, record.alertsToday === 0 ? '' : shortCountText(record.alertsToday, 1_000))
    const trend = change === null || change === 0 ? 'none' : change > 0 ? 'up' : 'down'
    if (this.root.dataset.trend !== trend) this.root.dataset.trend = trend
  }

  /** A closed market is no old quote. */
  #writeAge(age: HTMLElement, record: SymbolRecord, now: number): void {
    const isClosed = record.isClosed(now)
    setText(age, isClosed ? 'closed' : ageText(now - record.eventTime))
    const title = isClosed ? marketText(record, now) : ''
    if (age.title !== title) age.title = title
  }

  #flash(record: SymbolRecord, now: number): void {
    if (record.quotesPerMinute > FLASH_RATE_MAX || now - this.#flashedAt < FLASH_EVERY_MS || calm.matches) return
    this.#flashedAt = now
    this.#mark.dataset.went = record.wentUp ? 'up' : 'down'
    this.#mark.animate([{ opacity: 1 }, { opacity: 0 }], { duration: FLASH_MS, easing: 'ease-in' })
  }

  #draw(record: SymbolRecord, now: number): void {
    this.#sparkAt = now
    const path = sparkPath(record.spark, SPARK)
    if (this.#line.getAttribute('d') !== path) this.#line.setAttribute('d', path)
  }
}

const calm = matchMedia('(prefers-reduced-motion: reduce)')

function cell(name: string): HTMLElement {
  return element('div', { attributes: { role: 'gridcell', class: `cell cell-${name}` } })
}

function setText(cell: HTMLElement, text: string): void {
  if (cell.textContent !== text) cell.textContent = text
}
