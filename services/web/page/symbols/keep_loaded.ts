// When all symbols are asked for.

import type { SymbolsAnswer } from '../../api.ts'
import type { Loader } from '../loader.ts'
import type { PageContext } from '../page_context.ts'
import type { SymbolBook } from './symbol_book.ts'

/** How often the small lines are asked for: at first, later, and at least for each symbol that has one. */
const LINES_EVERY_MIN_MS = 10_000
const LINES_EVERY_MAX_MS = 160_000
const LINES_EVERY_SYMBOL_MS = 30

/**
 * Asks at the beginning, and whenever what came meanwhile is not known. Besides now and then, since quotes move only
 * the end of the small lines: often while the day's lines are short, seldom when they are long or many.
 */
export function keepLoaded(
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
