// The text of a file of calendars (CALENDAR_FILE): what users know better than the rules, checked whole. Its fields and
// an example: docs/calendar.md, Overrides.

import { marketNamed } from '#calendar/calendars'
import { OVERRIDDEN_CALENDARS_MAX, OVERRIDDEN_DATES_MAX } from '#calendar/limits'
import { type LocalHours, type LocalSpan, minuteOf } from '#calendar/market'
import { exchangeCode } from '#calendar/market_of_quote'
import { type CalendarOverride, type OwnHours, overriddenMarket } from '#calendar/overrides'
import { isZone } from '#calendar/zone_clock'
import { parseTradeDate, type TradeDate, tradeDateText } from '#market/session'
import { isJsonObject, type JsonObject, parseJson, unknownFieldsFault, valueFault } from '#runtime/files/json_object'
import { shownValue } from '#runtime/shown_value'

/** What the text of a file comes to. */
export type OverrideReading =
  | { readonly kind: 'overrides'; readonly overrides: readonly CalendarOverride[] }
  /** A sentence for each error. */
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

const CALENDAR_FIELDS = [
  ...['zone', 'hours', 'weekdays', 'totals', 'exchanges', 'suffixes'],
  ...['holidays', 'halfDays', 'sessions'],
]
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const SESSION_NAMES = ['overnight', 'pre', 'regular', 'post'] as const

/** Reads the text of a file of calendars. */
export function readOverrides(text: string): OverrideReading {
  const json = parseJson(text)
  if ('fault' in json) return { kind: 'faults', faults: [json.fault] }
  const faults: string[] = []
  const overrides = new OverrideFile(faults).overridesOf(json.value)
  return faults.length > 0 ? { kind: 'faults', faults } : { kind: 'overrides', overrides }
}

/** Reads, and notes all that is wrong. What it returns counts only if nothing is. */
class OverrideFile {
  readonly #faults: string[]

  constructor(faults: string[]) {
    this.#faults = faults
  }

