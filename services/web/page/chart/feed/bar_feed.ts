// Asks for what the chart draws, and takes what comes live. One view of a symbol at a time: another symbol, grain or
// moment aborts what is under way. Free of the DOM.

import type { BarRow, BarsAnswer, Grain, StreamEvents } from '../../../api.ts'
import { AskError, type PageContext } from '../../page_context.ts'
import { BarSeries } from '../series/bar_series.ts'
import { grainMs } from '../series/grain.ts'
import {
  endOfNow,
  newerRange,
  newestRange,
  olderRange,
  type Range,
  rangeAround,
  STRETCH_WINDOWS_MAX,
} from '../series/paging.ts'
import { AlertFeed } from './alert_feed.ts'

/** What the chart shows: a symbol, at a grain (null: what the server finds fitting), now or around a moment. */
export interface View {
  readonly symbol: string
  readonly grain: Grain | null
  readonly moment: number | null
  /** Only bars of regular hours. */
  readonly isRegularOnly: boolean
}

/** `waiting`: no symbol yet. `empty`: the symbol has no bars at all. `ready`: there may be bars to draw. */
export type FeedState =
  | { readonly kind: 'waiting' | 'loading' | 'empty' | 'ready' }
  | { readonly kind: 'failed'; readonly message: string }

/** How a further stretch stands. */
export type Stretch = 'idle' | 'loading' | 'failed'

export type FeedContext = Pick<PageContext, 'ask' | 'on' | 'clock' | 'connection'>

/** The width of the first view is told in these, until the server has said which grains there are. */
const FIRST_GRAIN: Grain = '1m'
/** Looks for the newest bar, each at a finer grain. */
const LOOKS_MAX = 4
/** A look at bars this many times the wanted grain is fine enough. */
const LOOK_RATIO = 60
/** Live bars that came before the first answer. */
const EARLY_MAX = 1_000

interface Session {
  readonly view: View
  readonly signal: AbortSignal
}

export class BarFeed {
  readonly alerts: AlertFeed
  readonly #context: FeedContext
  readonly #changed: (isOtherView: boolean) => void
  /** The first word of the server, or none: before that the page's clock is the viewer's. */
  readonly #begun: Promise<void>
  #view: View | null = null
  #series: BarSeries | null = null
  #state: FeedState = { kind: 'waiting' }
  #grains: readonly Grain[] = []
  #zone: string | null = null
  /** The newest version of the table of history that was heard of. */
  #historyVersion: number | null = null
  #early: BarRow[] = []
  #forming: BarRow | null = null
  #older: Stretch = 'idle'
  #newer: Stretch = 'idle'
  #behind: Range | null = null
  #isCatchingUp = false
  #isAsking = false
  #work = new AbortController()

