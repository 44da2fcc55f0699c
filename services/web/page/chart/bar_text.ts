// A bar in words and numbers: for the legend and the table. Pure.

import type { BarRow, Grain } from '../../api.ts'
import { SESSION_WORDS } from '../format/market.ts'
import { changeText, countText, decimalsOf, percentText, priceText, shortCountText } from '../format/number.ts'
import type { Precision, WallClock } from './drawing/wall_clock.ts'
import { grainMs, isDays } from './series/grain.ts'

/** What a bar's numbers are told with. */
export interface BarTextOptions {
  readonly grain: Grain
  readonly clock: WallClock
  readonly decimals: number
  readonly now: number
  /** Whether these are the platform's own bars; the revision of longer ones counts how often theirs were put out. */
  readonly isOwn: boolean
  /** The close of the bar before; null when there is none. */
  readonly previousClose: number | null
}

/** A bar's fields as text, each under its name. */
export interface BarTexts {
  readonly time: string
  readonly open: string
  readonly high: string
  readonly low: string
  readonly close: string
  readonly change: string
  readonly tone: 'up' | 'down' | 'same'
  readonly volume: string
  readonly quotes: string
  readonly average: string
  readonly vwap: string
  /** Whether it forms, is closed, or was revised; and whether it has all of its window. */
  readonly state: string
}

/** Where a value is unknown. */
const NONE = '\u2013'
/** Bars looked at for the decimals of prices. */
const DECIMALS_BARS = 40

export function barTexts(bar: BarRow, options: BarTextOptions): BarTexts {
  const { grain, clock, decimals, previousClose } = options
  const price = (value: number | null) => (value === null ? NONE : priceText(value, decimals))
  const change = bar.close - (previousClose ?? bar.open)
  const percent = (100 * change) / (previousClose ?? bar.open)
  return {
    time: barTimeText(bar, { grain, clock }),
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    change: `${changeText(change, decimals)} (${percentText(percent)})`,
    tone: change > 0 ? 'up' : change < 0 ? 'down' : 'same',
    volume: bar.volume === null ? NONE : shortCountText(bar.volume),
    quotes: bar.count === null ? NONE : countText(bar.count),
    average: price(bar.average),
    vwap: price(bar.vwap),
    state: stateText(bar, options),
  }
}

/** What is told of a window without a bar. */
export function missingTexts(windowStart: number, { grain, clock }: Pick<BarTextOptions, 'grain' | 'clock'>): BarTexts {
  const [open, high, low, close, change] = [NONE, NONE, NONE, NONE, NONE]
  const time = clock.momentText(windowStart, precisionOf(grain))
  const prices = { open, high, low, close, change, tone: 'same' } as const
  return { time, ...prices, volume: NONE, quotes: '0', average: NONE, vwap: NONE, state: 'no quotes' }
}

/** When a bar begins; of a trading day its date. */
export function barTimeText(
  { windowStart, tradeDate }: Pick<BarRow, 'windowStart' | 'tradeDate'>,
  { grain, clock }: Pick<BarTextOptions, 'grain' | 'clock'>,
): string {
  const time = isDays(grain) && tradeDate !== null ? Date.parse(tradeDate) : windowStart
  return clock.momentText(time, precisionOf(grain))
}

/** `forming`, `closed`, `revised twice, incomplete`, `from history, pre-market`. */
export function stateText(bar: StateFacts, options: Pick<BarTextOptions, 'isOwn' | 'now'>): string {
  const session = bar.session === null ? '' : SESSION_WORDS[bar.session]
  return [putOutText(bar, options), wholeText(bar), session].filter((part) => part !== '').join(', ')
}

type StateFacts = Pick<BarRow, 'revision' | 'complete' | 'windowEnd' | 'origin' | 'session'>

function putOutText(
  { revision, windowEnd, origin }: StateFacts,
  { isOwn, now }: Pick<BarTextOptions, 'isOwn' | 'now'>,
): string {
  if (revision < 0 || (!isOwn && windowEnd > now)) return 'forming'
  if (origin === 'history') return 'from history'
  return revision === 0 || !isOwn ? 'closed' : `revised ${timesText(revision)}`
}

function wholeText({ complete, origin }: StateFacts): string {
  if (origin === 'both') return 'partly from history'
  if (complete) return ''
  return origin === 'history' ? 'not final' : 'incomplete'
}

/** How exactly a window's start is told. */
export function precisionOf(grain: Grain): Precision {
  if (isDays(grain)) return 'day'
  return grainMs(grain) < 60_000 ? 'second' : 'minute'
}

/** How many decimals the prices of these bars are told with. */
export function decimalsOfBars(bars: readonly BarRow[]): number {
  return Math.max(2, ...bars.slice(-DECIMALS_BARS).map((bar) => decimalsOf(bar.close)))
}

/** `1 minute`, `5 minutes`, `1 day`: a grain in words. */
export function grainText(grain: Grain): string {
  const [, count = '', unit = ''] = /^(\d+)(.*)$/.exec(grain) ?? []
  return `${count} ${UNITS[unit] ?? unit}${count === '1' ? '' : 's'}`
}

const UNITS: Readonly<Record<string, string>> = {
  ms: 'millisecond',
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
}

function timesText(count: number): string {
  return ['', 'once', 'twice'][count] ?? `${count} times`
}