  overridesOf(file: unknown): readonly CalendarOverride[] {
    const { calendars } = this.#object('the file', file, ['calendars'])
    const wanted = `must be an object in { } of at most ${OVERRIDDEN_CALENDARS_MAX} calendars by their names`
    if (!isJsonObject(calendars) || Object.keys(calendars).length > OVERRIDDEN_CALENDARS_MAX) {
      if (isJsonObject(file)) this.#fault('calendars', wanted, calendars)
      return []
    }
    const overrides = Object.entries(calendars).map(([name, fields]) => this.#override(name, fields))
    this.#checkTwice(
      'exchanges',
      overrides.map(({ exchanges }) => exchanges.map(exchangeCode)),
    )
    this.#checkTwice(
      'suffixes',
      overrides.map(({ suffixes }) => suffixes),
    )
    return overrides
  }

  #checkTwice(field: string, marks: readonly (readonly string[])[]): void {
    const seen = new Set<string>()
    for (const mark of marks.flatMap((ofOne) => [...new Set(ofOne)])) {
      if (seen.has(mark)) this.#faults.push(`calendars has two calendars with ${shownValue(mark)} in their ${field}`)
      seen.add(mark)
    }
  }

  #override(name: string, given: unknown): CalendarOverride {
    const place = `calendars.${name}`
    if (name.trim() === '') this.#faults.push(`calendars has a calendar without a name: ${shownValue(name)} is none`)
    const fields = this.#object(place, given, CALENDAR_FIELDS)
    const override = {
      name,
      own: isJsonObject(given) ? this.#own(name, fields) : null,
      exchanges: this.#texts(`${place}.exchanges`, fields.exchanges),
      suffixes: this.#suffixes(`${place}.suffixes`, fields.suffixes),
      holidays: new Set(this.#list(`${place}.holidays`, fields.holidays).map(([at, date]) => this.#date(at, date))),
      halfDays: this.#byDate(`${place}.halfDays`, fields.halfDays, (at, close) => this.#time(at, close)),
      sessions: this.#byDate(`${place}.sessions`, fields.sessions, (at, hours) => this.#hours(at, hours)),
    }
    this.#checkHolidays(place, override)
    this.#checkHalfDays(`${place}.halfDays`, override)
    return override
  }

  #checkHolidays(place: string, { holidays, halfDays, sessions }: CalendarOverride): void {
    for (const [field, dates] of Object.entries({ halfDays, sessions })) {
      for (const date of dates.keys()) {
        if (Number.isNaN(date) || !holidays.has(date)) continue
        this.#faults.push(`${place}.${field}.${tradeDateText(date)} is in holidays, too: a date is one of the two`)
      }
    }
  }

  /** On a half day there must be something to trade, and something left of it. */
  #checkHalfDays(place: string, override: CalendarOverride): void {
    const { name, own, holidays, halfDays } = override
    const whole = overriddenMarket({ ...override, halfDays: new Map() }, own === null ? marketNamed(name) : undefined)
    // Hours that are wrong were told already.
    if (whole === null || own?.hours.length === 0) return
    for (const [date, close] of halfDays) {
      if (Number.isNaN(date) || holidays.has(date)) continue
      const at = `${place}.${tradeDateText(date)}`
      const opening = whole.hoursOn(date).find(({ session }) => session === 'regular')?.from
      if (opening === undefined) {
        this.#faults.push(`${at} is a date on which nothing trades: give its hours in sessions`)
      } else if (close <= opening) {
        this.#fault(at, `must be after ${timeText(opening)}, when regular trading opens`, timeText(close))
      }
    }
  }

  /** Hours and zone make a market, so each needs the other. */
  #own(name: string, { zone, hours, weekdays, totals }: JsonObject): OwnHours | null {
    const place = `calendars.${name}`
    if (zone === undefined && hours === undefined) {
      if (marketNamed(name) === undefined)
        this.#faults.push(`${place} needs zone and hours: there is no such calendar to change`)
      for (const [field, value] of Object.entries({ weekdays, totals })) {
        if (value !== undefined) this.#faults.push(`${place}.${field} is only for a calendar with zone and hours`)
      }
      return null
    }
    const isRightZone = typeof zone === 'string' && isZone(zone)
    if (!isRightZone) this.#fault(`${place}.zone`, 'must be the IANA name of a time zone, such as Europe/Warsaw', zone)
    const isRightTotals = totals === undefined || totals === 'trading_day' || totals === 'rolling'
    if (!isRightTotals) this.#fault(`${place}.totals`, 'must be "trading_day" or "rolling"', totals)
    return {
      zone: isRightZone ? zone : 'UTC',
      hours: this.#hours(`${place}.hours`, hours),
      weekdays: this.#weekdays(`${place}.weekdays`, weekdays),
      totals: totals === 'rolling' ? totals : 'trading_day',
      knownUntil: null,
    }
  }

  #weekdays(place: string, given: unknown): ReadonlySet<number> {
    if (given === undefined) return new Set([1, 2, 3, 4, 5])
    const days = this.#list(place, given).map(([at, name]) => {
      const day = WEEKDAYS.indexOf(name as string)
      if (day < 0) this.#fault(at, `must be one of ${WEEKDAYS.join(', ')}`, name)
      return day
    })
    if (Array.isArray(given) && days.length === 0) this.#faults.push(`${place} must name one day at least`)
    return new Set(days)
  }

  /** Hours by session: `{ "regular": ["09:00-11:30", "12:30-15:30"] }`. */
  #hours(place: string, given: unknown): LocalHours {
    const bySession = this.#object(place, given, SESSION_NAMES)
    const spans = SESSION_NAMES.flatMap((session) =>
      this.#list(`${place}.${session}`, bySession[session]).flatMap(([at, span]) => this.#span(at, span, session)),
    ).sort((a, b) => a.from - b.from)
    if (isJsonObject(given) && bySession.regular === undefined) this.#faults.push(`${place} must have regular hours`)
    this.#checkOrder(place, spans)
    return spans
  }

  #checkOrder(place: string, spans: LocalHours): void {
    const overlap = spans.some(({ from }, i) => from < (spans[i - 1]?.to ?? from))
    const [first, last] = [spans[0], spans.at(-1)]
    if (first === undefined || last === undefined) return
    if (overlap) this.#faults.push(`${place} must not overlap`)
    else if (last.to - first.from > DAY_MINUTES) this.#faults.push(`${place} must not be longer than a day in all`)
  }

  /** One that ends before it begins has begun the evening before. */
  #span(place: string, given: unknown, session: LocalSpan['session']): readonly LocalSpan[] {
    const [, begin, end] = /^(\S+)-(\S+)$/.exec(String(given)) ?? []
    if (begin === undefined || end === undefined || !isTime(begin) || !isTime(end)) {
      this.#fault(place, 'must be hours such as "09:00-17:30"', given)
      return []
    }
    const [from, to] = [minuteOf(begin), minuteOf(end)]
    return [{ session, from: from < to ? from : from - DAY_MINUTES, to }]
  }

  #byDate<T>(place: string, given: unknown, read: (place: string, value: unknown) => T): ReadonlyMap<TradeDate, T> {
    if (given === undefined) return new Map()
    if (!isJsonObject(given) || Object.keys(given).length > OVERRIDDEN_DATES_MAX) {
      this.#fault(place, `must be an object in { } of at most ${OVERRIDDEN_DATES_MAX} dates`, given)
      return new Map()
    }
    return new Map(
      Object.entries(given).map(([date, value]) => [this.#date(place, date), read(`${place}.${date}`, value)]),
    )
  }

  #date(place: string, given: unknown): TradeDate {
    const date = typeof given === 'string' ? parseTradeDate(given) : null
    if (date === null) this.#fault(place, 'must be a date such as "2027-12-24"', given)
    return date ?? Number.NaN
  }

  #time(place: string, given: unknown): number {
    if (typeof given === 'string' && isTime(given)) return minuteOf(given)
    this.#fault(place, 'must be a time such as "13:00"', given)
    return Number.NaN
  }

  #texts(place: string, given: unknown): readonly string[] {
    return this.#list(place, given).map(([at, text]) => {
      if (typeof text !== 'string' || text === '') this.#fault(at, 'must be a text', text)
      return String(text)
    })
  }

  #suffixes(place: string, given: unknown): readonly string[] {
    const suffixes = this.#texts(place, given)
    for (const [i, suffix] of suffixes.entries()) {
      if (!suffix.includes('.')) continue
      this.#fault(`${place}[${i}]`, 'must be what follows the last dot of a symbol, such as "WA"', suffix)
    }
    return suffixes
  }

  /** The members of a list that may be left out, each with its place. */
  #list(place: string, given: unknown): readonly (readonly [string, unknown])[] {
    if (given === undefined) return []
    if (Array.isArray(given) && given.length <= OVERRIDDEN_DATES_MAX)
      return given.map((one, i) => [`${place}[${i}]`, one])
    this.#fault(place, `must be a list in [ ] of at most ${OVERRIDDEN_DATES_MAX}`, given)
    return []
  }

  #object(place: string, given: unknown, known: readonly string[]): JsonObject {
    if (!isJsonObject(given)) {
      this.#fault(place, `must be an object in { } with ${known.join(', ')}`, given)
      return {}
    }
    const unknown = unknownFieldsFault(place, { given, known })
    if (unknown !== null) this.#faults.push(unknown)
    return given
  }

  #fault(place: string, wanted: string, given: unknown): void {
    this.#faults.push(valueFault(place, wanted, given))
  }
}

const DAY_MINUTES = 1_440

/** What `minuteOf` reads. */
function timeText(minute: number): string {
  const [hour, rest] = [Math.floor(minute / 60), minute % 60]
  return `${String(hour).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
}

function isTime(text: string): boolean {
  return /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(text)
}
