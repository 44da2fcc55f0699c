// Volume out of cumulative day volumes: a window's maximum minus the maximum before it in the same trading day.
// Kept: per window its latest trading day and the day volumes in it, in event-time order; per symbol the highest (day,
// volume) of all windows already dropped. Those are older than the retained ones, so "before" is right whatever came
// late.

import type { Quote } from '#market/quote'
import { DAY_VOLUME_QUOTES_MAX } from '#services/stream/limits'
import { type TradingDay, tradingDayOf } from '#services/stream/windows/trading_day'

/** In place of a day or a volume: none is known. */
const UNKNOWN = -1

/** What a symbol's day volumes came to. Compared by trading day first, then by volume. */
export interface SymbolDayVolume {
  /** Of the windows already dropped; UNKNOWN when there were none. */
  droppedDay: TradingDay
  droppedMax: number
  /** Of all quotes accepted: what a decrease is measured against. */
  latestDay: TradingDay
  latestMax: number
}

/** What a window's day volumes came to. */
export interface WindowDayVolume {
  /** The window's trading day. Quotes of an earlier one (a change of zone in mid-day) are not counted. */
  day: TradingDay
  max: number
  /** Quotes that brought a day volume, for the limit on `steps`. */
  quotes: number
  /** (event time, price, day volume) of each, flat, in the order of event time, for the vwap; null beyond the limit. */
  steps: number[] | null
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

/** The highest (day, volume) before a window, or null when it is the first sight. */
interface Before {
  readonly day: TradingDay
  readonly max: number
}

/** How a day volume changed what was known. */
export interface DayVolumeChange {
  /** The window's maximum rose, so volumes of later windows may fall. */
  readonly raised: boolean
  /** Lower than the trading day already had, by a quote in event-time order: a correction of the source. */
  readonly decreased: boolean
}

/** A quote that says how much was traded in the trading day so far. */
export type QuoteWithDayVolume = Quote & { readonly dayVolume: number }

/** Takes the quote's day volume into its window. `inOrder`: no newer event time of the symbol was seen before. */
export function addDayVolume(
  symbol: HasDayVolumes,
  window: HasDayVolume,
  { quote, inOrder }: { readonly quote: QuoteWithDayVolume; readonly inOrder: boolean },
): DayVolumeChange {
  const day = tradingDayOf(quote)
  const { dayVolume } = quote
  symbol.dayVolume ??= { droppedDay: UNKNOWN, droppedMax: 0, latestDay: UNKNOWN, latestMax: 0 }
  window.dayVolume ??= { day, max: UNKNOWN, quotes: 0, steps: [] }
  const seen = symbol.dayVolume
  const decreased = inOrder && day === seen.latestDay && dayVolume < seen.latestMax
  if (isHigher(day, dayVolume, seen.latestDay, seen.latestMax)) {
    seen.latestDay = day
    seen.latestMax = dayVolume
  }
  return { raised: addToWindow(window.dayVolume, quote, day), decreased }
}

/** The volume of a window by its day volumes; null when unknown. */
export function dayVolumeOf(symbol: HasDayVolumes, index: number): number | null {
  const own = symbol.windows[index]?.dayVolume
  if (own === null || own === undefined) return null
  const base = baseOf(own, before(symbol, index))
  return base === null ? null : Math.max(0, own.max - base)
}

/** sum(price x rise) / sum(rise) of a window; null when the volume is unknown or 0, or too many quotes made it up. */
export function dayVwapOf(symbol: HasDayVolumes, index: number): number | null {
  const own = symbol.windows[index]?.dayVolume
  if (own === null || own === undefined || own.steps === null) return null
  const base = baseOf(own, before(symbol, index))
  if (base === null || own.max <= base) return null
  let level = base
  let value = 0
  for (let i = 0; i < own.steps.length; i += STEP_FIELDS) {
    const dayVolume = own.steps[i + 2] as number
    if (dayVolume <= level) continue
    value += (own.steps[i + 1] as number) * (dayVolume - level)
    level = dayVolume
  }
  return value / (own.max - base)
}

/** Keeps what later windows need of one that is dropped. */
export function keepDropped(symbol: HasDayVolumes, window: HasDayVolume): void {
  const own = window.dayVolume
  const kept = symbol.dayVolume
  if (own === null || kept === null) return
  if (!isHigher(own.day, own.max, kept.droppedDay, kept.droppedMax)) return
  kept.droppedDay = own.day
  kept.droppedMax = own.max
}

const STEP_FIELDS = 3

function isHigher(day: TradingDay, volume: number, thanDay: TradingDay, thanVolume: number): boolean {
  return day > thanDay || (day === thanDay && volume > thanVolume)
}

/** Where the window's trading day stood when it began: 0 for a new day, null when nothing is known of it. */
function baseOf(own: WindowDayVolume, known: Before | null): number | null {
  if (known === null || known.day > own.day) return null
  return known.day === own.day ? known.max : 0
}

function before(symbol: HasDayVolumes, index: number): Before | null {
  const kept = symbol.dayVolume
  let day = kept === null ? UNKNOWN : kept.droppedDay
  let max = kept === null ? 0 : kept.droppedMax
  for (let i = 0; i < index; i++) {
    const own = symbol.windows[i]?.dayVolume
    if (own === null || own === undefined || !isHigher(own.day, own.max, day, max)) continue
    day = own.day
    max = own.max
  }
  return day === UNKNOWN ? null : { day, max }
}

function addToWindow(own: WindowDayVolume, quote: QuoteWithDayVolume, day: number): boolean {
  own.quotes++
  const { dayVolume } = quote
  const raised = isHigher(day, dayVolume, own.day, own.max)
  if (day > own.day) {
    own.day = day
    if (own.steps !== null) own.steps.length = 0
  }
  if (raised) own.max = dayVolume
  if (own.quotes > DAY_VOLUME_QUOTES_MAX) own.steps = null
  else if (own.steps !== null && day === own.day) insertInOrder(own.steps, quote)
  return raised
}

/** Of equal event times the later arrival is the later quote, as with open and close. */
function insertInOrder(steps: number[], { timestamp, price, dayVolume }: QuoteWithDayVolume): void {
  let at = steps.length
  while (at > 0 && (steps[at - STEP_FIELDS] as number) > timestamp) at -= STEP_FIELDS
  if (at === steps.length) steps.push(timestamp, price, dayVolume)
  else steps.splice(at, 0, timestamp, price, dayVolume)
}
