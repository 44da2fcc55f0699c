// How high the dock is: its upper edge can be dragged, or moved by the arrow keys.

import { element } from '../dom.ts'
import { keepChoice, keptNumber } from '../kept.ts'

/** In percent of the frame. */
const HEIGHT = { min: 15, max: 80, usual: 38 }
const KEY_STEP = 3

const KEYS: Readonly<Record<string, (height: number) => number>> = {
  ArrowUp: (height) => height + KEY_STEP,
  ArrowDown: (height) => height - KEY_STEP,
  Home: () => HEIGHT.max,
  End: () => HEIGHT.min,
  Enter: () => HEIGHT.usual,
}

/** The edge. It sets the frame's `--dock`, which its style goes by. */
export function dockEdge(frame: HTMLElement): HTMLElement {
  const edge = element('div', {
    attributes: {
      role: 'separator',
      class: 'dock-edge',
      tabindex: 0,
      'aria-orientation': 'horizontal',
      'aria-label': 'Height of the lower part',
      'aria-valuemin': HEIGHT.min,
      'aria-valuemax': HEIGHT.max,
    },
  })
  let height = keptNumber('dock-height', HEIGHT)
  const set = (wanted: number) => {
    height = Math.round(Math.min(HEIGHT.max, Math.max(HEIGHT.min, wanted)))
    frame.style.setProperty('--dock', `${height}%`)
    edge.setAttribute('aria-valuenow', `${height}`)
  }
  const keep = () => keepChoice('dock-height', `${height}`)
  set(height)
  edge.addEventListener('keydown', (event) => {
    const step = KEYS[event.key]
    if (step === undefined) return
    event.preventDefault()
    set(step(height))
    keep()
  })
  edge.addEventListener('pointerdown', (event) => {
    event.preventDefault()
    edge.setPointerCapture(event.pointerId)
  })
  edge.addEventListener('pointermove', (event) => {
    if (!edge.hasPointerCapture(event.pointerId)) return
    const { bottom, height: whole } = frame.getBoundingClientRect()
    set(((bottom - event.clientY) / whole) * 100)
  })
  edge.addEventListener('lostpointercapture', keep)
  edge.addEventListener('dblclick', () => {
    set(HEIGHT.usual)
    keep()
  })
  return edge
}
