// Alerts as marks on the chart: those that are in view, and not more than can be told apart.

import type { AlertRow, BarRow } from '../../api.ts'
import { indexFrom } from './bars.ts'

/** A mark at a bar, for the alerts that fell into it. */
export interface Mark {
  readonly windowStart: number
  readonly direction: 'up' | 'down'
  /** Empty where there are too many marks for texts. */
  readonly text: string
}

/** Marks on the chart at a time; the largest moves have them. */
const MARKS_MAX = 60
/** With more marks than this the texts would cover each other. */
const MARKS_WITH_TEXT_MAX = 14

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

/** The marks of the bars in view, by time. */
export function marksOf(
  byBar: ReadonlyMap<number, readonly AlertRow[]>,
  { from, to }: { from: number; to: number },
): Mark[] {
  const inView = [...byBar].filter(([start]) => start >= from && start <= to)
  const largest = inView.sort(([, a], [, b]) => moveOf(b) - moveOf(a)).slice(0, MARKS_MAX)
  const hasTexts = largest.length <= MARKS_WITH_TEXT_MAX
  const marks = largest.map(([windowStart, alerts]) => markOf(windowStart, alerts, hasTexts))
  return marks.sort((a, b) => a.windowStart - b.windowStart)
}

function markOf(windowStart: number, alerts: readonly AlertRow[], hasText: boolean): Mark {
  const largest = largestOf(alerts)
  const sign = largest.percent < 0 ? '\u2212' : '+'
  const others = alerts.length > 1 ? ` (${alerts.length})` : ''
  const text = `${sign}${Math.abs(largest.percent).toFixed(1)}%${others}`
  return { windowStart, direction: largest.direction, text: hasText ? text : '' }
}

function moveOf(alerts: readonly AlertRow[]): number {
  return Math.abs(largestOf(alerts).percent)
}

function largestOf(alerts: readonly AlertRow[]): AlertRow {
  return alerts.reduce((largest, alert) => (Math.abs(alert.percent) > Math.abs(largest.percent) ? alert : largest))
}
