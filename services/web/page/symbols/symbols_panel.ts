// The panel of all symbols: its filter, the table, and a sentence where there is nothing to show.

import type { SymbolsAnswer } from '../../api.ts'
import { element } from '../dom.ts'
import { countText, percentText, priceText } from '../format/number.ts'
import { Loader } from '../loader.ts'
import type { PageContext } from '../page_context.ts'
import { SymbolBook } from './symbol_book.ts'
import { SymbolTable } from './symbol_table.ts'

/** How often the small lines are asked for: at first, later, and at least for each symbol that has one. */
const LINES_EVERY_MIN_MS = 10_000
const LINES_EVERY_MAX_MS = 160_000
const LINES_EVERY_SYMBOL_MS = 30

/** Builds the panel. */
export function symbolsPanel(context: PageContext): HTMLElement {
  const book = new SymbolBook()
  const table = new SymbolTable(context, book)
  const count = element('span', { attributes: { class: 'panel-count' } })
  const note = element('p', { attributes: { class: 'note', role: 'status' } })
  const filter = filterField(table)
  let failure: string | null = null
  let isLoaded = false
  const show = () => {
    table.filter = filter.value
    const said = noteText({ isLoaded, failure, size: book.size, shown: table.shownCount, filter: filter.value })
    if (note.textContent !== said) note.textContent = said
    note.hidden = said === ''
    note.dataset.kind = !isLoaded && failure !== null ? 'failed' : 'plain'
    table.root.hidden = said !== ''
    const { shownCount } = table
    count.textContent =
      shownCount === book.size ? countText(book.size) : `${countText(shownCount)} of ${countText(book.size)}`
  }
  filter.addEventListener('input', show)
  const loader = new Loader<SymbolsAnswer>({
    ask: (signal) => context.ask('/api/symbols', {}, signal),
    take({ symbols }) {
      book.take(symbols, true)
      failure = null
      isLoaded = true
      table.arrangeIfCalm()
      table.changed()
      if (context.chosen.get() === null && table.first !== undefined) context.chosen.set(table.first)
      show()
    },
    fail(message) {
      failure = message
      show()
    },
  })
  keepLoaded(context, { loader, book })
  context.on('symbols', ({ rows }) => {
    const names = book.names
    book.take(rows)
    if (book.names !== names) table.arrangeIfCalm()
    table.changed()
    show()
  })
  context.on('quotes', ({ rows }) => {
    book.quote(rows)
    table.changed()
  })
  context.clock.second.watch(() => tellTitle(context, book))
  show()
  const name = element('h2', { attributes: { class: 'panel-name' } }, 'Symbols')
  const tools = element('div', { attributes: { class: 'panel-tools' } }, filter)
  const head = element('div', { attributes: { class: 'panel-head' } }, name, count, tools)
  return element('div', { attributes: { class: 'panel symbols' } }, head, table.root, note)
}

/** What stands in place of the table; empty: the table does. */
function noteText(known: {
  readonly isLoaded: boolean
  readonly failure: string | null
  readonly size: number
  readonly shown: number
  readonly filter: string
}): string {
  if (known.size === 0 && known.failure !== null) return `The symbols are not at hand. ${known.failure} Trying again…`
  if (known.size === 0 && !known.isLoaded) return 'Loading the symbols…'
  if (known.size === 0) return 'No quotes yet. A symbol stands here with its first one.'
  if (known.shown === 0) return `No symbol matches “${known.filter.trim()}”. Escape clears the filter.`
  return ''
}

/**
 * Asks at the beginning, and whenever what came meanwhile is not known. Besides now and then, since quotes move only
 * the end of the small lines: often while the day's lines are short, seldom when they are long or many.
 */
function keepLoaded(
  { connection, clock, on }: PageContext,
  { loader, book }: { readonly loader: Loader<SymbolsAnswer>; readonly book: SymbolBook },
): void {
  let askedAt = clock.now()
  let waitMs = LINES_EVERY_MIN_MS
  const load = () => {
    askedAt = clock.now()
    loader.load()
  }
  let wasLost = false
  connection.watch((state) => {
    if (state === 'live' && wasLost) load()
    wasLost = state === 'lost'
  })
  on('reload', load)
  clock.second.watch((now) => {
    const isDue = now - askedAt >= Math.max(waitMs, book.size * LINES_EVERY_SYMBOL_MS)
    if (!isDue || connection.get() !== 'live' || document.hidden) return
    waitMs = Math.min(LINES_EVERY_MAX_MS, 2 * waitMs)
    load()
  })
  load()
}

/** `/` goes to the filter from anywhere; Escape clears it, the arrow down leads into the table. */
function filterField(table: SymbolTable): HTMLInputElement {
  const field = element('input', {
    attributes: {
      type: 'search',
      class: 'field symbol-filter',
      placeholder: 'Filter  /',
      'aria-label': 'Filter the symbols',
      'aria-keyshortcuts': '/',
      autocomplete: 'off',
      spellcheck: 'false',
      maxlength: 64,
    },
  })
  field.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault()
      table.enter()
    }
    if (event.key === 'Escape' && field.value !== '') {
      field.value = ''
      field.dispatchEvent(new Event('input'))
    }
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (field.checkVisibility()) {
      event.preventDefault()
      field.focus()
      field.select()
    }
  })
  return field
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

/** The chosen symbol and its price, for a tab that is not looked at. */
function tellTitle({ chosen }: PageContext, book: SymbolBook): void {
  const record = book.get(chosen.get() ?? '')
  const { percent = null } = record ?? {}
  const price = record === undefined ? '' : ` ${priceText(record.price, record.decimals)}`
  const title =
    record === undefined
      ? 'tickerlake'
      : `${record.symbol}${price}${percent === null ? '' : ` ${percentText(percent)}`}`
  if (document.title !== title) document.title = title
}
