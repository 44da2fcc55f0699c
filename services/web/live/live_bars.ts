// The bars that a table may not hold yet, as whoever answers for bars asks for them.

import type { Position } from '#services/web/api'
import type { KeptRecords } from '#services/web/live/kept_records'
import type { BarsSince, LiveBars, TopicBar } from '#services/web/live/seam'

/** What stands behind it. */
export interface LiveBarsParts {
  readonly kept: KeptRecords<TopicBar>
  readonly forming: LiveBars['forming']
  readonly calendarOf: LiveBars['calendarOf']
  /** Where an answer that is given now stands. */
  readonly position: () => Position
}

/** The live bars of all symbols. */
export function liveBars({ kept, forming, calendarOf, position }: LiveBarsParts): LiveBars {
  return {
    since(symbol, taken): BarsSince {
      const { records, missing } = kept.since(taken)
      const rows = records.flatMap((record) => (record.symbol === symbol ? [record.row] : []))
      return { bars: newestRevisions(rows), missing, position: position() }
    },
    forming,
    calendarOf,
  }
}

/** By window start, of each the highest revision. */
export function newestRevisions(rows: readonly TopicBar[]): readonly TopicBar[] {
  const newest = new Map<number, TopicBar>()
  for (const row of rows) {
    const known = newest.get(row.windowStart)
    if (known === undefined || known.revision < row.revision) newest.set(row.windowStart, row)
  }
  return [...newest.values()].sort((a, b) => a.windowStart - b.windowStart)
}
