// A stock exchange as most of them are: it trades from Monday to Friday except on holidays, and closes early on half
// days.

import { isWorkday, partsOf } from '#calendar/civil_date'
import { CLOSED, type LocalHours, type Market } from '#calendar/market'
import type { TradeDate } from '#market/session'

/** What makes an exchange. Holidays on a Saturday or Sunday may be among its holidays or not. */
export interface ExchangeRules {
  readonly name: string
  readonly zone: string
  hoursOn(date: TradeDate): LocalHours
  /** Of a half day; left out where there are none. */
  halfDayHoursOn?(date: TradeDate): LocalHours
  isHoliday(date: TradeDate): boolean
  /** Asked of days that are no holiday. */
  isHalfDay?(date: TradeDate): boolean
  /** The last year whose days the exchange has published. */
  readonly publishedYear: number
}

/** The market of an exchange's rules. */
export function exchange(rules: ExchangeRules): Market {
  const { name, zone, isHoliday, isHalfDay = () => false, hoursOn, halfDayHoursOn = hoursOn, publishedYear } = rules
  return {
    name,
    zone,
    totals: 'trading_day',
    hasHours: true,
    hoursOn(date) {
      if (!isWorkday(date) || isHoliday(date)) return CLOSED
      return isHalfDay(date) ? halfDayHoursOn(date) : hoursOn(date)
    },
    isProvisional: (date) => partsOf(date).year > publishedYear,
  }
}
