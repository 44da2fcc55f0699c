// The panel of all symbols: its filter, the table, and a sentence where there is nothing to show.

import type { SymbolsAnswer } from '../../api.ts'
import { element } from '../dom.ts'
import { countText, percentText, priceText } from '../format/number.ts'
import { Loader } from '../loader.ts'
import type { PageContext } from '../page_context.ts'
import { filterField } from './filter_field.ts'
import { keepLoaded } from './keep_loaded.ts'
import { SymbolBook } from './symbol_book.ts'
import { SymbolTable } from './symbol_table.ts'

/** Builds the panel. */
export function symbolsPanel(context: PageContext): HTMLElement {
  const book = new SymbolBook()
  const table = new SymbolTable(context, book)
  const count = element('span', { attributes: { class: 'panel-count' } })
  const note = element('p', { attributes: { class: 'note', role: 'status' } })
  const filter = filterField(() => table.enter())
  let failure: string | null = null
  let isLoaded = false
  const show = () => {
    if (context.chosen.get() === null && table.first !== undefined) context.chosen.set(table.first)
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
    ask: (signal) => {
      book.asking()
      return context.ask('/api/symbols', {}, signal)
    },
    take({ symbols }) {
      book.take(symbols, true)
      failure = null
      isLoaded = true
      table.arrangeIfCalm()
      table.changed()
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
  context.clock.second.watch(() => {
    tellTitle(context, book)
    tellMarket(context, book)
  })
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
  if (known.size === 0 && known.failure !== null)
    return `The symbols could not be loaded. ${known.failure} Trying again…`
  if (known.size === 0 && !known.isLoaded) return 'Loading the symbols…'
  if (known.size === 0) return 'No quotes yet. Symbols appear here with their first quote.'
  if (known.shown === 0) return `No symbol matches “${known.filter.trim()}”. Escape clears the filter.`
  return ''
}

/** What the chosen symbol's market does, when that has changed. */
function tellMarket({ chosen, market, clock }: PageContext, book: SymbolBook): void {
  const record = book.get(chosen.get() ?? '')
  const isTold = record !== undefined && (record.session !== 'none' || record.isClosed(clock.now()))
  const next = isTold ? { session: record.session, opensAt: record.opensAt, zone: record.zone } : null
  if (JSON.stringify(next) !== JSON.stringify(market.get())) market.set(next)
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
