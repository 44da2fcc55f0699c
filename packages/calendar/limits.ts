// How far calendars reach, and how much they remember.

import { dateOf } from '#calendar/civil_date'
import type { TradeDate } from '#market/session'

/** The first and last date that has sessions. Nothing trades before and after. */
export const TRADE_DATE_MIN: TradeDate = dateOf(1900, 1, 1)
export const TRADE_DATE_MAX: TradeDate = dateOf(2199, 12, 31)

/** Trade dates of a calendar that are remembered: half a year, about 100 KB. Beyond, all are forgotten. */
export const TRADE_DATES_REMEMBERED_MAX = 192

/** Calendars that a file may change or make, and dates that it may list for each of them. */
export const OVERRIDDEN_CALENDARS_MAX = 256
export const OVERRIDDEN_DATES_MAX = 10_000

/** Days of a zone whose offset is remembered: two years. Beyond, all are forgotten. */
export const OFFSETS_REMEMBERED_MAX = 732

/** Names of zones that are remembered with what they mean. Beyond, all are forgotten. */
export const ZONE_NAMES_REMEMBERED_MAX = 1_024
