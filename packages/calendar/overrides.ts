// What is known better than the rules: holidays, half days and sessions of single dates, or a whole market by its zone
// and hours. override_file.ts reads it, learned_hours.ts learns it.

import { weekdayOf } from '#calendar/civil_date'
import { CLOSED, type LocalHours, type LocalSpan, type Market } from '#calendar/market'
import type { TradeDate } from '#market/session'

/** A market of its own. */
export interface OwnHours {
  /** IANA name. */
  readonly zone: string
  /** Of a usual trading day. */
  readonly hours: LocalHours
  /** Numbered as `weekdayOf` does. */
  readonly weekdays: ReadonlySet<number>
  readonly totals: Market['totals']
  /** The last date that is more than a guess by the usual hours; null when all are. */
  readonly knownUntil: TradeDate | null
}

/** What is said of one calendar. */
export interface CalendarOverride {
  /** Of the calendar that is changed, or made. */
  readonly name: string
  /** Makes a market, in place of one of that name; null changes the one that there is. */
  readonly own: OwnHours | null
  /** Codes and suffixes, besides the name, that tell that a quote is of this calendar. */
  readonly exchanges: readonly string[]
  readonly suffixes: readonly string[]
  /** Dates on which nothing trades. */
  readonly holidays: ReadonlySet<TradeDate>
  /** Minutes from midnight at which regular trading ends on a date. */
  readonly halfDays: ReadonlyMap<TradeDate, number>
  /** All that trades on a date. */
  readonly sessions: ReadonlyMap<TradeDate, LocalHours>
}

/** The market that an override makes, or what it makes of the one that there is. Null: there is none to change. */
export function overriddenMarket(override: CalendarOverride, known: Market | undefined): Market | null {
  const { own, holidays, halfDays, sessions } = override
  const market = own === null ? known : ownMarket(override.name, own)
  if (market === undefined) return null
  return {
    ...market,
    hoursOn(date) {
      if (holidays.has(date)) return CLOSED
      const close = halfDays.get(date)
      const usual = sessions.get(date) ?? market.hoursOn(date)
      return close === undefined ? usual : closedAt(close, usual)
    },
    isProvisional: (date) =>
      !holidays.has(date) && !halfDays.has(date) && !sessions.has(date) && market.isProvisional(date),
  }
}

function ownMarket(name: string, { zone, hours, weekdays, totals, knownUntil }: OwnHours): Market {
  return {
    ...{ name, zone, totals, hasHours: true },
    hoursOn: (date) => (weekdays.has(weekdayOf(date)) ? hours : CLOSED),
    isProvisional: (date) => knownUntil !== null && date > knownUntil,
  }
}

/** The hours of a day on which regular trading ends early; what follows begins then, and takes as long as usual. */
function closedAt(close: number, usual: LocalHours): LocalHours {
  const lastClose = Math.max(...usual.filter(({ session }) => session === 'regular').map(({ to }) => to))
  const early = lastClose - close
  if (!(early > 0)) return usual
  return usual.flatMap((span): readonly LocalSpan[] => {
    if (span.from >= lastClose) return [{ ...span, from: span.from - early, to: span.to - early }]
    return span.from >= close ? [] : [{ ...span, to: Math.min(span.to, close) }]
  })
}
