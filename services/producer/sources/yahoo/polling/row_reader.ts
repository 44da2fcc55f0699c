// The rows of Yahoo's answers, one by one: what is a quote, what is new, and, once a symbol, what is missing or wrong.

import type { Quote } from '#market/quote'
import type { Logger } from '#runtime/logger'
import { SYMBOLS_MAX, SYMBOLS_NAMED_MAX } from '#services/producer/limits'
import { lastSeen } from '#services/producer/sources/yahoo/polling/last_seen'
import { readYahooRow } from '#services/producer/sources/yahoo/polling/yahoo_row'

/** Counters of what was taken in and not handed on. */
export interface Skipped {
  unchanged: number
  unusable: number
}

/** Makes quotes of rows. */
export interface RowReader {
  /** The quotes among the rows; the symbols that were asked for and have no row are named in a warning. */
  read(rows: readonly unknown[], asked: readonly string[]): readonly Quote[]
  /** Those that differ from the symbol's quote before. */
  news(quotes: readonly Quote[]): readonly Quote[]
}

/** A reader that remembers each symbol's last quote, and whom it has warned of. */
export function openRowReader(logger: Logger, skips: Skipped): RowReader {
  const seen = lastSeen(SYMBOLS_MAX)
  const unknown = warnOnce()
  const unusable = warnOnce()
  const warnOfUnknown = (symbols: readonly string[]) => {
    const news = symbols.filter((symbol) => unknown.isFirst(symbol))
    if (news.length === 0) return
    const named = news.slice(0, SYMBOLS_NAMED_MAX).join(', ')
    const more = news.length > SYMBOLS_NAMED_MAX ? ` and ${news.length - SYMBOLS_NAMED_MAX} more` : ''
    logger.warn({ symbols: news.length }, `Yahoo does not know ${named}${more}; check SYMBOLS`)
  }
  return {
    read(rows, asked) {
      const quotes: Quote[] = []
      const answered = new Set<string>()
      for (const row of rows) {
        const reading = readYahooRow(row)
        if (reading.kind === 'quote') quotes.push(reading.quote)
        else skips.unusable++
        const symbol = reading.kind === 'quote' ? reading.quote.symbol : reading.symbol
        if (symbol !== null) answered.add(symbol)
        if (reading.kind === 'unusable' && unusable.isFirst(symbol ?? '')) {
          logger.warn({ symbol }, `a row of Yahoo's answer (${symbol ?? 'no symbol'}) is left out: ${reading.detail}`)
        }
      }
      warnOfUnknown(asked.filter((symbol) => !answered.has(symbol)))
      return quotes
    },
    news(quotes) {
      const news = quotes.filter((quote) => seen.isNews(quote))
      skips.unchanged += quotes.length - news.length
      return news
    },
  }
}

/** Bounded: beyond SYMBOLS_MAX names nothing is a first. */
function warnOnce() {
  const warned = new Set<string>()
  return {
    isFirst(name: string): boolean {
      if (warned.has(name) || warned.size >= SYMBOLS_MAX) return false
      warned.add(name)
      return true
    },
  }
}
