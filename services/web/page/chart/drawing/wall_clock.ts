// The axis by a clock on a wall. Points keep their true time, so order never breaks; only labels, and the days that
// they begin, go by the zone. Where clocks go back an hour is there twice: its labels say which zone time they are in.

/** Offsets of a zone are kept by quarter hour: no zone changes within one. */
const QUARTER_MS = 15 * 60_000
const OFFSETS_MAX = 20_000
/** No change of clocks is larger. */
const CHANGE_MAX_MS = 3 * 3_600_000

/** What the axis is to tell at a point. */
export type TickKind = 'year' | 'month' | 'day' | 'time' | 'seconds'

/** How exactly a time is told. */
export type Precision = 'day' | 'minute' | 'second'

/** How much a point matters as a label, in the chart library's own steps (its TickMarkWeight). */
const WEIGHT_YEAR = 70
const WEIGHT_MONTH = 60
const WEIGHT_DAY = 50
const WEIGHTS_OF_DAY: readonly (readonly [stepMs: number, weight: number])[] = [
  [12 * 3_600_000, 33],
  [6 * 3_600_000, 32],
  [3 * 3_600_000, 31],
  [3_600_000, 30],
  [30 * 60_000, 22],
  [5 * 60_000, 21],
  [60_000, 20],
  [1_000, 10],
]

/** A clock on a wall in an IANA zone. */
export class WallClock {
  readonly #offsets = new Map<number, number>()
  readonly #parts: Intl.DateTimeFormat
  readonly #time: Intl.DateTimeFormat
  readonly #seconds: Intl.DateTimeFormat
  readonly #zone: Intl.DateTimeFormat

  constructor(timeZone: string) {
    const numeric = 'numeric'
    this.#parts = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    })
    this.#time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
    this.#seconds = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' })
    this.#zone = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' })
  }

  /** What the wall clock is ahead of UTC. */
  offsetMs(time: number): number {
    const quarter = Math.floor(time / QUARTER_MS)
    const known = this.#offsets.get(quarter)
    if (known !== undefined) return known
    if (this.#offsets.size >= OFFSETS_MAX) this.#offsets.clear()
    const offset = this.#readOffset(quarter * QUARTER_MS)
    this.#offsets.set(quarter, offset)
    return offset
  }

  /** Whether the wall clock shows this time of day twice, an hour apart: the clocks go back. */
  isRepeated(time: number): boolean {
    const offset = this.offsetMs(time)
    const before = this.offsetMs(time - CHANGE_MAX_MS)
    const after = this.offsetMs(time + CHANGE_MAX_MS)
    if (before > offset) return this.offsetMs(time - (before - offset)) === before
    return after < offset && this.offsetMs(time + (offset - after)) === after
  }

  /** How much a point matters as a label, after the one before it. */
  weight(time: number, before: number): number {
    const here = time + this.offsetMs(time)
    const there = before + this.offsetMs(before)
    const [day, dayBefore] = [new Date(here), new Date(there)]
    if (day.getUTCFullYear() !== dayBefore.getUTCFullYear()) return WEIGHT_YEAR
    if (day.getUTCMonth() !== dayBefore.getUTCMonth()) return WEIGHT_MONTH
    if (day.getUTCDate() !== dayBefore.getUTCDate()) return WEIGHT_DAY
    const step = WEIGHTS_OF_DAY.find(([stepMs]) => Math.floor(here / stepMs) !== Math.floor(there / stepMs))
    return step?.[1] ?? 0
  }

  /** `09:31`, and `01:30 EST` where the hour is there twice. */
  timeText(time: number): string {
    return this.isRepeated(time) ? `${this.#time.format(time)} ${this.zoneText(time)}` : this.#time.format(time)
  }

  /** The label of a point of the axis. */
  tickText(time: number, kind: TickKind): string {
    const date = new Date(time + this.offsetMs(time))
    if (kind === 'year') return `${date.getUTCFullYear()}`
    if (kind === 'month') return MONTHS[date.getUTCMonth()] as string
    if (kind === 'day') return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`
    return kind === 'seconds' ? this.#seconds.format(time) : this.timeText(time)
  }

  /** `Fri 28 Nov 2025, 09:31 EST`, and `Fri 28 Nov 2025` of a whole day. */
  momentText(time: number, precision: Precision): string {
    const date = new Date(time + this.offsetMs(time))
    const day = `${DAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
    if (precision === 'day') return day
    const format = precision === 'minute' ? this.#time : this.#seconds
    return `${day}, ${format.format(time)} ${this.zoneText(time)}`
  }

  /** `UTC`, `EST`, as it is called at that time. */
  zoneText(time: number): string {
    return this.#zone.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  }

  #readOffset(time: number): number {
    const parts = Object.fromEntries(this.#parts.formatToParts(time).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1_000) * 1_000
  }
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
