// What the chart goes to: the page's symbol, grain and moment, and what the viewer scrolls and zooms to. It asks the
// feed for it, and puts it into view when it has come. Free of the DOM.

import type { BarRow, Grain } from '../../api.ts'
import type { PageContext } from '../page_context.ts'
import type { Value } from '../value.ts'
import type { BarFeed } from './feed/bar_feed.ts'
import type { BarSeries } from './series/bar_series.ts'
import { indexFrom } from './series/bars.ts'
import { type Slot, slotsOf } from './series/gaps.ts'
import { fittingGrain, grainMs } from './series/grain.ts'

/** Slots ahead of what is in view that are loaded before one gets there. */
const AHEAD_SLOTS = 150
/** How long the view stands still before it counts: what one zooms through is not asked for. */
export const SETTLED_MS = 200

/** The drawing, as far as the view needs it. */
export interface ViewedDrawing {
  /** Whether there is no room to draw in. */
  readonly isHidden: boolean
  /** What is in view, in slots; null before anything is. */
  inView(): { readonly from: number; readonly to: number } | null
  draw(slots: readonly Slot[], followsEnd: boolean): void
  showEnd(): void
  showStart(): void
  showAround(moment: number): void
  showTimes(times: Times): void
}

interface Parts {
  readonly feed: BarFeed
  readonly drawing: ViewedDrawing
  /** Whether only bars of regular hours are to be shown. */
  readonly isRegularOnly: Value<boolean>
}

type Place = Pick<PageContext, 'chosen' | 'grain' | 'moment'>
type Context = Place & Pick<PageContext, 'on'>

/** Times that were in view. */
interface Times {
  readonly from: number
  readonly to: number
}

export class ChartView {
  readonly #context: Context
  readonly #feed: BarFeed
  readonly #drawing: ViewedDrawing
  readonly #isRegularOnly: Value<boolean>
  /** What to put into view when the bars have come; null: the view's own moment, or now. */
  #times: Times | null = null
  /** What was in view when it could last be seen. */
  #seen: Times | null = null
  #goesTo: Set<keyof Place> = new Set()
  #settling: ReturnType<typeof setTimeout> | undefined
  #slots: readonly Slot[] = []
  #bars: readonly BarRow[] = []
  /** What was drawn last. Between an answer and the next frame the feed has another one already. */
  #drawn: BarSeries | null = null
  /** Whether what was drawn last reached now. */
  #wasNow = false

