// What is on the canvas. With the axis and the look the only file that knows the chart library: it takes slots, marks,
// colours and a clock, and tells what is in view and what the pointer is at. Positions are indexes of slots.

import {
  CandlestickSeries,
  createChartEx,
  createSeriesMarkers,
  HistogramSeries,
  LineSeries,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts'
import type { BarRow } from '../../../api.ts'
import { priceText } from '../../format/number.ts'
import { indexFrom } from '../series/bars.ts'
import { differenceOf, type Slot } from '../series/gaps.ts'
import {
  bandColours,
  type ChartColours,
  candleColours,
  chartColours,
  chartOptions,
  faint,
  LINE_OPTIONS,
  VOLUME_OPTIONS,
} from './look.ts'
import type { Mark } from './marks.ts'
import { bandsOf, SessionBands } from './session_bands.ts'
import { TimeAxis } from './time_axis.ts'
import type { Precision, WallClock } from './wall_clock.ts'

/** Slots in view, as the axis has them: fractions, and beyond the ends where nothing is drawn. */
export interface InView {
  readonly from: number
  readonly to: number
}

export interface DrawingOptions {
  readonly clock: WallClock
  readonly colours: ChartColours
  /** Nothing moves by itself. */
  readonly isStill: boolean
  /** Something else is in view. */
  readonly viewed: () => void
  /** The pointer is at a slot, or nowhere. */
  readonly pointed: (windowStart: number | null) => void
  /** The canvas has room now, and had none before. */
  readonly appeared: () => void
}

/** The prices of a bar as they are drawn. */
export type DrawnPrices = Pick<BarRow, 'open' | 'high' | 'low' | 'close'>

/** Room to the right of the newest bar, in slots. */
const END_SLOTS = 4
/** A bar with its gap when a view begins. */
const BAR_PX = 8
/** So many slots are in view: with those that are loaded around it fewer than are kept (series/paging.ts). */
const SHOWN_MAX = 1_050
const SHOWN_MIN = 8
const SHOWN_FEW = 30

export class Drawing {
  readonly #chart
  readonly #axis: TimeAxis
  readonly #container: HTMLElement
  readonly #candles
  readonly #volume
  readonly #average
  readonly #vwap
  /** Missing windows have points of their own, so that the axis has a place for them. */
  readonly #missing
  readonly #marks
  readonly #bands: SessionBands
  #slots: readonly Slot[] = []
  /** Where the crosshair has been put, not by a pointer. */
  #moment: number | null = null
  /** What is in view with the next frame. */
  #coming: InView | null = null
  #width = 0
  #colours: ChartColours

  constructor(container: HTMLElement, { clock, colours, isStill, viewed, pointed, appeared }: DrawingOptions) {
    this.#container = container
    this.#colours = colours
    this.#axis = new TimeAxis(clock)
    const tick = (time: Time, kind: number) => this.#axis.tickText(time, kind)
    this.#chart = createChartEx<Time, TimeAxis>(container, this.#axis, chartOptions({ tick, isStill }))
    this.#missing = this.#chart.addSeries(LineSeries, { ...LINE_OPTIONS })
    this.#volume = this.#chart.addSeries(HistogramSeries, VOLUME_OPTIONS)
    this.#candles = this.#chart.addSeries(CandlestickSeries)
    this.#average = this.#chart.addSeries(LineSeries, { ...LINE_OPTIONS })
    this.#vwap = this.#chart.addSeries(LineSeries, { ...LINE_OPTIONS })
    this.#marks = createSeriesMarkers(this.#candles, [])
    this.#bands = new SessionBands(bandColours(colours))
    this.#chart.panes()[0]?.attachPrimitive(this.#bands)
    this.#chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } })
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange(viewed)
    this.#chart.subscribeCrosshairMove(({ logical, sourceEvent }) => {
      if (sourceEvent !== undefined) this.#moment = null
      pointed(this.#slots[logical ?? -1]?.windowStart ?? null)
    })
    this.setClock(clock, 'minute')
    this.setColours(colours)
    new ResizeObserver(() => {
      const wasHidden = this.#width === 0
      this.#width = container.clientWidth
      this.#limitZoom()
      if (wasHidden && this.#width > 0) appeared()
    }).observe(container)
  }

  /**
   * Draws the slots: only what has changed where that is enough, and so that what is in view stays there. With
   * `followsEnd` the end stays in view when it is.
   */
  draw(slots: readonly Slot[], followsEnd: boolean): void {
    const difference = differenceOf(this.#slots, slots)
    if (difference === 'all' || difference.length > 0) this.#bands.show(bandsOf(slots))
    if (difference === 'all') this.#drawAll(slots, followsEnd)
    else {
      this.#slots = slots
      for (const bar of difference) this.#update(bar)
    }
  }

  /** The prices that the library holds, by window start: for those who cannot see the canvas. */
  drawn(): ReadonlyMap<number, DrawnPrices> {
    const points = new Map(this.#candles.data().map((point) => [(point.time as number) * 1_000, point as DrawnPrices]))
    return new Map(
      this.#slots.flatMap(({ windowStart, time }) => {
        const prices = points.get(time)
        return prices === undefined ? [] : [[windowStart, prices] as const]
      }),
    )
  }

  /** The window that the crosshair has been put at, until a pointer takes it away. */
  get pointedWindow(): number | null {
    return this.#moment === null ? null : (this.#slots[this.#indexAt(this.#moment)]?.windowStart ?? null)
  }

  /** How many marks there are. */
  get marked(): number {
    return this.#marks.markers().length
  }

  /** What is in view; null before anything is. */
  inView(): InView | null {
    const range = this.#coming ?? this.#chart.timeScale().getVisibleLogicalRange()
    return range === null || this.#slots.length === 0 ? null : { from: range.from, to: range.to }
  }

  /** Whether the canvas has no room, as in a view of the phone that is not chosen. It is so until `appeared`. */
  get isHidden(): boolean {
    return this.#width === 0 || this.#container.clientWidth === 0
  }

  /** How long a pixel of the canvas is, in slots. */
  get slotsAPixel(): number {
    const view = this.inView()
    return view === null || this.isHidden ? 0 : (view.to - view.from) / this.#container.clientWidth
  }

  /** Shows the newest bars. */
  showEnd(): void {
    this.#moment = null
    this.#chart.clearCrosshairPosition()
    const to = this.#slots.length - 1 + END_SLOTS
    this.show({ from: to - this.#usualCount(), to })
  }

  /** Shows the bars around a moment, and points at its own. */
  showAround(moment: number): void {
    const index = this.#indexAt(moment)
    const count = this.#usualCount()
    const from = Math.max(-END_SLOTS / 2, index - count / 2)
    this.show({ from, to: from + count })
    this.#moment = moment
    this.#pointAtMoment()
  }

  /** Shows the oldest bars that are here. */
  showStart(): void {
    this.show({ from: -2, to: this.#usualCount() - 2 })
  }

  /** Shows the bars from a time to another. */
  showTimes({ from, to }: InView): void {
    const isEnd = to >= (this.#slots.at(-1)?.windowStart ?? 0)
    const end = isEnd ? this.#slots.length - 1 + END_SLOTS : indexFrom(this.#slots, to)
    const start = indexFrom(this.#slots, from)
    this.show({ from: Math.min(start, end - SHOWN_MIN), to: end })
  }

  /** Shows these slots. They are in view with the next frame, and count as such from now on. */
  show({ from, to }: InView): void {
    const coming = { from, to }
    this.#coming = coming
    this.#chart.timeScale().setVisibleLogicalRange(coming)
    requestAnimationFrame(() => {
      if (this.#coming === coming) this.#coming = null
    })
  }

  /** Moves what is in view by a share of its width; to the left when negative. */
  pan(share: number): void {
    const view = this.inView()
    if (view === null) return
    const width = view.to - view.from
    const step = Math.sign(share) * Math.max(1, Math.round(Math.abs(share) * width))
    const from = Math.min(Math.max(view.from + step, -width / 2), this.#slots.length - width / 2)
    this.show({ from, to: from + width })
  }

  /** Shows that many times as much; the newest bar in view stays at its place. */
  zoom(factor: number): void {
    const view = this.inView()
    if (view === null) return
    const width = Math.min(SHOWN_MAX, Math.max(SHOWN_MIN, (view.to - view.from) * factor))
    this.show({ from: view.to - width, to: view.to })
  }

  #indexAt(moment: number): number {
    return Math.max(0, indexFrom(this.#slots, moment + 1) - 1)
  }

  /** The crosshair stands at the moment, until a pointer takes it away. */
  #pointAtMoment(): void {
    const moment = this.#moment
    if (moment === null) return
    // What has just been put into view has its place on the canvas with the next frame.
    requestAnimationFrame(() => {
      const slot = this.#slots[this.#indexAt(moment)]
      if (slot?.bar == null || moment !== this.#moment) return
      this.#chart.setCrosshairPosition(slot.bar.close, timeOf(slot), this.#candles)
    })
  }

  /** Marks these bars, and no others. */
  setMarks(marks: readonly Mark[]): void {
    const { up, down } = this.#colours
    this.#marks.setMarkers(
      marks.map(({ windowStart, direction, text }) => ({
        time: this.#timeOf(windowStart),
        position: direction === 'up' ? 'belowBar' : 'aboveBar',
        shape: direction === 'up' ? 'arrowUp' : 'arrowDown',
        color: direction === 'up' ? up : down,
        text,
      })),
    )
  }

  setLines({ average, vwap }: { readonly average: boolean; readonly vwap: boolean }): void {
    this.#average.applyOptions({ visible: average })
    this.#vwap.applyOptions({ visible: vwap })
  }

  setDecimals(decimals: number): void {
    const formatter = (price: number) => priceText(price, decimals)
    const priceFormat = { type: 'custom', minMove: 10 ** -decimals, formatter } as const
    for (const series of [this.#candles, this.#average, this.#vwap]) series.applyOptions({ priceFormat })
  }

  /** Labels go by another clock, and say times that exactly. */
  setClock(clock: WallClock, precision: Precision): void {
    this.#axis.setClock(clock)
    const timeFormatter = (time: Time) => clock.momentText((time as number) * 1_000, precision)
    this.#chart.applyOptions({ localization: { timeFormatter } })
    this.#drawAll(this.#slots, false)
  }

  setColours(colours: ChartColours): void {
    this.#colours = colours
    this.#chart.applyOptions(chartColours(colours))
    this.#candles.applyOptions(candleColours(colours))
    this.#bands.setColours(bandColours(colours))
    this.#average.applyOptions({ color: colours.accent })
    this.#vwap.applyOptions({ color: colours.warn })
    this.#volume.setData(this.#bars().map((bar) => this.#volumeOf(bar)))
  }

  #bars(): readonly BarRow[] {
    return this.#slots.flatMap(({ bar }) => bar ?? [])
  }

  #setAll(): void {
    const bars = this.#bars()
    this.#missing.setData(this.#slots.filter(({ bar }) => bar === null).map((slot) => ({ time: timeOf(slot) })))
    this.#volume.setData(bars.map((bar) => this.#volumeOf(bar)))
    this.#average.setData(this.#slots.flatMap((_, index) => this.#pointAt(index, 'average')))
    this.#vwap.setData(this.#slots.flatMap((_, index) => this.#pointAt(index, 'vwap')))
    // Last: the marks find their places when these are set, and the axis must be whole by then.
    this.#candles.setData(bars.map((bar) => this.#candleOf(bar)))
  }

  #update(bar: BarRow): void {
    const index = indexFrom(this.#slots, bar.windowStart)
    const isOld = index < this.#slots.length - 1
    this.#candles.update(this.#candleOf(bar), isOld)
    this.#volume.update(this.#volumeOf(bar), isOld)
    for (const point of this.#pointAt(index, 'average')) this.#average.update(point, isOld)
    for (const point of this.#pointAt(index, 'vwap')) this.#vwap.update(point, isOld)
  }

  /** Else the first slot in view stays where it is. */
  #drawAll(slots: readonly Slot[], followsEnd: boolean): void {
    const before = this.#slots
    const view = this.inView()
    this.#slots = slots
    this.#setAll()
    if (view === null || slots.length === 0) return
    const atEnd = followsEnd && view.to >= before.length - 1
    // Few bars are drawn wide: when many come before them, as a backfill's do, they are drawn as usual.
    if (atEnd && isWidened(view, before.length) && slots.length > this.#usualCount()) {
      this.showEnd()
      return
    }
    const anchor = before[Math.min(before.length - 1, Math.max(0, Math.ceil(view.from)))] as Slot
    const shift = atEnd ? slots.length - before.length : indexFrom(slots, anchor.windowStart) - before.indexOf(anchor)
    this.show({ from: view.from + shift, to: view.to + shift })
    this.#pointAtMoment()
  }

  /** Where a window that has a slot stands on the axis. */
  #timeOf(windowStart: number): UTCTimestamp {
    return timeOf(this.#slots[indexFrom(this.#slots, windowStart)] as Slot)
  }

  #candleOf(bar: BarRow) {
    const { open, high, low, close } = bar
    return { time: this.#timeOf(bar.windowStart), open, high, low, close }
  }

  #volumeOf(bar: BarRow) {
    const color = faint(bar.close >= bar.open ? this.#colours.up : this.#colours.down, 0.35)
    const time = this.#timeOf(bar.windowStart)
    return bar.volume === null ? { time } : { time, value: bar.volume, color }
  }

  /** A line's point at a bar; at a missing window none. The stroke that leads over a gap is not to be seen. */
  #pointAt(index: number, line: 'average' | 'vwap') {
    const { bar, windowStart } = this.#slots[index] as Slot
    if (bar === null) return []
    const value = bar[line]
    const time = this.#timeOf(windowStart)
    if (value === null) return [{ time }]
    return [this.#slots[index + 1]?.bar === null ? { time, value, color: 'transparent' } : { time, value }]
  }

  /** Few bars are drawn wider, but not without measure. */
  #usualCount(): number {
    const usual = Math.round(this.#container.clientWidth / BAR_PX)
    return Math.max(SHOWN_FEW, Math.min(usual, this.#slots.length + 2 * END_SLOTS))
  }

  #limitZoom(): void {
    if (this.isHidden) return
    const minBarSpacing = Math.max(0.5, this.#container.clientWidth / SHOWN_MAX)
    this.#chart.timeScale().applyOptions({ minBarSpacing })
  }
}

/** Whether so few slots are in view because there were no more. */
function isWidened(view: InView, slots: number): boolean {
  return view.to - view.from <= Math.max(SHOWN_FEW, slots + 2 * END_SLOTS) && slots < SHOWN_FEW
}

function timeOf({ time }: Pick<Slot, 'time'>): UTCTimestamp {
  return (time / 1_000) as UTCTimestamp
}
