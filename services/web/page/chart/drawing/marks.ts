// Alerts as marks on the chart: those that are in view, and not more than can be told apart.

import type { AlertRow, BarRow } from '../../../api.ts'
import { indexFrom } from '../series/bars.ts'
import type { Slot } from '../series/gaps.ts'

/** A mark at a bar, for the alerts that fell into it. */
export interface Mark {
  readonly windowStart: number
  readonly direction: 'up' | 'down'
  /** Empty where there is no room for it. */
  readonly text: string
}

/** Marks on the chart at a time; the largest moves have them. */
const MARKS_MAX = 60

/** Alerts kept for the loaded bars. */
export const ALERTS_KEPT_MAX = 2_000

/** The alerts by the start of the bar they fell into. Those of windows that are not among the bars are left out. */
export function alertsByBar(
  alerts: Iterable<AlertRow>,
  bars: readonly BarRow[],
): ReadonlyMap<number, readonly AlertRow[]> {
  const held = [...alerts].flatMap((alert) => {
    const bar = bars[indexFrom(bars, alert.eventTime + 1) - 1]
    return bar !== undefined && alert.eventTime < bar.windowEnd ? [{ alert, start: bar.windowStart as number }] : []
  })
  const byBar = Map.groupBy(held, ({ start }) => start)
  return new Map([...byBar].map(([start, found]) => [start, found.map(({ alert }) => alert)]))
}

/** What is in view, and how many slots a text takes. */
export interface MarksView {
  readonly slots: readonly Slot[]
  readonly apart: number
}

/** The marks of the bars in view, by time. The larger move has its text, where two would cover each other. */
export function marksOf(byBar: ReadonlyMap<number, readonly AlertRow[]>, { slots, apart }: MarksView): Mark[] {
  const inView = slots.flatMap(({ windowStart }, index) => {
    const alerts = byBar.get(windowStart)
    return alerts === undefined ? [] : [{ index, windowStart, alerts, largest: largestOf(alerts) }]
  })
  const ranked = inView.sort((a, b) => Math.abs(b.largest.percent) - Math.abs(a.largest.percent)).slice(0, MARKS_MAX)
  const told: { readonly index: number; readonly direction: string }[] = []
  const marks = ranked.map(({ index, windowStart, alerts, largest }) => {
    const { direction } = largest
    const hasRoom = told.every((other) => other.direction !== direction || Math.abs(other.index - index) >= apart)
    if (hasRoom) told.push({ index, direction })
    return { windowStart, direction, text: hasRoom ? textOf(largest, alerts.length) : '' }
  })
  return marks.sort((a, b) => a.windowStart - b.windowStart)
}

function textOf({ percent }: AlertRow, count: number): string {
  const sign = percent < 0 ? '\u2212' : '+'
  return `${sign}${Math.abs(percent).toFixed(1)}%${count > 1 ? ` (${count})` : ''}`
}

function largestOf(alerts: readonly AlertRow[]): AlertRow {
  return alerts.reduce((largest, alert) => (Math.abs(alert.percent) > Math.abs(largest.percent) ? alert : largest))
}
