// That a view of another engine is ours: the same rows, to the last bit wherever engines can be held to it.

import { expect } from 'vitest'
import { difference } from './agreement.ts'
import type { Row } from './dialect.ts'
import type { Column } from './lake_sql.ts'

/**
 * Sums of fractions, whose last bits depend on the order of adding, which no engine promises; and a logarithm, whose
 * last bit is the mathematical library's.
 */
const ROLLED_UP = ['average', 'vwap']
const INEXACT: Readonly<Record<string, readonly string[]>> = {
  bars_5m: ROLLED_UP,
  bars_15m: ROLLED_UP,
  bars_1h: ROLLED_UP,
  bars_1d: ROLLED_UP,
  bars_1d_regular: ROLLED_UP,
  moving_averages: ['sma20', 'sma50', 'ema20', 'vwap_today'],
  returns: ['log_return'],
  rsi: ['rsi14'],
  bollinger_bands: ['middle', 'upper', 'lower', 'percent_b'],
}

/** What they may differ by, as a part of the value, or of 1 where it is less. */
const TOLERANCE = 1e-11

/** What goes by the time of asking. */
const BY_THE_CLOCK = 'seconds_behind'

/** The same rows in any order: what is inexact to the tolerance, all else to the last bit. */
export function expectSameView(
  { name, columns }: { readonly name: string; readonly columns: readonly Column[] },
  ours: readonly Row[],
  theirs: readonly Row[],
): void {
  const isInexact = columns.map((column) => (INEXACT[name] ?? []).includes(column.name))
  const isExact = columns.map((column, i) => !isInexact[i] && column.name !== BY_THE_CLOCK)
  const exact = (row: Row) => JSON.stringify(row.filter((_, i) => isExact[i]))
  expect(difference(ours.map(exact), theirs.map(exact)), name).toEqual([])
  const byExact = (rows: readonly Row[]) => [...rows].sort((a, b) => (exact(a) < exact(b) ? -1 : 1))
  const other = byExact(theirs)
  const far = byExact(ours).flatMap((row, n) =>
    row.flatMap((value, i) => {
      const their = other[n]?.[i] ?? null
      return !isInexact[i] || isClose(value, their) ? [] : [`${columns[i]?.name}: ${value}, ${their} in ${exact(row)}`]
    }),
  )
  expect(far.slice(0, 4), name).toEqual([])
}

function isClose(ours: Row[number], theirs: Row[number]): boolean {
  if (typeof ours !== 'number' || typeof theirs !== 'number') return ours === theirs
  return Math.abs(ours - theirs) <= TOLERANCE * Math.max(1, Math.abs(ours))
}
