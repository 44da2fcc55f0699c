// The chart's panel: its parts put together, and drawn anew, at most once a frame, when something has changed.

import type { AlertRow, BarRow, Grain } from '../../api.ts'
import { element } from '../dom.ts'
import { marketText } from '../format/market.ts'
import type { PageContext } from '../page_context.ts'
import type { Panel } from '../panel.ts'
import { colour } from '../shell/colours.ts'
import { BarTable } from './bar_table.ts'
import {
  type BarTextOptions,
  barTexts,
  barTimeText,
  decimalsOfBars,
  grainText,
  missingTexts,
  precisionOf,
} from './bar_text.ts'
import { ChartView } from './chart_view.ts'
import { Drawing } from './drawing/drawing.ts'
import type { ChartColours } from './drawing/look.ts'
import { alertsByBar, marksOf } from './drawing/marks.ts'
import { WallClock } from './drawing/wall_clock.ts'
import { BarFeed } from './feed/bar_feed.ts'
import { Legend } from './legend.ts'
import { Notes } from './notes.ts'
import type { Slot } from './series/gaps.ts'
import { isDays } from './series/grain.ts'
import { stageKeys } from './stage_keys.ts'
import { Toolbar } from './toolbar.ts'

/** The large chart of the chosen symbol. */
export const chartPanel: Panel = (context) => new Chart(context).root

/** What a mark's text takes on the canvas. */
const TEXT_PX = 56
/** The table follows what is in view this often at most. */
const TABLE_EVERY_MS = 250

/** Keys are taken as they are here; screen readers have the table. */
const STAGE_ATTRIBUTES = {
  class: 'chart-stage',
  role: 'application',
  tabindex: 0,
  'aria-describedby': 'chart-newest',
  'aria-keyshortcuts': 'ArrowLeft ArrowRight + - Home End',
}

class Chart {
  readonly root: HTMLElement
  readonly #context: PageContext
  readonly #feed: BarFeed
  readonly #drawing: Drawing
  readonly #view: ChartView
  readonly #toolbar: Toolbar
  readonly #notes: Notes
  readonly #legend = new Legend()
  readonly #table = new BarTable(() => this.#showTable())
  readonly #canvas = element('div', { attributes: { class: 'chart-canvas', 'aria-hidden': 'true' } })
  readonly #stage = element('div', { attributes: STAGE_ATTRIBUTES })
  readonly #newest = element('p', { attributes: { class: 'unseen', id: 'chart-newest' } })
  readonly #clocks = new Map<string, WallClock>()
  #clock: WallClock
  #clockOf = ''
  #pointed: number | null = null
  #alerts: ReadonlyMap<number, readonly AlertRow[]> = new Map()
  #alertsOf = ''
  #marked = ''
  #decimals = 0
  #isDue = false
  #isOther = false
  #isTableDue = false

