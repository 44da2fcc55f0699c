// All markets, and which of them a quote comes from. The markets' rules: markets/. What the user adds: overrides.

import type { Calendar, Calendars, MarketFacts } from '#calendar/calendar'
import { ZONE_NAMES_REMEMBERED_MAX } from '#calendar/limits'
import type { Market } from '#calendar/market'
import { marketCalendar } from '#calendar/market_calendar'
import { calendarOfExchange, calendarOfSymbol, exchangeCode, suffixOf } from '#calendar/market_of_quote'
import { alwaysOpen, civilDays, foreignExchange, simulated } from '#calendar/markets/around_the_clock'
import { globex } from '#calendar/markets/cme'
import { continentalEurope } from '#calendar/markets/continental_europe'
import { hongKong } from '#calendar/markets/hong_kong'
import { london } from '#calendar/markets/london'
import { mumbai } from '#calendar/markets/mumbai'
import { newYork } from '#calendar/markets/new_york'
import { nordic } from '#calendar/markets/nordic'
import { shanghai } from '#calendar/markets/shanghai'
import { sydney } from '#calendar/markets/sydney'
import { tokyo } from '#calendar/markets/tokyo'
import { toronto } from '#calendar/markets/toronto'
import { type CalendarOverride, overriddenMarket } from '#calendar/overrides'

const MARKETS: readonly Market[] = [
  ...[newYork, toronto, london, ...continentalEurope, ...nordic],
  ...[tokyo, hongKong, shanghai, mumbai, sydney],
  ...[foreignExchange, globex, alwaysOpen, simulated],
]

/** The calendar of quotes that tell nothing of their market. */
export const CALENDAR_DEFAULT_NAME = newYork.name

/** What calendars are opened with. */
export interface CalendarOptions {
  /** Name of the calendar of quotes that tell nothing of their market, or a zone. */
  readonly defaultName?: string
  /** What is known better than the rules. */
  readonly overrides?: readonly CalendarOverride[]
}

/** The rules of the market of that name, which an override can change; undefined when there are none. */
export function marketNamed(name: string): Market | undefined {
  return MARKETS.find((market) => market.name === name)
}

/**
 * Opens the calendars. Throws a RangeError when the default has a name that nobody knows, or an override changes a
 * market that there is not.
 */
export function openCalendars({ defaultName = CALENDAR_DEFAULT_NAME, overrides = [] }: CalendarOptions): Calendars {
  const byName = new Map(marketsWith(overrides).map((market) => [market.name, marketCalendar(market)]))
  const zones = zoneCalendars()
  const named = (name: string) => byName.get(name) ?? zones(name)
  const ownCodes = marksOf(overrides, ({ exchanges }) => exchanges.map(exchangeCode))
  const ownSuffixes = marksOf(overrides, ({ suffixes }) => suffixes)
  const ofExchange = (given: string) => {
    const code = exchangeCode(given)
    return byName.get(given) ?? knownAs(ownCodes.get(code) ?? calendarOfExchange(code))
  }
  const ofSymbol = (symbol: string) => knownAs(ownSuffixes.get(suffixOf(symbol)) ?? calendarOfSymbol(symbol))
  const knownAs = (name: string | undefined) => (name === undefined ? undefined : named(name))
  const fallback = named(defaultName)
  if (fallback === undefined) throw new RangeError(`there is no calendar ${JSON.stringify(defaultName)}`)
  return {
    all: [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    settings: JSON.stringify([defaultName, overrides], listed),
    named,
    of({ symbol, exchange, zone }: MarketFacts) {
      const told = (exchange === null ? undefined : ofExchange(exchange)) ?? ofSymbol(symbol)
      if (told !== undefined || zone === null) return told ?? fallback
      const ofZone = named(zone)
      // A zone that is the default's own says nothing against it.
      return ofZone === undefined || (!ofZone.hasHours && ofZone.zone === fallback.zone) ? fallback : ofZone
    },
  }
}

/** For JSON: sets and maps as lists. */
function listed(_name: string, value: unknown): unknown {
  return value instanceof Set || value instanceof Map ? [...value] : value
}

/** The markets, changed and added to. */
function marketsWith(overrides: readonly CalendarOverride[]): readonly Market[] {
  const byName = new Map(MARKETS.map((market) => [market.name, market]))
  for (const override of overrides) {
    const market = overriddenMarket(override, byName.get(override.name))
    if (market === null) throw new RangeError(`there is no calendar ${JSON.stringify(override.name)} to change`)
    byName.set(override.name, market)
  }
  return [...byName.values()]
}

function marksOf(
  overrides: readonly CalendarOverride[],
  marks: (override: CalendarOverride) => readonly string[],
): ReadonlyMap<string, string> {
  return new Map(overrides.flatMap((override) => marks(override).map((mark) => [mark, override.name] as const)))
}

/** Calendars of zones by any of their names, made when they are asked for; Intl knows some hundred zones. */
function zoneCalendars(): (zone: string) => Calendar | undefined {
  const byZone = new Map<string, Calendar>()
  const byGivenName = new Map<string, Calendar | undefined>()
  return (given) => {
    if (byGivenName.has(given)) return byGivenName.get(given)
    if (byGivenName.size >= ZONE_NAMES_REMEMBERED_MAX) byGivenName.clear()
    const zone = zoneName(given)
    const calendar = zone === undefined ? undefined : (byZone.get(zone) ?? marketCalendar(civilDays(zone)))
    if (zone !== undefined && calendar !== undefined) byZone.set(zone, calendar)
    byGivenName.set(given, calendar)
    return calendar
  }
}

/** The one name of a zone that has several; undefined when there is none. */
function zoneName(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
