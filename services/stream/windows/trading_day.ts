// Trading days: the local calendar day of the exchange that a quote belongs to, clock changes included.
// Local midnight falls on a quarter hour of UTC in every zone since 2000, so one look-up serves fifteen minutes.

import { BAR_INTERVAL_MAX_MS } from '#market/interval'
import type { Quote } from '#market/quote'
import { DAY_MS } from '#runtime/units'
import { EXCHANGE_ZONES_MAX, TRADING_DAY_SLOTS_MAX } from '#services/stream/limits'

/** Where a quote was traded unless it names its exchange's own zone. */
const EXCHANGE_ZONE_DEFAULT = 'America/New_York'

/** The extra field of a quote that names its exchange's zone, as Yahoo calls it. */
const ZONE_FIELD = 'exchangeTimezoneName'

/** What one look-up serves: no day begins within it, in any zone, and so no window spans two trading days either. */
const TRADING_DAY_SLOT_MS = BAR_INTERVAL_MAX_MS

/** The local date at an exchange, as days since 1970-01-01. */
export type TradingDay = number

/** The trading day of a quote. */
export function tradingDayOf(quote: Quote): TradingDay {
  return tradingDayAt(quote.timestamp, exchangeZoneOf(quote))
}

/** The time zone of the exchange that a quote comes from. */
export function exchangeZoneOf(quote: Quote): string {
  const zone = quote.extra?.[ZONE_FIELD]
  return typeof zone === 'string' ? zone : EXCHANGE_ZONE_DEFAULT
}

/** The trading day of an instant in a zone. A zone that nobody knows counts as New York. */
export function tradingDayAt(timestamp: number, zone: string): TradingDay {
  const days = daysOf(zone)
  const slot = Math.floor(timestamp / TRADING_DAY_SLOT_MS)
  const known = days.bySlot.get(slot)
  if (known !== undefined) return known
  if (days.bySlot.size >= TRADING_DAY_SLOTS_MAX) days.bySlot.clear()
  const day = localDay(days.format, slot * TRADING_DAY_SLOT_MS)
  days.bySlot.set(slot, day)
  return day
}

/** What is remembered of a zone: pure facts of the calendar, so that a replay meets the same. */
interface ZoneDays {
  readonly format: Intl.DateTimeFormat
  readonly bySlot: Map<number, number>
}

const zones = new Map<string, ZoneDays>()

function daysOf(zone: string): ZoneDays {
  const known = zones.get(zone)
  if (known !== undefined) return known
  if (zones.size >= EXCHANGE_ZONES_MAX) zones.clear()
  const days = {
    format: dateFormat(zone) ?? (dateFormat(EXCHANGE_ZONE_DEFAULT) as Intl.DateTimeFormat),
    bySlot: new Map(),
  }
  zones.set(zone, days)
  return days
}

function dateFormat(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' })
  } catch {
    return null
  }
}

function localDay(format: Intl.DateTimeFormat, timestamp: number): number {
  const parts = format.formatToParts(timestamp)
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value)
  return Date.UTC(part('year'), part('month') - 1, part('day')) / DAY_MS
}
