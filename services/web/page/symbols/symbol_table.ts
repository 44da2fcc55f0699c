// The table of all symbols. Only the rows in view have elements; whatever comes in between two frames is shown in one.
// Sizes are measured when they change, never while drawing. The order stands still under a pointer and while somebody
// scrolls or uses the keys.

import { element } from '../dom.ts'
import type { PageContext } from '../page_context.ts'
import { matching, nextSort, type Sort, sorted } from './order.ts'
import { RowView } from './row_view.ts'
import { rowWindow, scrollToRow } from './row_window.ts'
import type { SymbolBook, SymbolRecord } from './symbol_book.ts'
import { COLUMN_COUNT, type TableHead, tableHead } from './table_head.ts'

/** The order stays this long after the last scroll or key. */
const HOLD_MS = 3_000

const ROW_HEIGHT_UNKNOWN = 28

/** Keys that move, by how far they do. */
const STEPS: Readonly<Record<string, (page: number) => number>> = {
  ArrowDown: () => 1,
  ArrowUp: () => -1,
  PageDown: (page) => page,
  PageUp: (page) => -page,
  Home: () => Number.NEGATIVE_INFINITY,
  End: () => Number.POSITIVE_INFINITY,
}

/** The table; `root` goes into the page. */
export class SymbolTable {
  readonly root: HTMLElement
  readonly #context: PageContext
  readonly #book: SymbolBook
  readonly #body = element('div', { attributes: { role: 'rowgroup', class: 'symbol-rows' } })
  readonly #head: TableHead
  readonly #rows: RowView[] = []
  #sort: Sort = { key: 'symbol', descending: false }
  #filter = ''
  #all: readonly SymbolRecord[] = []
  #shown: readonly SymbolRecord[] = []
  #sortedNames = -1
  #sortedChanges = -1
  #active: SymbolRecord | undefined
  #view = { scrollTop: 0, height: 0, rowHeight: ROW_HEIGHT_UNKNOWN }
  #isPointedAt = false
  #heldUntil = 0
  #frame = 0

