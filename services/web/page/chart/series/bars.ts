// Bars by time: how those that arrive go into those that are there. Of two bars of a window one that was made live and
// is whole goes before one of history, and that before one that has only a part of its window, as on the server. Of two
// of a kind the one counts whose revision is not lower. So whatever comes twice or in another order ends up the same.

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

/** Both by time; of two bars of a window the one that counts, or else the arriving one. */
export function mergeBars(there: readonly BarRow[], arriving: readonly BarRow[]): BarRow[] {
  const merged = new Map(there.map((bar) => [bar.windowStart, bar]))
  for (const bar of arriving) {
    const known = merged.get(bar.windowStart)
    if (known === undefined || !countsBefore(known, bar)) merged.set(bar.windowStart, bar)
  }
  return [...merged.values()].sort((a, b) => a.windowStart - b.windowStart)
}

/** Those of the range are the arriving ones, whatever was there: longer bars come of the server alone. */
export function replaceBars(
  there: readonly BarRow[],
  arriving: readonly BarRow[],
  { from, to }: { readonly from: number; readonly to: number },
): BarRow[] {
  const kept = there.filter(({ windowStart }) => windowStart < from || windowStart >= to)
  return mergeBars(kept, arriving)
}

function countsBefore(a: BarRow, b: BarRow): boolean {
  const [rankA, rankB] = [rankOf(a), rankOf(b)]
  return rankA === rankB ? a.revision > b.revision : rankA > rankB
}

function rankOf({ origin, complete }: BarRow): number {
  return origin === 'history' ? 1 : complete ? 2 : 0
}

/** The bars as one bar over the given window. They are sorted by time, and there is at least one. */
export function combineBars(
  bars: readonly BarRow[],
  { windowStart, windowEnd }: Pick<BarRow, 'windowStart' | 'windowEnd'>,
): BarRow {
  const first = bars[0] as BarRow
  const last = bars.at(-1) as BarRow
  const isLive = bars.every(({ origin }) => origin === 'live')
  const counts = bars.flatMap(({ count }) => count ?? [])
  const traded = bars.filter((bar) => bar.vwap !== null && bar.volume !== null && bar.volume > 0)
  const known = bars.flatMap((bar) => (bar.volume === null ? [] : [bar.volume]))
  const tradedVolume = sum(traded.map((bar) => bar.volume as number))
  const values = sum(traded.map((bar) => (bar.vwap as number) * (bar.volume as number)))
  return {
    windowStart,
    windowEnd,
    open: first.open,
    high: Math.max(...bars.map((bar) => bar.high)),
    low: Math.min(...bars.map((bar) => bar.low)),
    close: last.close,
    average: isLive ? averageOf(bars) : null,
    vwap: isLive && tradedVolume > 0 ? values / tradedVolume : null,
    volume: known.length === 0 ? null : sum(known),
    count: counts.length === 0 ? null : sum(counts),
    revision: -1,
    complete: bars.every((bar) => bar.complete),
    origin: bars.every(({ origin }) => origin === first.origin) ? first.origin : 'both',
    session: bars.every(({ session }) => session === first.session) ? first.session : null,
    tradeDate: first.tradeDate,
  }
}

function averageOf(bars: readonly BarRow[]): number | null {
  const known = bars.filter(({ average, count }) => average !== null && count !== null)
  const count = sum(known.map((bar) => bar.count as number))
  return count === 0 ? null : sum(known.map((bar) => (bar.average as number) * (bar.count as number))) / count
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
