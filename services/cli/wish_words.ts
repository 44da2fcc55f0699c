// The words of `tickerlake backfill` as a wish: which symbols, which days, at which grain. What cannot be had is said
// before anything is asked.

import { HISTORY_GRAINS, type HistoryGrain } from '#market/history/history_bar'
import { parseTradeDate, type TradeDate, tradeDateText } from '#market/session'
import { PlatformError } from '#runtime/errors'
import { shownValue } from '#runtime/shown_value'
import { DAY_MS, type EpochMs } from '#runtime/units'
import { DATE_MIN } from '#services/backfill/limits'
import { reachOf, type Wish } from '#services/backfill/plan'
import type { CommandArguments } from '#services/cli/command'
import { parseSymbols } from '#services/producer/config'

/** What a wish depends on besides its words. */
export interface WishFacts {
  /** Those of the settings. */
  readonly symbols: readonly string[]
  readonly now: EpochMs
}

/** Reads the words. Throws USAGE. */
export function readWish(values: CommandArguments['values'], { symbols, now }: WishFacts): Wish {
  const grain = grainOf(values.grain)
  if (values.from === undefined) throw wrong(`name the first day: --from ${tradeDateText(todayOf(now) - 7)}`)
  const from = dateOf('from', values.from)
  // Today's date is another one elsewhere: what has not begun is left out later.
  const to = Math.min(values.to === undefined ? Infinity : dateOf('to', values.to), todayOf(now) + 1)
  if (values.to !== undefined && from > dateOf('to', values.to)) {
    throw wrong(`--from ${values.from} comes after --to ${values.to}`)
  }
  if (from > to) throw wrong(`--from ${values.from} is still to come: today is ${tradeDateText(todayOf(now))}`)
  requireReach({ grain, from, to, now })
  return { symbols: values.symbols === undefined ? symbols : symbolsOf(values.symbols), grain, from, to }
}

/** The first date that is wholly within the source's reach. */
export function reachDate(grain: HistoryGrain, now: EpochMs): TradeDate {
  return Math.max(Math.ceil(reachOf(grain, now) / DAY_MS), parseTradeDate(DATE_MIN) as TradeDate)
}

/** The finest grain that goes back to a date. */
export function grainFor(date: TradeDate, now: EpochMs): HistoryGrain {
  return HISTORY_GRAINS.find((grain) => reachDate(grain, now) <= date) ?? '1d'
}

function todayOf(now: EpochMs): TradeDate {
  return Math.floor(now / DAY_MS)
}

function requireReach({ grain, from, to, now }: Pick<Wish, 'grain' | 'from' | 'to'> & Pick<WishFacts, 'now'>): void {
  const first = reachDate(grain, now)
  if (to >= first) return
  const other = grainFor(from, now)
  throw wrong(
    `Yahoo's ${grain} bars begin on ${tradeDateText(first)}, so days up to ${tradeDateText(to)} can never be filled ` +
      `by them; --grain ${other} goes back to ${tradeDateText(reachDate(other, now))}`,
  )
}

function grainOf(word: unknown): HistoryGrain {
  if (word === undefined) return '1m'
  const grain = HISTORY_GRAINS.find((each) => each === word)
  if (grain !== undefined) return grain
  throw wrong(
    `--grain takes ${HISTORY_GRAINS.slice(0, -1).join(', ')} or ${HISTORY_GRAINS.at(-1)}, not ${quoted(word)}`,
  )
}

function dateOf(option: 'from' | 'to', word: unknown): TradeDate {
  const date = typeof word === 'string' ? parseTradeDate(word) : null
  if (date === null) throw wrong(`--${option} takes a date such as 2026-11-02, not ${quoted(word)}`)
  if (date >= (parseTradeDate(DATE_MIN) as TradeDate)) return date
  throw wrong(`--${option} ${word} lies before ${DATE_MIN}, and Yahoo has nothing so old`)
}

function symbolsOf(word: unknown): readonly string[] {
  const symbols = parseSymbols(String(word))
  if (typeof symbols === 'string') throw wrong(`--symbols ${symbols}`)
  return symbols
}

function quoted(word: unknown): string {
  return shownValue(String(word))
}

function wrong(message: string): PlatformError {
  return new PlatformError('USAGE', `backfill: ${message}`)
}
