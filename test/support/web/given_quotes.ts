// Quotes for the board, as the decoder's view shows them.

import { type QuoteView, viewOfDecoded } from '#market/decoding/quote_view'
import { type Quote, quoteOf } from '#market/quote'
import type { EpochMs } from '#runtime/units'

const view = viewOfDecoded()

/** A quote, good until the next call. */
export function quoteView(
  fields: Pick<Quote, 'symbol' | 'price'> & Partial<Omit<Quote, 'timestamp'>> & { timestamp: number },
): QuoteView {
  view.showDecoded(quoteOf({ ...fields, timestamp: fields.timestamp as EpochMs }))
  return view
}
