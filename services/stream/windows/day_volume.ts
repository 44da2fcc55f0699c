// Volume out of cumulative day volumes: a window's maximum minus the maximum before it in the same session.
// Kept: per window its highest session and the day volumes in it, in event-time order; per symbol the highest (session,
// volume) of all windows already dropped. Those are older than the retained ones, so "before" is right whatever came
// late.

import type { Quote } from '#market/quote'
import { DAY_VOLUME_QUOTES_MAX } from '#services/stream/limits'
import { NONE, type SymbolState } from '#services/stream/state/partition_state'
import type { WindowState } from '#services/stream/windows/accumulator'
import { sessionDayOf } from '#services/stream/windows/trading_day'

/** What a symbol's day volumes came to. Compared by session first, then by volume. */
export interface SymbolDayVolume {
  /** Of the windows already dropped; session NONE when there were none. */
  droppedSession: number
  droppedMax: number
  /** Of all quotes accepted: what a decrease is measured against. */
  latestSession: number
  latestMax: number
}

/** What a window's day volumes came to. */
export interface WindowDayVolume {
  /** The window's session date. Quotes of an earlier one (a change of zone in mid-day) are not counted. */
  session: number
  max: number
  /** Quotes that brought a day volume, for the limit on `steps`. */
  quotes: number
  /** (event time, price, day volume) of each, flat, in the order of event time, for the vwap; null beyond the limit. */
  steps: number[] | null
}

/** The highest (session, volume) before a window, or null when it is the first sight. */
interface Before {
  readonly session: number
  readonly max: number
}

/** How a day volume changed what was known. */
export interface DayVolumeChange {
  /** The window's maximum rose, so volumes of later windows may fall. */
  readonly raised: boolean
  /** Lower than the session already had, by a quote in event-time order: a correction of the source. */
  readonly decreased: boolean
}

/** A quote that says how much was traded in the session so far. */
export type QuoteWithDayVolume = Quote & { readonly dayVolume: number }

/** Takes the quote's day volume into its window. `inOrder`: no newer event time of the symbol was seen before. */
export function addDayVolume(
  symbol: SymbolState,
  window: WindowState,
  { quote, inOrder }: { readonly quote: QuoteWithDayVolume; readonly inOrder: boolean },
): DayVolumeChange {
  const session = sessionDayOf(quote)
  symbol.dayVolume ??= { droppedSession: NONE, droppedMax: 0, latestSession: NONE, latestMax: 0 }
  window.dayVolume ??= { session, max: NONE, quotes: 0, steps: [] }
  const seen = symbol.dayVolume
  const decreased = inOrder && session === seen.latestSession && quote.dayVolume < seen.latestMax
  if (isHigher(session, quote.dayVolume, seen.latestSession, seen.latestMax)) {
    seen.latestSession = session
    seen.latestMax = quote.dayVolume
  }
  return { raised: addToWindow(window.dayVolume, quote, session), decreased }
}

/** The volume of a window by its day volumes; null when unknown. */
export function dayVolumeOf(symbol: SymbolState, index: number): number | null {
  const own = symbol.windows[index]?.dayVolume
  if (own === null || own === undefined) return null
  const base = baseOf(own, before(symbol, index))
  return base === null ? null : Math.max(0, own.max - base)
}

/** sum(price x rise) / sum(rise) of a window; null when the volume is unknown or 0, or too many quotes made it up. */
export function dayVwapOf(symbol: SymbolState, index: number): number | null {
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
export function keepDropped(symbol: SymbolState, window: WindowState): void {
  const own = window.dayVolume
  const kept = symbol.dayVolume
  if (own === null || kept === null) return
  if (!isHigher(own.session, own.max, kept.droppedSession, kept.droppedMax)) return
  kept.droppedSession = own.session
  kept.droppedMax = own.max
}

const STEP_FIELDS = 3

function isHigher(session: number, volume: number, thanSession: number, thanVolume: number): boolean {
  return session > thanSession || (session === thanSession && volume > thanVolume)
}

/** Where the window's session stood when it began: 0 for a new session, null when nothing is known of it. */
function baseOf(own: WindowDayVolume, known: Before | null): number | null {
  if (known === null || known.session > own.session) return null
  return known.session === own.session ? known.max : 0
}

function before(symbol: SymbolState, index: number): Before | null {
  const kept = symbol.dayVolume
  let session = kept === null ? NONE : kept.droppedSession
  let max = kept === null ? 0 : kept.droppedMax
  for (let i = 0; i < index; i++) {
    const own = symbol.windows[i]?.dayVolume
    if (own === null || own === undefined || !isHigher(own.session, own.max, session, max)) continue
    session = own.session
    max = own.max
  }
  return session === NONE ? null : { session, max }
}

function addToWindow(own: WindowDayVolume, quote: QuoteWithDayVolume, session: number): boolean {
  own.quotes++
  const raised = isHigher(session, quote.dayVolume, own.session, own.max)
  if (session > own.session) {
    own.session = session
    if (own.steps !== null) own.steps.length = 0
  }
  if (raised) own.max = quote.dayVolume
  if (own.quotes > DAY_VOLUME_QUOTES_MAX) own.steps = null
  else if (own.steps !== null && session === own.session) insertInOrder(own.steps, quote)
  return raised
}

/** Of equal event times the later arrival is the later quote, as with open and close. */
function insertInOrder(steps: number[], quote: QuoteWithDayVolume): void {
  let at = steps.length
  while (at > 0 && (steps[at - STEP_FIELDS] as number) > quote.timestamp) at -= STEP_FIELDS
  if (at === steps.length) steps.push(quote.timestamp, quote.price, quote.dayVolume)
  else steps.splice(at, 0, quote.timestamp, quote.price, quote.dayVolume)
}
