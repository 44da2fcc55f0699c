// The id of a quote of Yahoo's, which has none of its own: what tells it from others of its symbol, as text. The stream
// knows a quote again by it when it is sent once more, after a restart too.

/** What tells two quotes of a symbol apart. */
export interface QuoteFacts {
  readonly time: number
  readonly price: number
  readonly dayVolume: number | null
  /** A polled row has none. */
  readonly lastSize: number | null
}

/** `1790951461000:277.06:20000010:49`; what is not known is left out, its place is not. */
export function quoteId({ time, price, dayVolume, lastSize }: QuoteFacts): string {
  return `${time}:${price}:${dayVolume ?? ''}:${lastSize ?? ''}`
}
