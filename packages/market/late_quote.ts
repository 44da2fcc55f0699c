// A late quote: valid, but beyond the allowed lateness of its bar. Kept for inspection, in no bar.

import { encodeQuote, type Quote } from '#market/quote'
import type { EpochMs, Offset } from '#runtime/units'

/** A quote with how late it was and where it stands in stock-prices. */
export interface LateQuote {
  readonly quote: Quote
  /** Watermark minus (window end + allowed lateness), in milliseconds, from 0. */
  readonly lateBy: number
  readonly originPartition: number
  readonly originOffset: Offset
  readonly ingestTime: EpochMs
  readonly processingTime: EpochMs
}

/** The value of a stock-prices-late record: the quote's own fields, then ours. */
export function encodeLateQuote(late: LateQuote): string {
  const { quote, ...facts } = late
  return `${encodeQuote(quote).slice(0, -1)},${JSON.stringify({ late: facts }).slice(1)}`
}
