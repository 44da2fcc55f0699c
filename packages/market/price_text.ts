// Prices where a person reads them.

/** Cents for a price of one or more; below that, four figures. */
export function priceText(price: number): string {
  return price >= 1 ? price.toFixed(2) : price.toPrecision(4)
}
