// Missing windows made visible. The chart's axis goes by index, so a window without a bar needs a slot of its own; a
// long pause, such as a night, takes a few slots only.

import type { BarRow, Grain } from '../../../api.ts'
import { grainMs, isDays } from './grain.ts'

/** A place on the axis: a window with its bar, or one without. */
export interface Slot {
  readonly windowStart: number
  /** Where it stands in time: a trading day at midnight UTC of its date, whenever it began. */
  readonly time: number
  readonly bar: BarRow | null
}

/** A pause this long is drawn short. */
const LONG_PAUSE_MS = 3 * 3_600_000
/** No pause takes more slots, whatever the grain. */
const PAUSE_SLOTS_MAX = 180
/** What a long pause takes. */
const LONG_PAUSE_SLOTS = 3

/** How many windows lie between two neighbouring bars. Of trading days none: weekends and holidays are no gaps. */
export function missingBetween(grain: Grain, before: BarRow, after: BarRow): number {
  if (isDays(grain)) return 0
  return Math.max(0, Math.round((after.windowStart - before.windowEnd) / grainMs(grain)))
}

/** The slots of so many missing windows in a row. */
export function slotsOfPause(grain: Grain, missing: number): number {
  const isLong = missing > PAUSE_SLOTS_MAX || missing * grainMs(grain) > LONG_PAUSE_MS
  return isLong ? Math.min(missing, LONG_PAUSE_SLOTS) : missing
}

/** The axis of the bars, which are sorted by time: a slot for each, and the missing ones between them. */
export function slotsOf(grain: Grain, bars: readonly BarRow[]): Slot[] {
  const slots: Slot[] = []
  let before: BarRow | undefined
  for (const bar of bars) {
    if (before !== undefined) pushPause(slots, grain, { before, after: bar })
    slots.push({ windowStart: bar.windowStart, time: timeOf(grain, bar), bar })
    before = bar
  }
  return slots
}

function pushPause(slots: Slot[], grain: Grain, { before, after }: { before: BarRow; after: BarRow }): void {
  const count = slotsOfPause(grain, missingBetween(grain, before, after))
  for (let index = 0; index < count; index += 1) {
    const windowStart = before.windowEnd + index * grainMs(grain)
    slots.push({ windowStart, time: windowStart, bar: null })
  }
}

function timeOf(grain: Grain, { windowStart, tradeDate }: BarRow): number {
  return isDays(grain) && tradeDate !== null ? Date.parse(tradeDate) : windowStart
}

/** Limits of what is kept: bars, and slots of the axis. */
export interface KeptMax {
  readonly bars: number
  readonly slots: number
}

/** How many bars from that end may be kept. */
export function keptCount(
  grain: Grain,
  bars: readonly BarRow[],
  { end, max }: { end: 'first' | 'last'; max: KeptMax },
): number {
  const step = end === 'first' ? 1 : -1
  const start = end === 'first' ? 0 : bars.length - 1
  let slots = 0
  for (let count = 0; count < bars.length; count += 1) {
    const bar = bars[start + count * step] as BarRow
    const neighbour = bars[start + (count - 1) * step]
    const [before, after] = step === 1 ? [neighbour, bar] : [bar, neighbour]
    slots += 1 + (before && after ? slotsOfPause(grain, missingBetween(grain, before, after)) : 0)
    if (count >= max.bars || slots > max.slots) return count
  }
  return bars.length
}

/** What has changed between two axes: nothing, bars in place or after the end, or anything. */
export type Difference = readonly BarRow[] | 'all'

/** More than this is drawn anew as a whole. */
const IN_PLACE_MAX = 20

/** What must be drawn so that `before` becomes `after`. */
export function differenceOf(before: readonly Slot[], after: readonly Slot[]): Difference {
  const isGrown = after.length === before.length || (after.length === before.length + 1 && after.at(-1)?.bar !== null)
  if (before.length === 0 || !isGrown) return 'all'
  const changed: BarRow[] = []
  for (const [index, { windowStart, bar }] of after.entries()) {
    const old = before[index]
    if (old !== undefined && (old.windowStart !== windowStart || (old.bar === null) !== (bar === null))) return 'all'
    if (bar !== null && bar !== old?.bar) changed.push(bar)
    if (changed.length > IN_PLACE_MAX) return 'all'
  }
  return changed
}
