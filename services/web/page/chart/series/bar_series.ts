// The bars that the chart draws: of one symbol, at one grain, and a stretch of time that is loaded without a hole.
// Answers, live bars and forming bars go in, in any order and any number of times; what is drawn is the same.

import type { BarRow, BarsAnswer, Grain, StreamEvents } from '../../../api.ts'
import { combineBars, indexFrom, mergeBars, replaceBars } from './bars.ts'
import { type KeptMax, keptCount } from './gaps.ts'
import { grainMs, isDays } from './grain.ts'
import { OpenBars } from './open_bars.ts'
import type { Loaded, Range } from './paging.ts'

/** What stays in the browser, however far one scrolls and however long the page is open. */
export const KEPT_MAX: KeptMax = { bars: 2_000, slots: 4_000 }
/** What live bars leave when they make it more, so that the chart is not drawn anew with each bar. */
export const KEPT_AFTER: KeptMax = { bars: 1_750, slots: 3_500 }
/** Live bars remembered for answers that were on their way when they came. */
const RECENT_MAX = 1_000
const DAY_MS = 86_400_000

/** How an answer was asked for: whether its range reaches now, and what `asking` said. */
export interface Asked {
  readonly isNow: boolean
  readonly event: number
}

/** How a series begins. */
export interface SeriesBeginning {
  readonly grain: Grain
  /** What the platform's own bars are called. */
  readonly own: Grain
  readonly at: number
  /** As its first answer has it. */
  readonly historyVersion: number | null
}

/** While there is no table of history. */
const NO_VERSION = -1

type Window = Pick<BarRow, 'windowStart' | 'windowEnd'>

export class BarSeries {
  readonly grain: Grain
  /** What the platform's own bars are called. */
  readonly #own: Grain
  readonly #open = new OpenBars()
  #bars: readonly BarRow[] = []
  #recent: readonly { readonly bar: BarRow; readonly event: number }[] = []
  /** Live events so far. */
  #event = 0
  #from: number
  #to: number
  #earliest: number | null = null
  #emptyAnswers = 0
  #isNow = false
  /** What the answers have of the table of history. */
  #historyVersion: number
  /** The end that stays when live bars make it too many. */
  #kept: 'first' | 'last' = 'last'

  /** Begins with nothing loaded, at a time. */
  constructor({ grain, own, at, historyVersion }: SeriesBeginning) {
    this.#historyVersion = historyVersion ?? NO_VERSION
    this.grain = grain
    this.#own = own
    this.#from = at
    this.#to = at
  }

