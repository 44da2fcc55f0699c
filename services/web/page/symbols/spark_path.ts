// The small line of today as the path of an SVG. Pure.

/** The size of the picture; the line keeps a pixel from its edges. */
export interface SparkSize {
  readonly width: number
  readonly height: number
}

/**
 * The line through the prices at equal steps. It leads over steps without a price, since quotes that come seldom would
 * else be points that nobody sees. Empty for fewer than two prices.
 */
export function sparkPath(prices: readonly (number | null)[], { width, height }: SparkSize): string {
  let [low, high, known] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (const price of prices) {
    if (price === null) continue
    low = Math.min(low, price)
    high = Math.max(high, price)
    known++
  }
  if (known < 2) return ''
  const step = (width - 2) / (prices.length - 1)
  const scale = high > low ? (height - 2) / (high - low) : 0
  let path = ''
  for (const [index, price] of prices.entries()) {
    if (price === null) continue
    const y = scale === 0 ? height / 2 : 1 + (high - price) * scale
    path += `${path === '' ? 'M' : 'L'}${round(1 + index * step)} ${round(y)}`
  }
  return path
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