  constructor(context: PageContext, book: SymbolBook) {
    this.#context = context
    this.#book = book
    this.#head = tableHead((key) => {
      this.#sort = nextSort(this.#sort, key)
      this.arrange()
      this.root.scrollTop = 0
    })
    const attributes = { role: 'grid', class: 'symbol-table', tabindex: 0, 'aria-label': 'Symbols' }
    this.root = element('div', { attributes }, this.#head.root, this.#body)
    this.root.setAttribute('aria-colcount', `${COLUMN_COUNT}`)
    this.#listen()
  }

  /** How many symbols the filter lets through. */
  get shownCount(): number {
    return this.#shown.length
  }

  /** The first symbol of the table. */
  get first(): string | undefined {
    return this.#shown[0]?.symbol
  }

  set filter(filter: string) {
    if (filter === this.#filter) return
    this.#filter = filter
    this.#select()
    this.root.scrollTop = 0
  }

  /** Something has changed: the next frame shows it. */
  changed(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      this.#draw()
    })
  }

  /** Sorts anew, if that would change anything and nobody is about to click. */
  arrangeIfCalm(): void {
    const isNew = this.#sortedNames !== this.#book.names
    const isMoved = this.#sort.key !== 'symbol' && this.#sortedChanges !== this.#book.changes
    if (!isNew && !isMoved) return
    const isHeld = this.#isPointedAt || this.#context.clock.now() < this.#heldUntil
    if (!isHeld || this.#all.length === 0) this.arrange()
  }

  /** Sorts anew. */
  arrange(): void {
    this.#all = sorted(this.#book.all(), this.#sort)
    this.#sortedNames = this.#book.names
    this.#sortedChanges = this.#book.changes
    this.#head.show(this.#sort)
    this.#select()
  }

  #select(): void {
    this.#shown = matching(this.#all, this.#filter)
    this.root.setAttribute('aria-rowcount', `${this.#shown.length + 1}`)
    this.#stretch()
    this.changed()
  }

  #stretch(): void {
    this.#body.style.height = `${this.#shown.length * this.#view.rowHeight}px`
  }

  #listen(): void {
    const { root } = this
    const { chosen, clock } = this.#context
    root.addEventListener('scroll', () => {
      this.#view = { ...this.#view, scrollTop: root.scrollTop }
      this.#hold()
      this.changed()
    })
    new ResizeObserver(() => this.#measure()).observe(root)
    this.#body.addEventListener('pointerenter', () => {
      this.#isPointedAt = true
    })
    this.#body.addEventListener('pointerleave', () => {
      this.#isPointedAt = false
    })
    this.#body.addEventListener('click', (event) => {
      const record = this.#rowAt(event)?.record
      if (record !== undefined) this.#choose(record)
    })
    root.addEventListener('keydown', (event) => this.#key(event))
    chosen.watch(() => this.changed())
    clock.second.watch(() => {
      this.arrangeIfCalm()
      this.changed()
    })
  }

  #measure(): void {
    const { root } = this
    const rowHeight = Number.parseFloat(getComputedStyle(this.#body).getPropertyValue('--row-height'))
    const height = root.clientHeight - this.#head.root.offsetHeight
    this.#view = { scrollTop: root.scrollTop, height, rowHeight: rowHeight || ROW_HEIGHT_UNKNOWN }
    this.#stretch()
    this.changed()
  }

  #hold(): void {
    this.#heldUntil = this.#context.clock.now() + HOLD_MS
  }

  #rowAt(event: Event): RowView | undefined {
    const target = event.target instanceof Element ? event.target.closest('.symbol-row') : null
    return this.#rows.find(({ root }) => root === target)
  }

  #choose(record: SymbolRecord): void {
    this.#active = record
    this.#context.moment.set(null)
    this.#context.chosen.set(record.symbol)
    this.changed()
  }

  #key(event: KeyboardEvent): void {
    // The buttons of the head have keys of their own.
    if (event.target !== this.root || event.altKey || event.ctrlKey || event.metaKey) return
    const step = STEPS[event.key]
    const isChoice = event.key === 'Enter' || event.key === ' '
    if (step === undefined && !isChoice) return
    event.preventDefault()
    this.#hold()
    if (step !== undefined) this.#move(step(Math.floor(this.#view.height / this.#view.rowHeight)))
    else if (this.#active !== undefined) this.#choose(this.#active)
  }

  #move(by: number): void {
    const last = this.#shown.length - 1
    if (last < 0) return
    const chosen = this.#book.get(this.#context.chosen.get() ?? '')
    const from = this.#shown.indexOf((this.#active ?? chosen) as SymbolRecord)
    // Where nothing was active the first key leads to the first row, not beyond it.
    const to = from < 0 && Number.isFinite(by) ? 0 : Math.max(0, Math.min(last, from + by))
    this.#active = this.#shown[to]
    const scrollTop = scrollToRow(to, this.#view)
    if (scrollTop !== null) this.root.scrollTop = scrollTop
    this.changed()
  }

  /** Goes from the filter into the table. */
  enter(): void {
    this.#active = this.#shown[0]
    this.root.focus()
    this.changed()
  }

  /** Each index has its element, so that a scroll by one row writes one row. */
  #draw(): void {
    const { first, end } = rowWindow({ ...this.#view, count: this.#shown.length })
    while (this.#rows.length < end - first) this.#addRow()
    const chosen = this.#context.chosen.get()
    const now = this.#context.clock.now()
    const drawn = new Set<RowView>()
    for (let index = first; index < end; index++) {
      const [row, record] = [this.#rows[index % this.#rows.length], this.#shown[index]]
      if (row === undefined || record === undefined) continue
      const isActive = record === this.#active
      const isChosen = record.symbol === chosen
      row.show(record, { index, now, isChosen, isActive, rowHeight: this.#view.rowHeight })
      drawn.add(row)
    }
    for (const row of this.#rows) row.root.hidden = !drawn.has(row)
    this.#tellActive(drawn)
  }

  #addRow(): void {
    const row = new RowView(`symbol-row-${this.#rows.length}`)
    this.#rows.push(row)
    this.#body.append(row.root)
  }

  #tellActive(drawn: ReadonlySet<RowView>): void {
    const active = [...drawn].find(({ record }) => record !== undefined && record === this.#active)
    const id = active?.root.id ?? ''
    if ((this.root.getAttribute('aria-activedescendant') ?? '') === id) return
    if (id === '') this.root.removeAttribute('aria-activedescendant')
    else this.root.setAttribute('aria-activedescendant', id)
  }
}
