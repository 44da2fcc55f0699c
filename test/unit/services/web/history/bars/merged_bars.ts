// What an answer for bars must be, by hand.

import { DAY_MS, type EpochMs } from '#runtime/units'
import type { BarRow } from '#services/web/api'

/** Of each window the highest revision, then each longer window from its bars. */
export function merged(bars: readonly BarRow[], range: { from: number; to: number }, ms: number): BarRow[] {
  const newest = new Map<number, BarRow>()
  for (const bar of bars) {
    const known = newest.get(bar.windowStart)
    if (known === undefined || known.revision < bar.revision) newest.set(bar.windowStart, bar)
  }
  const own = [...newest.values()].sort((a, b) => a.windowStart - b.windowStart)
  const starts = [...new Set(own.map((bar) => Math.floor(bar.windowStart / ms) * ms))]
  const inRange = starts.filter((start) => start >= range.from && start < range.to)
  return inRange.map((start) =>
    longer(
      start,
      ms,
      own.filter((bar) => Math.floor(bar.windowStart / ms) * ms === start),
    ),
  )
}

function longer(start: number, ms: number, bars: readonly BarRow[]): BarRow {
  const [first, last] = [bars[0] as BarRow, bars.at(-1) as BarRow]
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const volumes = bars.flatMap(({ volume }) => volume ?? [])
  const priced = bars.filter(({ vwap }) => vwap !== null)
  const pricedVolume = sum(priced.map(({ volume }) => volume ?? 0))
  const value = sum(priced.map(({ vwap, volume }) => (vwap ?? 0) * (volume ?? 0)))
  const count = sum(bars.map((bar) => bar.count ?? 0))
  return {
    windowStart: start as EpochMs,
    windowEnd: (start + ms) as EpochMs,
    open: first.open,
    high: Math.max(...bars.map(({ high }) => high)),
    low: Math.min(...bars.map(({ low }) => low)),
    close: last.close,
    average: sum(bars.map((bar) => (bar.average ?? 0) * (bar.count ?? 0))) / count,
    vwap: pricedVolume === 0 ? null : value / pricedVolume,
    volume: volumes.length === 0 ? null : sum(volumes),
    count,
    revision: sum(bars.map(({ revision }) => revision + 1)) - 1,
    complete: bars.every(({ complete }) => complete),
    origin: 'live',
    session: bars.every(({ session }) => session === first.session) ? first.session : null,
    tradeDate: ms === DAY_MS ? new Date(start).toISOString().slice(0, 10) : first.tradeDate,
  }
}
