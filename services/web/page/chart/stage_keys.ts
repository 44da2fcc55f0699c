// The chart by keyboard: arrows pan, + and - zoom, Home and End go to the first and the newest bars.

import type { ChartView } from './chart_view.ts'
import type { Drawing } from './drawing/drawing.ts'

/** Shares of what is in view that an arrow moves by, alone and with Shift. */
const PAN = 0.1
const PAN_FAR = 0.8
const ZOOM = 1.25

/** Listens on the chart's stage. */
export function stageKeys(stage: HTMLElement, parts: { readonly drawing: Drawing; readonly view: ChartView }): void {
  stage.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : actionOf(event, parts)
    if (act === undefined || event.target !== stage) return
    event.preventDefault()
    act()
  })
}

function actionOf(
  { key, shiftKey }: KeyboardEvent,
  { drawing, view }: { readonly drawing: Drawing; readonly view: ChartView },
): (() => void) | undefined {
  const step = shiftKey ? PAN_FAR : PAN
  const actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => drawing.pan(-step),
    ArrowRight: () => drawing.pan(step),
    '+': () => drawing.zoom(1 / ZOOM),
    '=': () => drawing.zoom(1 / ZOOM),
    '-': () => drawing.zoom(ZOOM),
    Home: () => view.toBeginning(),
    End: () => view.backToNow(),
  }
  return actions[key]
}
