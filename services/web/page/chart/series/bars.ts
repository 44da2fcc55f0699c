// Bars by time: how those that arrive go into those that are there. A bar counts when its revision is not lower than
// that of the one there, so whatever comes twice or in another order ends up the same.

import type { BarRow } from '../../../api.ts'

/** The index of the first bar whose window starts at or after the time. */
export function indexFrom(bars: readonly { readonly windowStart: number }[], time: number): number {
  let low = 0
  let high = bars.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((bars[middle] as BarRow).windowStart < time) low = middle + 1
    else high = middle
  }
  return low
}

/** Both by time. Of two bars of a window the one with the higher revision, or else the arriving one. */
export function mergeBars(there: readonly BarRow[], arriving: readonly BarRow[]): BarRow[] {
  const merged = new Map(there.map((bar) => [bar.windowStart, bar]))
  for (const bar of arriving) {
    const known = merged.get(bar.windowStart)
    if (known === undefined || known.revision <= bar.revision) merged.set(bar.windowStart, bar)
  }
  return [...merged.values()].sort((a, b) => a.windowStart - b.windowStart)
}

/** The bars as one bar over the given window. They are sorted by time, and there is at least one. */
export function combineBars(
  bars: readonly BarRow[],
  { windowStart, windowEnd }: Pick<BarRow, 'windowStart' | 'windowEnd'>,
): BarRow {
  const first = bars[0] as BarRow
  const last = bars.at(-1) as BarRow
  const count = sum(bars.map((bar) => bar.count))
  const traded = bars.filter((bar) => bar.vwap !== null && bar.volume !== null && bar.volume > 0)
  const known = bars.flatMap((bar) => (bar.volume === null ? [] : [bar.volume]))
  const tradedVolume = sum(traded.map((bar) => bar.volume as number))
  return {
    windowStart,
    windowEnd,
    open: first.open,
    high: Math.max(...bars.map((bar) => bar.high)),
    low: Math.min(...bars.map((bar) => bar.low)),
    close: last.close,
    average: count === 0 ? last.close : sum(bars.map((bar) => bar.average * bar.count)) / count,
    vwap:
      tradedVolume === 0
        ? null
        : sum(traded.map((bar) => (bar.vwap as number) * (bar.volume as number))) / tradedVolume,
    volume: known.length === 0 ? null : sum(known),
    count,
    revision: -1,
    complete: bars.every((bar) => bar.complete),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
