// Volume out of cumulative day volumes; the rule is in day_totals.ts. Kept: per window its totals in order, and what
// they come to once that was asked for; per symbol what the totals of all windows already dropped came to. Those are
// older than the retained ones, so a window's volume is right whatever came late.

import type { Calendar } from '#calendar/calendar'
import type { Quote } from '#market/quote'
import type { TradeDate } from '#market/session'
import type { EpochMs } from '#runtime/units'
import { DAY_VOLUME_QUOTES_MAX } from '#services/stream/limits'
import {
  areEqual,
  copyTotals,
  type DayTotals,
  noTotals,
  RESTART_SHARE,
  UNKNOWN,
  VolumeCount,
} from '#services/stream/windows/volume/day_totals'
import { countSteps, insertStep, STEP_FIELDS, withoutInnerSteps } from '#services/stream/windows/volume/total_steps'

/** What a symbol's day volumes came to. */
export interface SymbolDayVolume {
  /** Of the windows already dropped. */
  readonly dropped: DayTotals
  /** The highest total of the latest trade date, or since it was restarted: what a decrease is measured against. */
  latestDate: TradeDate
  latestMax: number
}

/** What a window's day volumes came to. */
export interface WindowDayVolume {
  /** Its totals (total_steps.ts). */
  steps: number[]
  /** Some of its totals came without a size: the volume is theirs to tell, even where others have one. */
  hasUnsized: boolean
  /** Totals were left out of `steps`, so there is no vwap. */
  isThinned: boolean
  /** More totals than are kept fell: its volume is not known. */
  isOverfull: boolean
  /** What the steps come to; null until that is asked for, and again once an earlier total has come. */
  counted: CountedVolume | null
}

/** What a window's totals come to. */
export interface CountedVolume {
  /** Null when it cannot be known. */
  readonly volume: number | null
  readonly vwap: number | null
  /** The event time of the total that the volume is measured from; null when it is not known. */
  readonly since: EpochMs | null
  /** They are the first ones ever of their symbol. */
  readonly isFirstSight: boolean
  /** What its totals and all before it come to. */
  readonly totals: DayTotals
}

/** Where the day volumes of a window are kept; null when none of its quotes has one. */
export interface HasDayVolume {
  dayVolume: WindowDayVolume | null
}

/** Where a symbol's are kept: its own, and those of its retained windows, the latest last. */
export interface HasDayVolumes {
  dayVolume: SymbolDayVolume | null
  readonly windows: readonly HasDayVolume[]
}

/** A quote that says how much was traded in the trade date so far, on its way into a window (placement.ts). */
export interface PlacedDayVolume {
  readonly quote: Quote & { readonly dayVolume: number }
  readonly inOrder: boolean
  readonly calendar: Calendar
}

/**
 * Takes the quote's total into its window; then `recountFrom` is to be called. True when it is lower than the trade
 * date already had, by a quote in event-time order.
 */
export function addDayVolume(
  symbol: HasDayVolumes,
  index: number,
  { quote, inOrder, calendar }: PlacedDayVolume,
): boolean {
  const { timestamp, price, dayVolume: total } = quote
  const { tradeDate: date } = calendar.spanAt(timestamp)
  const window = symbol.windows[index] as HasDayVolume
  symbol.dayVolume ??= { dropped: noTotals(), latestDate: UNKNOWN, latestMax: 0 }
  window.dayVolume ??= { steps: [], hasUnsized: false, isThinned: false, isOverfull: false, counted: null }
  const own = window.dayVolume
  insertStep(own.steps, { timestamp, price, total, date })
  if (quote.size === null) own.hasUnsized = true
  if (own.steps.length > DAY_VOLUME_QUOTES_MAX * STEP_FIELDS) thinOut(own)
  return inOrder && isDecrease(symbol.dayVolume, total, date)
}

/**
 * A window has another total: what it and the windows after it came to is counted again. Returns the index up to which
 * they may come to something else now. A late total seldom changes more than its own window, and stops there, so its
 * cost does not grow with the lateness that is allowed.
 */
export function recountFrom(symbol: HasDayVolumes, index: number): number {
  const { windows } = symbol
  let changed = index
  let before = forgetCount(windows[index] as HasDayVolume)
  for (let later = index + 1; later < windows.length; later++) {
    const { dayVolume: own } = windows[later] as HasDayVolume
    if (own === null) continue
    // Windows are counted one after the other, so no later one was counted, either.
    if (own.counted === null) return windows.length
    const now = before === null ? null : countedVolume(symbol, changed)
    if (before !== null && now !== null && areEqual(before.totals, now.totals)) return later
    before = forgetCount(windows[later] as HasDayVolume)
    changed = later
  }
  return windows.length
}

/** What a window's totals come to; null when it has none. */
export function countedVolume(symbol: HasDayVolumes, index: number): CountedVolume | null {
  const own = symbol.windows[index]?.dayVolume
  if (own === null || own === undefined) return null
  if (own.counted !== null) return own.counted
  let from = index - 1
  while (from >= 0 && isToCount(symbol.windows[from] as HasDayVolume)) from--
  let before = symbol.windows[from]?.dayVolume?.counted?.totals ?? (symbol.dayVolume as SymbolDayVolume).dropped
  for (let at = from + 1; at < index; at++) {
    const earlier = symbol.windows[at]?.dayVolume
    if (earlier !== null && earlier !== undefined) before = countWindow(earlier, before).totals
  }
  return countWindow(own, before)
}

/** Keeps what later windows need of one that is dropped; all before it must be dropped, too. */
export function keepDropped(symbol: HasDayVolumes, index: number): void {
  const counted = countedVolume(symbol, index)
  if (counted !== null && symbol.dayVolume !== null) copyTotals(symbol.dayVolume.dropped, counted.totals)
}

/** Windows without totals are passed over on the way back to one whose totals were counted. */
function isToCount({ dayVolume }: HasDayVolume): boolean {
  return dayVolume === null || dayVolume.counted === null
}

function countWindow(own: WindowDayVolume, before: DayTotals): CountedVolume {
  const totals = noTotals()
  copyTotals(totals, before)
  const count = new VolumeCount(totals)
  countSteps(count, own.steps)
  const isFirstSight = before.date === UNKNOWN
  const isKnown = count.isKnown && !isFirstSight && !own.isOverfull && Number.isFinite(count.volume)
  own.counted = {
    volume: isKnown ? count.volume : null,
    vwap: isKnown && !own.isThinned ? count.vwap : null,
    since: isKnown ? (before.lastAt as EpochMs) : null,
    isFirstSight,
    totals,
  }
  return own.counted
}

/** Returns what is forgotten. */
function forgetCount({ dayVolume }: HasDayVolume): CountedVolume | null {
  if (dayVolume === null) return null
  const { counted } = dayVolume
  dayVolume.counted = null
  return counted
}

/** Makes room for as many steps again; where so many fall that there is none, the older half goes. */
function thinOut(own: WindowDayVolume): void {
  own.steps = withoutInnerSteps(own.steps)
  own.isThinned = true
  const excess = own.steps.length / STEP_FIELDS - DAY_VOLUME_QUOTES_MAX / 2
  if (excess <= 0) return
  own.steps.splice(0, excess * STEP_FIELDS)
  own.isOverfull = true
}

function isDecrease(seen: SymbolDayVolume, total: number, date: TradeDate): boolean {
  const isFall = date === seen.latestDate && total < seen.latestMax
  if (date > seen.latestDate || (date === seen.latestDate && (!isFall || total < seen.latestMax * RESTART_SHARE))) {
    seen.latestDate = date
    seen.latestMax = total
  }
  return isFall
}