  constructor(context: PageContext) {
    this.#context = context
    this.#clock = this.#clockIn(context.zone.get())
    this.#toolbar = new Toolbar(context, () => this.#view.backToNow())
    this.#feed = new BarFeed(context, (isOther) => this.#drawSoon(isOther))
    this.#notes = new Notes({ again: () => this.#feed.again(), more: () => this.#feed.retryStretches() })
    this.#drawing = this.#createDrawing()
    this.#view = new ChartView(context, {
      feed: this.#feed,
      drawing: this.#drawing,
      isRegularOnly: this.#toolbar.isRegularOnly,
    })
    this.#stage.append(this.#canvas, this.#notes.remarks, this.#notes.sentence)
    stageKeys(this.#stage, { drawing: this.#drawing, view: this.#view })
    const foot = element('div', { attributes: { class: 'chart-foot' } }, this.#table.root, credit())
    const parts = [this.#toolbar.root, this.#legend.root, this.#stage, this.#newest, foot]
    this.root = element('div', { attributes: { class: 'panel chart' } }, ...parts)
    this.#follow()
  }

  #createDrawing(): Drawing {
    return new Drawing(this.#canvas, {
      clock: this.#clock,
      colours: themeColours(),
      isStill: matchMedia('(prefers-reduced-motion: reduce)').matches,
      viewed: () => {
        this.#view.viewed()
        this.#drawSoon(false)
      },
      pointed: (windowStart) => {
        this.#pointed = windowStart
        this.#showLegend()
      },
      appeared: () => this.#view.appeared(),
    })
  }

  #follow(): void {
    const { zone, theme, connection, market } = this.#context
    market.watch(() => this.#drawSoon(false))
    zone.watch(() => this.#drawSoon(false))
    theme.watch(() => {
      this.#drawing.setColours(themeColours())
      this.#marked = ''
      this.#drawSoon(false)
    })
    connection.watch(() => this.#drawSoon(false))
    this.#toolbar.lines.watch((lines) => this.#drawing.setLines(lines))
  }

  #drawSoon(isOther: boolean): void {
    this.#isOther ||= isOther
    if (this.#isDue) return
    this.#isDue = true
    requestAnimationFrame(() => this.#draw())
  }

  #draw(): void {
    const isOther = this.#isOther
    this.#isDue = false
    this.#isOther = false
    this.#setClock()
    this.#view.draw(isOther)
    const bars = this.#view.bars
    const decimals = decimalsOfBars(bars)
    if (decimals !== this.#decimals) this.#drawing.setDecimals(decimals)
    this.#decimals = decimals
    this.#showMarks(bars)
    this.#showTools()
    this.#showNotes()
    this.#showLegend()
    this.#showNewest()
    this.#showTableSoon()
  }

  /** Days stand at their dates, whatever the clock on the wall. */
  #setClock(): void {
    const { series, zone: exchangeZone } = this.#feed
    if (exchangeZone !== null) this.#context.exchangeZone.set(exchangeZone)
    const zone = series !== null && isDays(series.grain) ? 'UTC' : this.#context.zone.get()
    const precision = series === null ? 'minute' : precisionOf(series.grain)
    if (`${zone} ${precision}` === this.#clockOf) return
    this.#clockOf = `${zone} ${precision}`
    this.#clock = this.#clockIn(zone)
    this.#drawing.setClock(this.#clock, precision)
  }

  #clockIn(zone: string): WallClock {
    const clock = this.#clocks.get(zone) ?? new WallClock(zone)
    this.#clocks.set(zone, clock)
    return clock
  }

  #showMarks(bars: readonly BarRow[]): void {
    const { alerts } = this.#feed
    const known = `${alerts.version} ${bars[0]?.windowStart} ${bars.length} ${bars.at(-1)?.windowStart}`
    if (known !== this.#alertsOf) this.#alerts = alertsByBar(alerts.all, bars)
    this.#alertsOf = known
    const marks = marksOf(this.#alerts, { slots: this.#view.slotsInView, apart: TEXT_PX * this.#drawing.slotsAPixel })
    const marked = JSON.stringify(marks)
    if (marked !== this.#marked) this.#drawing.setMarks(marks)
    this.#marked = marked
  }

  #showTools(): void {
    const { grains, series, view } = this.#feed
    const { isNowInView } = this.#view
    const state = this.#context.market.get()
    const market = state === null ? '' : marketText(state, this.#context.clock.now())
    this.#legend.showMarket(market)
    this.#toolbar.show({
      symbol: view?.symbol ?? null,
      market,
      grain: series?.grain ?? null,
      grains,
      isNowInView,
      hasOtherHours: this.#view.bars.some(({ session }) => session !== null && session !== 'regular'),
    })
    const label =
      view === null
        ? 'Chart'
        : `Chart of ${view.symbol}${series === null ? '' : `, bars of ${grainText(series.grain)}`}`
    this.#stage.setAttribute('aria-label', label)
  }

  #showNotes(): void {
    const { state, stretches, view, series, alerts } = this.#feed
    const inView = this.#view.slotsInView
    const first = this.#view.bars[0]
    const isBeginning = series?.isFromBeginning === true && first !== undefined && inView[0]?.bar === first
    this.#notes.show({
      symbol: view?.symbol ?? null,
      state,
      connection: this.#context.connection.get(),
      stretches,
      hasBars: this.#view.bars.length > 0,
      beginning: isBeginning ? barTimeText(first, { grain: series.grain, clock: this.#clock }) : null,
      repeatedHour: repeatedHour(this.#clock, inView),
      alertsKnown: alerts.known,
    })
  }

  /** Of the bar that the pointer is at, or else of the newest. */
  #showLegend(): void {
    const grain = this.#feed.series?.grain
    const pointed = this.#pointed ?? this.#drawing.pointedWindow
    const slot = pointed === null ? undefined : this.#view.slotAt(pointed)
    const bar = slot === undefined ? this.#view.bars.at(-1) : slot.bar
    const alerts = bar == null ? [] : (this.#alerts.get(bar.windowStart) ?? [])
    if (bar != null) this.#legend.show(barTexts(bar, this.#textOptions(bar)), alerts)
    else if (slot === undefined || grain === undefined) this.#legend.show(null, [])
    else this.#legend.show(missingTexts(slot.windowStart, this.#barOptions(grain)), [])
  }

  #showNewest(): void {
    const bar = this.#view.bars.at(-1)
    const { view } = this.#feed
    if (bar === undefined || view === null) this.#newest.textContent = ''
    else {
      const { time, open, high, low, close, state } = barTexts(bar, this.#textOptions(bar))
      const text = `${view.symbol}, ${time}: open ${open}, high ${high}, low ${low}, close ${close}, ${state}.`
      this.#newest.textContent = `The newest bar here: ${text} The table below has all bars in view.`
    }
  }

  #textOptions(bar: BarRow): BarTextOptions {
    const previous = this.#view.barBefore(bar)
    const grain = this.#feed.series?.grain ?? '1m'
    return { ...this.#barOptions(grain), previousClose: previous?.close ?? null }
  }

  #barOptions(grain: Grain): Omit<BarTextOptions, 'previousClose'> {
    const isOwn = grain === this.#feed.grains[0]
    return { grain, isOwn, clock: this.#clock, decimals: this.#decimals, now: this.#context.clock.now() }
  }

  #showTableSoon(): void {
    if (this.#isTableDue) return
    this.#isTableDue = true
    setTimeout(() => {
      this.#isTableDue = false
      this.#showTable()
    }, TABLE_EVERY_MS)
  }

  #showTable(): void {
    const { view, series } = this.#feed
    this.#table.root.hidden = series === null
    if (view === null || series === null) return
    this.#table.show({
      symbol: view.symbol,
      slots: this.#view.slotsInView,
      drawn: () => this.#drawing.drawn(),
      alerts: this.#alerts,
      marks: this.#drawing.marked,
      ...this.#barOptions(series.grain),
    })
  }
}

/** The chart library's licence asks for its name and a link. */
function credit(): HTMLElement {
  const attributes = { href: 'https://www.tradingview.com/', target: '_blank', rel: 'noreferrer noopener' }
  const link = element('a', { attributes }, 'TradingView Lightweight Charts\u2122')
  return element('p', { attributes: { class: 'chart-credit' } }, link, ' \u00a9 2025 TradingView, Inc.')
}

/** The two names of the hour that is there twice, when it is in view. */
function repeatedHour(clock: WallClock, slots: readonly Slot[]): string | null {
  const repeated = slots.filter(({ windowStart }) => clock.isRepeated(windowStart))
  const names = new Set(repeated.map(({ windowStart }) => clock.zoneText(windowStart)))
  return names.size < 2 ? null : [...names].join(' and ')
}

function themeColours(): ChartColours {
  return {
    panel: colour('panel'),
    line: colour('line'),
    lineStrong: colour('line-strong'),
    muted: colour('muted'),
    accent: colour('accent'),
    up: colour('up'),
    down: colour('down'),
    warn: colour('warn'),
  }
}
