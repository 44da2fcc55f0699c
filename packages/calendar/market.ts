// A market as its rules tell it: which hours it has on a date, in its own local time. market_calendar.ts makes instants
// of them.

import type { Session, TradeDate } from '#market/session'

/** A part of a trading day, in minutes from the local midnight of its trade date; negative: on the day before. */
export interface LocalSpan {
  readonly from: number
  readonly to: number
  readonly session: Exclude<Session, 'none'>
}

/** A trading day's parts by time, without overlap. Where two do not meet, nothing trades in between. */
export type LocalHours = readonly LocalSpan[]

/** The hours of a date on which nothing trades. */
export const CLOSED: LocalHours = []

/** Bounds of a LocalSpan: a trading day begins at most a day before its date, and ends at most a day after it. */
export const MINUTE_MIN = -1_440
export const MINUTE_MAX = 2_880

/** The rules of a market; what the fields mean: `Calendar`. */
export interface Market {
  readonly name: string
  readonly zone: string
  readonly totals: 'trading_day' | 'rolling'
  readonly hasHours: boolean
  /** The parts of a trading day. Those of one date end before those of the next begin. */
  hoursOn(date: TradeDate): LocalHours
  isProvisional(date: TradeDate): boolean
}

/** A part of a trading day, from and to given as `09:30`. */
export function hours(session: LocalSpan['session'], from: string, to: string): LocalSpan {
  return { session, from: minuteOf(from), to: minuteOf(to) }
}

/** The same in the evening before the trade date; `to` is of the date itself. */
export function hoursFromEvening(session: LocalSpan['session'], from: string, to: string): LocalSpan {
  return { session, from: minuteOf(from) - 1_440, to: minuteOf(to) }
}

/** Minutes since midnight of a text such as `09:30`, up to `24:00`. */
export function minuteOf(text: string): number {
  const [hour = '', minute = ''] = text.split(':')
  return Number(hour) * 60 + Number(minute)
}
