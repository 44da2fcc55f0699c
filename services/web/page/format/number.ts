// Prices, changes and counts as text. Pure; formats are made once, since making one is slow.

/** How many decimals a price has: 2, or up to 4 where the feed gives more. */
export function decimalsOf(price: number): number {
  for (let decimals = DECIMALS_MIN; decimals < DECIMALS_MAX; decimals++) {
    const scaled = price * 10 ** decimals
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * Math.max(1, scaled)) return decimals
  }
  return DECIMALS_MAX
}

const DECIMALS_MIN = 2
const DECIMALS_MAX = 4

/** `1,277.06` */
export function priceText(price: number, decimals = decimalsOf(price)): string {
  return (PRICES[decimals] ?? (PRICES[DECIMALS_MAX] as Intl.NumberFormat)).format(price)
}

/** `+3.21`, `−0.40`, `0.00`: the sign is a minus, as wide as the plus. */
export function changeText(change: number, decimals: number): string {
  return signed(change, priceText(Math.abs(change), decimals))
}

/** `+3.21 %` of a share in percent. */
export function percentText(percent: number): string {
  return `${signed(percent, priceText(Math.abs(percent), 2))}%`
}

/** `12,345` */
export function countText(count: number): string {
  return COUNT.format(count)
}

/** `987`, `12.3k`, `4.5M`: for narrow cells. Below `shortFrom` a count is written out. */
export function shortCountText(count: number, shortFrom = 10_000): string {
  return count < shortFrom ? COUNT.format(Math.round(count)) : SHORT_COUNT.format(count).toLowerCase().replace('m', 'M')
}

/** A change that rounds to nothing has no sign. */
function signed(value: number, text: string): string {
  if (!/[1-9]/.test(text)) return text
  return value < 0 ? `−${text}` : `+${text}`
}

const COUNT = new Intl.NumberFormat('en-US')
const SHORT_COUNT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })
const PRICES = [0, 1, 2, 3, 4].map(
  (decimals) => new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
)
