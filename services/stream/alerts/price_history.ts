// The prices of a symbol that `move` rules look back on, in event-time order: a ring of plain numbers.
// Invariant: it holds every price since the look-back of the longest rule, and the last one before that.
// At PRICES_MAX it keeps only the last price of each 2, 4, 8 ... ms: a reference may then be that much older than the
// rule asks, never newer.

import { PRICES_MAX } from '#services/stream/limits'

/** Times and prices in turn; the price `place` entries after the oldest is found by `slotOf`. */
export interface PriceHistory {
  /** Room for a power of two of entries. */
  entries: number[]
  /** The oldest entry, counted in entries. */
  head: number
  count: number
  /** 1 = every millisecond with a price has its own entry. */
  resolutionMs: number
}

/** Entries that a symbol has room for at first. */
const ROOM_MIN = 4

/** No price known. */
export function createPriceHistory(): PriceHistory {
  return { entries: emptyEntries(ROOM_MIN), head: 0, count: 0, resolutionMs: 1 }
}

/** Remembers a price that is not older than those before. Of one instant the last price stands. */
export function rememberPrice(history: PriceHistory, eventTime: number, price: number): void {
  if (history.count > 0 && isSameInstant(history, timeAt(history, history.count - 1), eventTime)) history.count--
  else if (history.count * 2 === history.entries.length) makeRoom(history)
  const slot = slotOf(history, history.count++)
  history.entries[slot] = eventTime
  history.entries[slot + 1] = price
}

/** Forgets the prices before the last one at or before `eventTime`. */
export function forgetBefore(history: PriceHistory, eventTime: number): void {
  while (history.count > 1 && timeAt(history, 1) <= eventTime) {
    history.head = (history.head + 1) & (history.entries.length / 2 - 1)
    history.count--
  }
  if (history.resolutionMs > 1 && history.count < PRICES_MAX / 4) history.resolutionMs = 1
}

/**
 * The place of the last price at or before `eventTime`, counted from the oldest; 0 when all are later. The history must
 * not be empty.
 */
export function referencePlace(history: PriceHistory, eventTime: number): number {
  // For the rule that looks back furthest it is the oldest one, since all before that were forgotten.
  if (history.count === 1 || timeAt(history, 1) > eventTime) return 0
  let low = 1
  let high = history.count - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (timeAt(history, middle) <= eventTime) low = middle
    else high = middle - 1
  }
  return low
}

/** Event time of the entry `place` places after the oldest. */
export function timeAt(history: PriceHistory, place: number): number {
  return history.entries[slotOf(history, place)] as number
}

/** Price of the entry `place` places after the oldest. */
export function priceAt(history: PriceHistory, place: number): number {
  return history.entries[slotOf(history, place) + 1] as number
}

function slotOf(history: PriceHistory, place: number): number {
  return ((history.head + place) * 2) & (history.entries.length - 1)
}

/** The oldest price is not given up for a later one: it may be the reference just because it is early enough. */
function isSameInstant({ resolutionMs, count }: PriceHistory, before: number, now: number): boolean {
  if (before === now) return true
  return resolutionMs > 1 && count > 1 && Math.floor(before / resolutionMs) === Math.floor(now / resolutionMs)
}

function makeRoom(history: PriceHistory): void {
  if (history.count < PRICES_MAX) rebuild(history, history.count * 2)
  else while (history.count === PRICES_MAX) thin(history)
}

/** Halves the resolution: of the prices that fall together the last one stays. */
function thin(history: PriceHistory): void {
  history.resolutionMs *= 2
  rebuild(history, PRICES_MAX)
}

/** Puts all entries anew into room for so many. */
function rebuild(history: PriceHistory, room: number): void {
  const old = { ...history }
  history.entries = emptyEntries(room)
  history.head = 0
  history.count = 0
  for (let place = 0; place < old.count; place++) rememberPrice(history, timeAt(old, place), priceAt(old, place))
}

/** Filled with a fraction, which makes it an array of doubles from the start. */
function emptyEntries(room: number): number[] {
  return new Array<number>(room * 2).fill(0.5)
}
