// How the chart looks: the library's options, from the theme's colours. A rising bar is hollow and a falling one is
// filled, so that colour alone tells nothing.

import { CrosshairMode, type DeepPartial, LineStyle, type Time, type TimeChartOptions } from 'lightweight-charts'

/** The theme's colours, as `rgb(...)`. */
export interface ChartColours {
  readonly panel: string
  readonly line: string
  readonly lineStrong: string
  readonly muted: string
  readonly accent: string
  readonly up: string
  readonly down: string
  readonly warn: string
}

export interface ChartOptions {
  readonly tick: (time: Time, kind: number) => string
  /** Nothing moves by itself. */
  readonly isStill: boolean
}

/** All but what the theme changes. */
export function chartOptions({ tick, isStill }: ChartOptions): DeepPartial<TimeChartOptions> {
  return {
    autoSize: true,
    // Its style element is what the page's content policy forbids: the panel has a link of its own.
    layout: { attributionLogo: false, fontSize: 11 },
    rightPriceScale: { borderVisible: false, entireTextOnly: true, scaleMargins: { top: 0.08, bottom: 0.22 } },
    timeScale: {
      borderVisible: false,
      timeVisible: true,
      secondsVisible: true,
      tickMarkFormatter: tick,
      rightOffset: 4,
      lockVisibleTimeRangeOnResize: true,
    },
    crosshair: { mode: CrosshairMode.Normal },
    handleScroll: { vertTouchDrag: false },
    kineticScroll: { touch: !isStill, mouse: false },
  }
}

/** What the theme changes of the chart as a whole. */
export function chartColours({ panel, line, muted, lineStrong }: ChartColours): DeepPartial<TimeChartOptions> {
  const hair = { color: lineStrong, labelBackgroundColor: muted, style: LineStyle.Dashed }
  return {
    layout: { background: { color: panel }, textColor: muted, fontFamily: fontOfPage() },
    grid: { vertLines: { color: faint(line, 0.6) }, horzLines: { color: faint(line, 0.6) } },
    crosshair: { vertLine: hair, horzLine: hair },
  }
}

export function candleColours({ panel, up, down, muted }: ChartColours) {
  return {
    upColor: panel,
    borderUpColor: up,
    wickUpColor: up,
    downColor: down,
    borderDownColor: down,
    wickDownColor: down,
    priceLineColor: muted,
  }
}

/** Behind the bars outside regular hours; the grid is seen through it. */
export function bandColours({ lineStrong }: ChartColours) {
  return { extended: faint(lineStrong, 0.18), overnight: faint(lineStrong, 0.36) }
}

export const VOLUME_OPTIONS = {
  priceScaleId: 'volume',
  priceFormat: { type: 'volume' },
  lastValueVisible: false,
  priceLineVisible: false,
} as const

export const LINE_OPTIONS = {
  lineWidth: 2,
  lastValueVisible: false,
  priceLineVisible: false,
  crosshairMarkerVisible: false,
} as const

/** A colour of the theme, seen through. */
export function faint(colour: string, share: number): string {
  return colour.replace(/^rgb\(([^)]*)\)$/, `rgba($1, ${share})`)
}

function fontOfPage(): string {
  return getComputedStyle(document.body).fontFamily
}
