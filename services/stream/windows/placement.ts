// Where windows lie in time: which one a quote falls into, when its bar is due, from when on a quote is late, and when
// the window is out of reach. All arithmetic of windows is here; another kind of window begins here.
// Windows are [start, end), one after the other without gaps, aligned to the epoch.

import type { Calendar } from '#calendar/calendar'
import type { Quote } from '#market/quote'
import type { SymbolWindows } from '#services/stream/windows/symbol_windows'
import type { WindowPool } from '#services/stream/windows/window_pool'
import type { WindowState } from '#services/stream/windows/window_state'

/** What decides where windows lie; in milliseconds. */
export interface WindowSettings {
  /** Length of a bar's window; divides 15 minutes. */
  readonly barIntervalMs: number
  /** How far a symbol's watermark stays behind its newest event time. */
  readonly watermarkDelayMs: number
  /** How long after its window's end, by the watermark, a quote still revises the bar. */
  readonly allowedLatenessMs: number
  /**
   * How far a symbol's watermark goes on from a late quote until the bar that it changed is put out again; 0: at once.
   */
  readonly revisionDelayMs: number
}

/** A partition's windows: what decides where they lie, and where they come from. */
export interface Windowing {
  readonly settings: WindowSettings
  readonly windowPool: WindowPool
}

/** A quote that is in time, with what its record says of it. */
export interface PlacedQuote {
  readonly quote: Quote
  readonly offset: number
  readonly ingestTime: number
  /** Whether the replay source sent it (headers.ts). */
  readonly replayed: boolean
  /** No newer event time of its symbol was seen before. */
  readonly inOrder: boolean
  /** Of the market that it comes from. */
  readonly calendar: Calendar
}

/** Where the window of an event time begins. */
export function windowStartOf({ barIntervalMs }: WindowSettings, eventTime: number): number {
  return Math.floor(eventTime / barIntervalMs) * barIntervalMs
}

/** Where a window that begins at `start` ends; the next one begins there. */
export function windowEndOf({ barIntervalMs }: WindowSettings, start: number): number {
  return start + barIntervalMs
}

/** The event time up to which the symbol is taken as complete. It never goes back. */
export function watermarkOf({ watermarkDelayMs }: WindowSettings, symbol: SymbolWindows): number {
  return symbol.maxEventTime - watermarkDelayMs
}

/** The watermark from which on no quote can reach the window that ends at `end`: one that falls into it is late. */
export function outOfReachAt({ allowedLatenessMs }: WindowSettings, end: number): number {
  return end + allowedLatenessMs
}

/** How far the watermark is beyond the last moment that the quote's window could be revised; late from 0 on. */
export function latenessOf(settings: WindowSettings, symbol: SymbolWindows, eventTime: number): number {
  const end = windowEndOf(settings, windowStartOf(settings, eventTime))
  return watermarkOf(settings, symbol) - outOfReachAt(settings, end)
}

/** The watermark at which a bar that a quote has just changed is due: see revisions.ts. */
export function dueAtOf(settings: WindowSettings, symbol: SymbolWindows, end: number): number {
  const watermark = watermarkOf(settings, symbol)
  if (watermark < end) return end
  return Math.min(watermark + settings.revisionDelayMs, outOfReachAt(settings, end))
}

/** Where the window of an event time stands among the retained ones; made when it is not there. */
export function windowIndex({ settings, windowPool }: Windowing, symbol: SymbolWindows, eventTime: number): number {
  const { windows } = symbol
  let index = windows.length - 1
  while (index >= 0 && eventTime < (windows[index] as WindowState).start) index--
  if (index >= 0 && eventTime < (windows[index] as WindowState).end) return index
  const start = windowStartOf(settings, eventTime)
  windows.splice(index + 1, 0, windowPool.take(start, windowEndOf(settings, start)))
  symbol.firstWindowStart = Math.min(symbol.firstWindowStart, start)
  return index + 1
}

/** Windows of a symbol that can be retained at once. */
export function retainedWindowsMax(settings: Omit<WindowSettings, 'revisionDelayMs'>): number {
  const { allowedLatenessMs, watermarkDelayMs, barIntervalMs } = settings
  return Math.ceil((allowedLatenessMs + watermarkDelayMs) / barIntervalMs) + 2
}
