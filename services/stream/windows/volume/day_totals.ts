// The rule by which totals of a trade date (`dayVolume`) become volume. Totals are taken one after the other, in the
// order of (event time, offset); what comes of one depends on those before it alone, so a closed window stays right.
//   A rise is volume. The first total of a trade date counts from 0; one that equals the last of the date before it is
//   that one, still shown, and counts nothing until another comes.
//   A fall to less than RESTART_SHARE is a restart: the new total counts from 0. If the first rise after it leads back
//   to where it fell from, or above, it was a glitch, and what it counted is taken off that rise.
//   A smaller fall is a correction: the level is held.

import type { TradeDate } from '#market/session'

/** A total below this share of the level is that of a restart; one above it corrects the level. */
export const RESTART_SHARE = 0.25

/** In place of a date or a total: there is none. */
export const UNKNOWN = -1

/** What totals came to, as far as later ones need it. */
export interface DayTotals {
  /** The trade date that all else is of; UNKNOWN before the first total ever. */
  date: TradeDate
  /** The total that was counted up to: what the next one is measured against. */
  level: number
  /** The last total, whatever came of it. */
  last: number
  /** Its event time; UNKNOWN before the first total ever. */
  lastAt: number
  /** The last total of the trade date before; UNKNOWN when there was none. */
  lastBefore: number
  /** The level before a restart, as long as no rise has followed it; else UNKNOWN. */
  fellFrom: number
  /** What was counted since that restart. */
  countedSince: number
}

/** Before the first total. */
export function noTotals(): DayTotals {
  return {
    date: UNKNOWN,
    level: 0,
    last: UNKNOWN,
    lastAt: UNKNOWN,
    lastBefore: UNKNOWN,
    fellFrom: UNKNOWN,
    countedSince: 0,
  }
}

/** Makes the totals what others are. */
export function copyTotals(to: DayTotals, from: DayTotals): void {
  to.date = from.date
  to.level = from.level
  to.last = from.last
  to.lastAt = from.lastAt
  to.lastBefore = from.lastBefore
  to.fellFrom = from.fellFrom
  to.countedSince = from.countedSince
}

/** Whether nothing that comes after can tell them apart. */
export function areEqual(one: DayTotals, other: DayTotals): boolean {
  return (
    one.date === other.date &&
    one.level === other.level &&
    one.last === other.last &&
    one.lastAt === other.lastAt &&
    one.lastBefore === other.lastBefore &&
    one.fellFrom === other.fellFrom &&
    one.countedSince === other.countedSince
  )
}

/** Counts the volume of one window, beginning with what the totals before it came to. */
export class VolumeCount {
  readonly totals: DayTotals
  /** Whether any of the window's totals was of use. */
  isKnown = false
  /** Volume up to where the totals began anew; from there on it is level - base, so that rises are not summed up. */
  #counted = 0
  #base: number
  /** sum(price x rise) */
  #value = 0
  /** The same three before the restart that `fellFrom` is of, if it is in this window. */
  #beforeFall: readonly [counted: number, base: number, value: number] | null = null

  /** `totals` goes on with the count. */
  constructor(totals: DayTotals) {
    this.totals = totals
    this.#base = totals.level
  }

  get volume(): number {
    return this.#counted + (this.totals.level - this.#base)
  }

  /** The mean of the prices weighted by the volume; null when it is 0. */
  get vwap(): number | null {
    const { volume } = this
    return volume > 0 ? this.#value / volume : null
  }

  /** Takes the next total. One of an earlier trade date (a change of market) is of no use. */
  take(timestamp: number, price: number, total: number, date: TradeDate): void {
    const { totals } = this
    if (date < totals.date) return
    this.isKnown = true
    if (date > totals.date) this.#beginDate(date, total)
    const isCarried = totals.level === 0 && total === totals.lastBefore && totals.fellFrom === UNKNOWN
    if (total > totals.level && !isCarried) this.#rise(total, price)
    else if (total < totals.level * RESTART_SHARE) this.#restart(total, price)
    totals.last = total
    totals.lastAt = timestamp
  }

  /** The first total ever tells where the level is, and no more. */
  #beginDate(date: TradeDate, total: number): void {
    const { totals } = this
    this.#beginAnew(totals.date === UNKNOWN ? total : 0)
    totals.date = date
    totals.lastBefore = totals.last
    totals.fellFrom = UNKNOWN
    totals.countedSince = 0
    this.#beforeFall = null
  }

  #rise(total: number, price: number): void {
    const { totals } = this
    if (totals.fellFrom !== UNKNOWN) this.#endFall(total)
    if (total <= totals.level) return
    this.#value += price * (total - totals.level)
    totals.level = total
  }

  #restart(total: number, price: number): void {
    const { totals } = this
    if (totals.fellFrom === UNKNOWN) {
      totals.fellFrom = totals.level
      this.#beforeFall = [this.#counted, this.#base, this.#value]
    }
    this.#beginAnew(0)
    this.#value += price * total
    totals.level = total
    totals.countedSince += total
  }

  /** The first rise after a restart: it tells whether that was one. */
  #endFall(total: number): void {
    const { totals } = this
    if (total >= totals.fellFrom) this.#undoFall()
    totals.fellFrom = UNKNOWN
    totals.countedSince = 0
    this.#beforeFall = null
  }

  /** In a window of its own, what the glitch counted was put out: rises count once they are beyond that. */
  #undoFall(): void {
    const { totals } = this
    if (this.#beforeFall === null) {
      this.#beginAnew(totals.fellFrom + totals.countedSince)
    } else {
      ;[this.#counted, this.#base, this.#value] = this.#beforeFall
      totals.level = totals.fellFrom
    }
  }

  /** From here on the level counts from `level`. */
  #beginAnew(level: number): void {
    const { totals } = this
    this.#counted += totals.level - this.#base
    this.#base = level
    totals.level = level
  }
}