  /** Calls `changed` after each change; with true when another view has come. */
  constructor(context: FeedContext, changed: (isOtherView: boolean) => void) {
    this.#context = context
    this.#changed = changed
    this.alerts = new AlertFeed(context, () => changed(false))
    context.on('bars', ({ symbol, bars }) => {
      if (symbol === this.#view?.symbol) this.#takeBars(bars)
    })
    context.on('forming', ({ symbol, bar }) => {
      if (symbol === this.#view?.symbol) this.#takeForming(bar)
    })
    context.on('hello', ({ historyVersion }) => this.#takeHistory({ historyVersion, changes: null }))
    context.on('history', (news) => this.#takeHistory(news))
    this.#begun = new Promise((resolve) => {
      context.connection.watch((state) => {
        if (state !== 'connecting') resolve()
        if (state === 'live') this.#comeBack()
      })
    })
  }

  get state(): FeedState {
    return this.#state
  }

  /** Whether a view has been asked for and is not there yet. */
  get isAsking(): boolean {
    return this.#isAsking
  }

  get view(): View | null {
    return this.#view
  }

  get series(): BarSeries | null {
    return this.#series
  }

  /** What the symbol's bars may be asked in, from the finest; empty before the first answer. */
  get grains(): readonly Grain[] {
    return this.#grains
  }

  /** The zone of the symbol's exchange; null before the first answer. */
  get zone(): string | null {
    return this.#zone
  }

  get stretches(): { readonly older: Stretch; readonly newer: Stretch } {
    return { older: this.#older, newer: this.#newer }
  }

  /** Goes to another view. Another symbol's bars are gone at once; the same symbol's stay until the answer. */
  show(view: View): void {
    const isOtherSymbol = view.symbol !== this.#view?.symbol
    this.#work.abort()
    this.#work = new AbortController()
    this.#view = view
    this.#early = []
    this.#behind = null
    this.#older = 'idle'
    this.#newer = 'idle'
    if (isOtherSymbol) {
      this.#series = null
      this.#forming = null
      this.alerts.begin(view.symbol)
    }
    if (this.#series === null) this.#state = { kind: 'loading' }
    this.#changed(false)
    this.#isAsking = true
    void this.#load({ view, signal: this.#work.signal })
  }

  /** Asks anew for what is shown. */
  again(): void {
    if (this.#view !== null) this.show(this.#view)
  }

  /** Lets stretches that have failed be asked for again. */
  retryStretches(): void {
    if (this.#older === 'failed') this.#older = 'idle'
    if (this.#newer === 'failed') this.#newer = 'idle'
    this.#changed(false)
  }

  /** Loads the stretch before what is loaded, unless that is the beginning. */
  async loadOlder(): Promise<void> {
    const series = this.#series
    if (series === null || this.#older === 'loading') return
    const range = olderRange(series.loaded, series.earliest)
    if (range === null) return
    this.#older = 'loading'
    this.#changed(false)
    await this.#loadStretch(series, { ...range, isNow: false }, (stretch) => {
      this.#older = stretch
    })
  }

  /** Loads the stretch after what is loaded, unless that is now. */
  async loadNewer(): Promise<void> {
    const series = this.#series
    if (series === null || series.isNow || this.#newer === 'loading') return
    this.#newer = 'loading'
    this.#changed(false)
    await this.#loadStretch(series, newerRange(series.loaded, this.#context.clock.now()), (stretch) => {
      this.#newer = stretch
    })
  }

  async #load(session: Session): Promise<void> {
    try {
      await this.#begin(session)
    } catch (error) {
      if (session.signal.aborted) return
      if (!(error instanceof AskError)) throw error
      this.#isAsking = false
      this.#state = { kind: 'failed', message: error.message }
      this.#series = null
      this.#changed(false)
    }
  }

  async #begin({ view, signal }: Session): Promise<void> {
    if (this.#context.connection.get() === 'connecting') await this.#begun
    if (signal.aborted) return
    const now = this.#context.clock.now()
    const width = view.grain ?? FIRST_GRAIN
    const range = view.moment === null ? newestRange(now, width) : rangeAround(view.moment, now, width)
    const isNow = range.to >= endOfNow(now, width)
    const answer = await this.#askBars({ view, signal }, range)
    const isPast = isNow && answer.bars.length === 0 && answer.earliest !== null
    const newest = isPast ? await this.#askNewest({ view: { ...view, grain: answer.grain }, signal }, answer) : answer
    if (!signal.aborted) this.#install(newest, isNow)
  }

  /** The newest bars of a symbol that has had none lately: coarse looks say where they are. */
  async #askNewest({ view, signal }: Session, empty: BarsAnswer): Promise<BarsAnswer> {
    let within: Range = { from: empty.earliest as number, to: empty.to }
    for (let look = 0; look < LOOKS_MAX; look += 1) {
      const { bars, grain } = await this.#askBars({ view: { ...view, grain: null }, signal }, within)
      const last = bars.at(-1)
      if (last !== undefined) within = { from: last.windowStart, to: last.windowEnd }
      if (last === undefined || grainMs(grain) <= LOOK_RATIO * grainMs(empty.grain)) break
    }
    const from = Math.max(0, within.to - (empty.to - empty.from))
    const answer = await this.#askBars({ view, signal }, { from, to: within.to })
    // The looks have found nothing after these.
    return { ...answer, to: empty.to }
  }

  #install(answer: BarsAnswer, isNow: boolean): void {
    const { grain, grains, historyVersion, zone } = answer
    const series = new BarSeries({ grain, own: grains[0] ?? grain, at: answer.to, historyVersion })
    series.forming(this.#forming)
    series.answered(answer, { isNow, event: series.asking() })
    const behind = series.live(this.#early)
    const older = series.historyCame({ historyVersion: this.#historyVersion, changes: null }, answer.symbol)
    this.#early = []
    this.#zone = zone
    this.#isAsking = false
    this.#series = series
    this.#grains = answer.grains
    this.#state = { kind: answer.earliest === null && series.drawn().length === 0 ? 'empty' : 'ready' }
    this.#changed(true)
    this.#fallBehind(behind)
    this.#fallBehind(older)
    void this.alerts.loadAgain(answer, this.#work.signal)
  }

  async #loadStretch(
    series: BarSeries,
    { from, to, isNow }: Range & { readonly isNow: boolean },
    done: (stretch: Stretch) => void,
  ): Promise<void> {
    const { signal } = this.#work
    const view = { ...(this.#view as View), grain: series.grain }
    const event = series.asking()
    try {
      const answer = await this.#askBars({ view, signal }, { from, to })
      if (signal.aborted) return
      done('idle')
      this.#fallBehind(series.answered(answer, { isNow, event }))
      if (series.isBehind(answer)) this.#fallBehind(answer)
      this.alerts.load({ from, to }, signal)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof AskError)) throw error
      done('failed')
    }
    this.#changed(false)
  }

  /** What has come of history may be all that a symbol has. */
  #takeHistory(news: StreamEvents['history']): void {
    this.#historyVersion = news.historyVersion
    const [series, view] = [this.#series, this.#view]
    if (series === null || view === null) return
    const range = series.historyCame(news, view.symbol)
    if (range !== null && this.#state.kind === 'empty') this.again()
    else this.#fallBehind(range)
  }

  #takeBars(all: readonly BarRow[]): void {
    const bars = all.filter((bar) => this.#isWanted(bar))
    if (bars.some(({ windowStart }) => windowStart === this.#forming?.windowStart)) this.#forming = null
    this.#early = [...this.#early, ...bars].slice(-EARLY_MAX)
    if (this.#series === null) return
    if (this.#state.kind === 'empty') this.#state = { kind: 'ready' }
    this.#fallBehind(this.#series.live(bars))
    this.#changed(false)
  }

  #isWanted({ session }: BarRow): boolean {
    return this.#view?.isRegularOnly !== true || session === null || session === 'regular'
  }

  #takeForming(given: BarRow | null): void {
    const bar = given !== null && this.#isWanted(given) ? given : null
    this.#forming = bar
    if (this.#series === null) return
    if (this.#state.kind === 'empty' && bar !== null) this.#state = { kind: 'ready' }
    this.#series.forming(bar)
    this.#changed(false)
  }

  #fallBehind(range: Range | null): void {
    if (range === null) return
    this.#noteBehind(range)
    void this.#catchUp()
  }

  #noteBehind(range: Range): void {
    const { from, to } = this.#behind ?? range
    this.#behind = { from: Math.min(from, range.from), to: Math.max(to, range.to) }
  }

  /** Asks again for the windows that live bars fell into. What fails waits for the next ones, or the connection. */
  async #catchUp(): Promise<void> {
    const series = this.#series
    const { signal } = this.#work
    if (this.#isCatchingUp || series === null) return
    this.#isCatchingUp = true
    try {
      while (this.#behind !== null && series === this.#series) {
        const range = this.#firstBehind(series)
        await this.#askBehind(series, range)
      }
    } catch (error) {
      if (!signal.aborted && !(error instanceof AskError)) throw error
    } finally {
      this.#isCatchingUp = false
    }
    if (series !== this.#series) void this.#catchUp()
  }

  /** As much of it as one answer holds; the rest comes next. */
  #firstBehind(series: BarSeries): Range {
    const { from, to } = this.#behind as Range
    const until = Math.min(to, from + STRETCH_WINDOWS_MAX * grainMs(series.grain))
    this.#behind = until < to ? { from: until, to } : null
    return { from, to: until }
  }

  async #askBehind(series: BarSeries, range: Range): Promise<void> {
    const { signal } = this.#work
    const event = series.asking()
    try {
      const answer = await this.#askBars({ view: { ...(this.#view as View), grain: series.grain }, signal }, range)
      if (signal.aborted) return
      const behind = series.answered(answer, { isNow: false, event })
      this.#changed(false)
      if (behind !== null) this.#fallBehind(behind)
    } catch (error) {
      if (!signal.aborted) this.#noteBehind(range)
      throw error
    }
  }

  #comeBack(): void {
    if (this.#state.kind === 'failed') this.again()
    this.retryStretches()
    void this.#catchUp()
    if (this.alerts.known === 'failed' && this.#series !== null) {
      void this.alerts.loadAgain(this.#series.loaded, this.#work.signal)
    }
  }

  #askBars({ view, signal }: Session, { from, to }: Range): Promise<BarsAnswer> {
    const grain = view.grain === null ? {} : { grain: view.grain }
    const hours = view.isRegularOnly ? { hours: 'regular' } : {}
    return this.#context.ask('/api/bars', { symbol: view.symbol, from, to, ...grain, ...hours }, signal)
  }
}