  constructor(context: Context, { feed, drawing, isRegularOnly }: Parts) {
    this.#context = context
    this.#isRegularOnly = isRegularOnly
    this.#feed = feed
    this.#drawing = drawing
    for (const name of ['chosen', 'grain', 'moment'] as const) context[name].watch(() => this.#goSoon(name))
    context.on('reload', () => this.#reload())
    isRegularOnly.watch((isOnly) => {
      if (this.#feed.view !== null && this.#feed.view.isRegularOnly !== isOnly) this.#reload()
    })
  }

  /** Whether the newest bar is in view, or there is none. */
  get isNowInView(): boolean {
    const view = this.#drawing.inView()
    return view === null || (this.#feed.series?.isNow === true && view.to >= this.#slots.length - 1.5)
  }

  /** All bars that are drawn. */
  get bars(): readonly BarRow[] {
    return this.#bars
  }

  /** The bar before one that is drawn. */
  barBefore(bar: BarRow): BarRow | undefined {
    return this.#bars[indexFrom(this.#bars, bar.windowStart) - 1]
  }

  /** The slot of a window; undefined when it is not drawn. */
  slotAt(windowStart: number): Slot | undefined {
    const slot = this.#slots[indexFrom(this.#slots, windowStart)]
    return slot?.windowStart === windowStart ? slot : undefined
  }

  /** The slots that are in view. */
  get slotsInView(): readonly Slot[] {
    const view = this.#drawing.inView()
    return view === null
      ? []
      : this.#slots.slice(Math.max(0, Math.floor(view.from)), Math.max(0, Math.ceil(view.to) + 1))
  }

  /** Draws what the feed has now. `isOther`: it is another view, and goes to where that is to begin. */
  draw(isOther: boolean): void {
    const series = this.#feed.series
    this.#drawn = series
    this.#bars = series?.drawn() ?? []
    this.#slots = series === null ? [] : slotsOf(series.grain, this.#bars)
    const isNow = series?.isNow === true
    this.#drawing.draw(this.#slots, isNow && this.#wasNow)
    this.#wasNow = isNow
    if (isOther) {
      this.#arrive()
      // The drawing tells of it only when it has moved.
      this.viewed()
    }
    if (!this.#drawing.isHidden) this.#seen = this.#timesInView()
    this.#fill()
  }

  /** Goes to the newest bars. */
  backToNow(): void {
    this.#leaveMoment()
    if (this.#feed.series?.isNow === true) this.#drawing.showEnd()
    else this.#show()
  }

  /** Goes to the symbol's first bar. */
  toBeginning(): void {
    const { series } = this.#feed
    if (series?.isFromBeginning === true) this.#drawing.showStart()
    else if (series?.earliest != null) this.#context.moment.set(series.earliest)
  }

  /** There is room again: what was seen is put into view, or what has come meanwhile. */
  appeared(): void {
    if (this.#slots.length === 0) return
    if (this.#seen === null) this.#arrive()
    else this.#drawing.showTimes(this.#seen)
  }

  /** Something else is in view. */
  viewed(): void {
    clearTimeout(this.#settling)
    this.#settling = setTimeout(() => this.#settle(), SETTLED_MS)
  }

  /** Loads what is missing around what is in view. */
  #fill(): void {
    const { series, state, stretches } = this.#feed
    if (series === null || state.kind !== 'ready' || this.#drawing.isHidden) return
    const view = this.#drawing.inView()
    const isOlderHalf = view !== null && view.from + view.to < this.#slots.length
    series.keep(isOlderHalf ? 'first' : 'last')
    const nearStart = view === null || view.from < AHEAD_SLOTS
    const nearEnd = view === null || view.to > this.#slots.length - AHEAD_SLOTS
    if (nearStart && stretches.older === 'idle') void this.#feed.loadOlder()
    if (nearEnd && stretches.newer === 'idle') void this.#feed.loadNewer()
  }

  /** What is set in one go is gone to once. */
  #goSoon(name: keyof Place): void {
    if (this.#goesTo.size === 0) queueMicrotask(() => this.#go())
    this.#goesTo.add(name)
  }

  #go(): void {
    const changed = this.#goesTo
    this.#goesTo = new Set()
    const { chosen, grain, moment } = this.#context
    if (chosen.get() === null || changed.size === 0) return
    if (changed.has('chosen')) {
      const isFirst = this.#feed.view === null
      // Another symbol begins at now, unless one goes to a moment of it.
      if (!changed.has('moment') && !isFirst) this.#leaveMoment()
      this.#show()
    } else if (changed.has('grain')) this.#regrain(grain.get() ?? this.#fitting())
    else if (moment.get() === null) this.backToNow()
    else this.#goToMoment(moment.get() as number)
  }

  #goToMoment(moment: number): void {
    const { series } = this.#feed
    const { from, to } = series?.loaded ?? { from: 0, to: 0 }
    if (series !== null && moment >= from && (series.isNow || moment < to)) this.#drawing.showAround(moment)
    else this.#show()
  }

  /** Nobody else's change of the moment: nothing is gone to. */
  #leaveMoment(): void {
    this.#context.moment.set(null)
    this.#goesTo.delete('moment')
  }

  #regrain(grain: Grain | null): void {
    const { view: shown, series } = this.#feed
    if (shown === null || grain === (series ?? shown).grain) return
    // What was asked for before has failed, or is not there yet.
    if (series === null) this.#feed.show({ ...shown, grain })
    else this.#showAgain(grain)
  }

  /** What lies between the bars that are here and those that come is not at hand. */
  #reload(): void {
    this.#showAgain(this.#feed.series?.grain ?? null)
  }

  /** Asks anew for the times that are in view. */
  #showAgain(grain: Grain | null): void {
    const shown = this.#feed.view
    if (shown === null) return
    const times = this.#drawing.isHidden ? this.#seen : this.#timesInView()
    this.#times = times
    const isRegularOnly = this.#isRegularOnly.get()
    if (times === null) this.#feed.show({ ...shown, isRegularOnly, grain: grain ?? shown.grain })
    else
      this.#feed.show({
        ...shown,
        isRegularOnly,
        grain,
        moment: Number.isFinite(times.to) ? (times.from + times.to) / 2 : null,
      })
  }

  /** Who sees the newest bar goes on to see it, however much comes. */
  #timesInView(): Times | null {
    const view = this.#drawing.inView()
    if (view === null) return null
    return { from: this.#timeAt(view.from), to: this.isNowInView ? Number.POSITIVE_INFINITY : this.#timeAt(view.to) }
  }

  #show(): void {
    const symbol = this.#context.chosen.get()
    if (symbol === null) return
    this.#times = null
    this.#seen = null
    const grain = this.#context.grain.get() ?? this.#feed.series?.grain ?? null
    this.#feed.show({ symbol, grain, moment: this.#context.moment.get(), isRegularOnly: this.#isRegularOnly.get() })
  }

  /** Puts into view what was asked for. */
  #arrive(): void {
    // Without room nothing can be put into view: it is when there is some.
    if (this.#drawing.isHidden) {
      this.#seen = this.#times
      return
    }
    const times = this.#times
    const moment = this.#feed.view?.moment ?? null
    this.#times = null
    if (times !== null) this.#drawing.showTimes(times)
    else if (moment !== null) this.#drawing.showAround(moment)
    else this.#drawing.showEnd()
  }

  /** The grain that fits what is in view; null while that is not known. */
  #fitting(): Grain | null {
    const view = this.#drawing.inView()
    const { series, grains } = this.#feed
    if (view === null || series === null) return null
    return fittingGrain({ grain: series.grain, grains, shown: view.to - view.from })
  }

  /** After scrolling or zooming: the grain that fits, and no moment any more when it is out of view. */
  #settle(): void {
    const { moment, grain } = this.#context
    const time = moment.get()
    const { state, isAsking, series } = this.#feed
    if (state.kind !== 'ready' || isAsking || this.#drawing.isHidden) return
    // Slots in view are those of the bars that are drawn: they say nothing of others that have just come.
    if (series !== this.#drawn) return
    if (time !== null && !this.#isInView(time)) this.#leaveMoment()
    if (grain.get() === null) this.#regrain(this.#fitting())
  }

  #isInView(time: number): boolean {
    const view = this.#drawing.inView()
    return view !== null && time >= this.#timeAt(view.from) - this.#slotMs && time <= this.#timeAt(view.to)
  }

  /** The time at a position of the axis, beyond its ends too. */
  #timeAt(position: number): number {
    const index = Math.min(this.#slots.length - 1, Math.max(0, Math.floor(position)))
    return (this.#slots[index]?.windowStart ?? 0) + (position - index) * this.#slotMs
  }

  get #slotMs(): number {
    const { series } = this.#feed
    return series === null ? 0 : grainMs(series.grain)
  }
}