  get loaded(): Loaded {
    return { grain: this.grain, from: this.#from, to: this.#to, emptyAnswers: this.#emptyAnswers }
  }

  /** The window start of the symbol's first bar ever; null when it has none. */
  get earliest(): number | null {
    return this.#earliest
  }

  /** Whether the loaded bars reach now, so that live ones belong to them. */
  get isNow(): boolean {
    return this.#isNow
  }

  /** Whether the loaded bars begin with the symbol's first one. */
  get isFromBeginning(): boolean {
    return this.#earliest !== null && this.#from <= this.#earliest
  }

  /** Says which end is looked at, so that live bars do not drive it out. */
  keep(end: 'first' | 'last'): void {
    this.#kept = end
  }

  /** To be called when something is asked for: `answered` wants the number back. */
  asking(): number {
    return this.#event
  }

  /** Takes an answer whose range touches what is loaded, or lies in it. Says which windows to ask for again. */
  answered(answer: BarsAnswer, { isNow, event }: Asked): Range | null {
    const isOlder = answer.from < this.#from
    const isNewer = answer.to > this.#to
    this.#earliest = answer.earliest
    if (isOlder || isNewer) this.#emptyAnswers = answer.bars.length === 0 ? this.#emptyAnswers + 1 : 0
    this.#from = Math.min(this.#from, answer.from)
    this.#to = Math.max(this.#to, answer.to)
    this.#isNow ||= isNow
    this.#bars =
      this.grain === this.#own ? mergeBars(this.#bars, answer.bars) : replaceBars(this.#bars, answer.bars, answer)
    this.#open.forgetClosed(event, answer)
    const missed = this.#recent.filter((recent) => recent.event > event && this.#covers(recent.bar))
    const behind = this.#take(missed.map(({ bar }) => bar))
    this.#trim(isOlder && !isNewer ? 'first' : 'last', KEPT_MAX)
    return behind
  }

  /** Takes the platform's own bars, closed or revised. Says which windows to ask for again. */
  live(bars: readonly BarRow[]): Range | null {
    this.#event += 1
    const event = this.#event
    this.#recent = [...this.#recent, ...bars.map((bar) => ({ bar, event }))].slice(-RECENT_MAX)
    for (const bar of bars) this.#close(bar)
    const behind = this.#take(bars.filter((bar) => this.#covers(bar)))
    this.#trim(this.#kept, KEPT_AFTER)
    return behind
  }

  /** Whether an answer is of an older version of the table of history than was heard of. */
  isBehind({ historyVersion }: Pick<BarsAnswer, 'historyVersion'>): boolean {
    return (historyVersion ?? NO_VERSION) < this.#historyVersion
  }

  /** Bars of history have come. Says which windows to ask for again, and be it to hear where the bars begin now. */
  historyCame({ historyVersion, changes }: StreamEvents['history'], symbol: string): Range | null {
    if ((historyVersion ?? NO_VERSION) <= this.#historyVersion) return null
    this.#historyVersion = historyVersion ?? NO_VERSION
    if (changes === null) return this.loaded
    const ours = changes.filter(({ firstSymbol, lastSymbol }) => firstSymbol <= symbol && symbol <= lastSymbol)
    if (ours.length === 0) return null
    const windowMs = grainMs(this.grain)
    // A trading day may begin more than a day before its first bar.
    const ahead = isDays(this.grain) ? 2 * DAY_MS : windowMs
    const from = Math.max(this.#from, Math.min(...ours.map((change) => change.from)) - ahead)
    const to = Math.min(this.#to, Math.max(...ours.map((change) => change.to)) + windowMs)
    return from < to ? { from, to } : { from: this.#from, to: Math.min(this.#to, this.#from + windowMs) }
  }

  /** Takes the bar that is still open; null when none is. */
  forming(bar: BarRow | null): void {
    this.#open.forming(bar)
  }

  /** All bars to draw, by time: the loaded ones, and what is open over and after them. */
  drawn(): readonly BarRow[] {
    const open = this.#open.all()
    if (open.length === 0 || !this.#isNow) return this.#bars
    const drawn = [...this.#bars]
    for (const [windowStart, parts] of Map.groupBy(open, (bar) => this.#windowOf(bar)?.windowStart)) {
      if (windowStart === undefined) continue
      const index = indexFrom(drawn, windowStart)
      const held = drawn[index]?.windowStart === windowStart ? drawn[index] : undefined
      drawn.splice(index, held === undefined ? 0 : 1, this.#withOpen(held, parts))
    }
    return drawn
  }

  /** The loaded bar of a window with what is open of it. */
  #withOpen(held: BarRow | undefined, open: readonly BarRow[]): BarRow {
    const newest = open.at(-1) as BarRow
    if (this.grain === this.#own) return (held?.count ?? 0) >= (newest.count ?? 0) ? (held as BarRow) : newest
    return combineBars(held === undefined ? open : [held, ...open], this.#windowOf(newest) as Window)
  }

  #covers(bar: BarRow): boolean {
    const { windowStart, windowEnd } = this.#windowOf(bar) ?? bar
    return windowEnd > this.#from && windowStart >= this.#from && (this.#isNow || windowStart < this.#to)
  }

  #take(bars: readonly BarRow[]): Range | null {
    if (bars.length === 0) return null
    if (this.grain !== this.#own) return this.#fallBehind(bars)
    this.#bars = mergeBars(this.#bars, bars)
    return null
  }

  /** What was forming is closed: its bar stands in for it until the loaded bars hold it. */
  #close(bar: BarRow): void {
    if (this.grain === this.#own || !this.#isNow) this.#open.forget(bar.windowStart)
    else this.#open.closed(bar, this.#event)
  }

  /** At a coarser grain the windows that the bars fall into are asked for. */
  #fallBehind(bars: readonly BarRow[]): Range {
    // Where a new trading day begins only the server knows.
    const windows = bars.map(
      (bar) => this.#windowOf(bar) ?? { windowStart: bar.windowStart - DAY_MS, windowEnd: bar.windowEnd },
    )
    const from = Math.min(...windows.map(({ windowStart }) => windowStart))
    return { from: Math.max(from, this.#from), to: Math.max(...windows.map(({ windowEnd }) => windowEnd)) }
  }

  /** The window of this grain that a bar of the platform's own falls into; undefined for a day not loaded yet. */
  #windowOf(bar: BarRow): Window | undefined {
    if (this.grain === this.#own) return bar
    const holder = this.#bars[indexFrom(this.#bars, bar.windowStart + 1) - 1]
    if (holder !== undefined && bar.windowStart < holder.windowEnd) return holder
    if (isDays(this.grain)) return undefined
    const lengthMs = grainMs(this.grain)
    const windowStart = Math.floor(bar.windowStart / lengthMs) * lengthMs
    return { windowStart, windowEnd: windowStart + lengthMs } as Window
  }

  /** Keeps the ring within its limits, from that end on. */
  #trim(end: 'first' | 'last', after: KeptMax): void {
    if (keptCount(this.grain, this.#bars, { end, max: KEPT_MAX }) === this.#bars.length) return
    const count = keptCount(this.grain, this.#bars, { end, max: after })
    this.#bars = end === 'first' ? this.#bars.slice(0, count) : this.#bars.slice(-count)
    if (end === 'last') this.#from = (this.#bars[0] as BarRow).windowStart
    else this.#leaveNow()
  }

  #leaveNow(): void {
    this.#to = (this.#bars.at(-1) as BarRow).windowEnd
    this.#isNow = false
  }
}
