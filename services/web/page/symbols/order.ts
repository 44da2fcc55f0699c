// Which symbols the table shows, and in what order. Pure.

import type { SymbolRecord } from './symbol_book.ts'

/** What the table can be sorted by. */
export type SortKey = 'symbol' | 'price' | 'change' | 'percent' | 'age' | 'rate' | 'alerts'

export interface Sort {
  readonly key: SortKey
  readonly descending: boolean
}

/** The sort after a click on a column: the other way round, or the way that is wanted first of that column. */
export function nextSort(sort: Sort, key: SortKey): Sort {
  if (sort.key === key) return { key, descending: !sort.descending }
  return { key, descending: key !== 'symbol' && key !== 'age' }
}

/** Sorted anew. Equals go by name; what is not known stands last. */
export function sorted(records: Iterable<SymbolRecord>, { key, descending }: Sort): SymbolRecord[] {
  const rankOf = RANKS[key]
  const sign = descending ? -1 : 1
  return [...records].sort((a, b) => {
    const [left, right] = [rankOf(a), rankOf(b)]
    if (left === right) return a.symbol < b.symbol ? -1 : 1
    // What is not known stands last, whichever way.
    if (left === null) return 1
    if (right === null) return -1
    return left < right ? -sign : sign
  })
}

const RANKS: Readonly<Record<SortKey, (record: SymbolRecord) => string | number | null>> = {
  symbol: (record) => record.symbol,
  price: (record) => record.price,
  change: (record) => record.change,
  percent: (record) => record.percent,
  // The youngest first: an age grows as its time goes back.
  age: (record) => -record.eventTime,
  rate: (record) => record.quotesPerMinute,
  alerts: (record) => record.alertsToday,
}

/** Those in which each word of the filter occurs, in the symbol or the exchange's name. */
export function matching(records: readonly SymbolRecord[], filter: string): readonly SymbolRecord[] {
  const words = filter
    .toUpperCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return records
  return records.filter(({ symbol, exchange }) => {
    const text = `${symbol} ${exchange ?? ''}`.toUpperCase()
    return words.every((word) => text.includes(word))
  })
}
