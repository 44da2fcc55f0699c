// Markets that hardly close: crypto, foreign exchange, CME's futures; and days of a zone, where no hours are known.

import { FRIDAY, MONDAY, weekdayOf } from '#calendar/civil_date'
import { CLOSED, hours, hoursFromEvening, type Market } from '#calendar/market'

const ALL_DAY = [hours('regular', '00:00', '24:00')]

/** Crypto: days of UTC, and totals that count the last 24 hours. */
export const alwaysOpen: Market = {
  name: '24/7',
  zone: 'UTC',
  totals: 'rolling',
  hasHours: true,
  hoursOn: () => ALL_DAY,
  isProvisional: () => false,
}

/**
 * The simulator's market that never closes (SIMULATOR_SESSION=always): days of New York, so that those who try it see
 * the days that they know.
 */
export const simulated: Market = {
  name: 'SIM',
  zone: 'America/New_York',
  totals: 'trading_day',
  hasHours: true,
  hoursOn: () => ALL_DAY,
  isProvisional: () => false,
}

const FX_DAY = [hoursFromEvening('regular', '17:00', '17:00')]

/** Foreign exchange: from Sunday 17:00 in New York to Friday 17:00; the trade date turns at 17:00. */
export const foreignExchange: Market = {
  name: 'FX',
  zone: 'America/New_York',
  totals: 'trading_day',
  hasHours: true,
  hoursOn: (date) => (weekdayOf(date) >= MONDAY && weekdayOf(date) <= FRIDAY ? FX_DAY : CLOSED),
  isProvisional: () => false,
}

/** A zone of which no market is known: its civil days are the trading days, every day of the week. */
export function civilDays(zone: string): Market {
  return {
    name: zone,
    zone,
    totals: 'trading_day',
    hasHours: false,
    hoursOn: () => ALL_DAY,
    isProvisional: () => false,
  }
}
