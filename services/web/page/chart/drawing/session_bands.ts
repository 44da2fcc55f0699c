// Stretches outside regular hours as bands behind the bars: drawn by the chart library as a part of its pane.

import type {
  IChartApiBase,
  IPanePrimitive,
  IPanePrimitivePaneView,
  IPrimitivePaneRenderer,
  Logical,
  PaneAttachedParameter,
  Time,
} from 'lightweight-charts'
import type { Slot } from '../series/gaps.ts'

/** Slots from the first to the last that are outside regular hours. */
export interface Band {
  readonly first: number
  readonly last: number
  /** Overnight is told from the hours around the regular ones. */
  readonly kind: 'extended' | 'overnight'
}

/** The bands of an axis. A missing window belongs to what is on both its sides. */
export function bandsOf(slots: readonly Slot[]): Band[] {
  const bands: Band[] = []
  let open: { first: number; last: number; kind: Band['kind'] } | null = null
  for (const [index, { bar }] of slots.entries()) {
    if (bar === null) continue
    const kind = kindOf(bar.session)
    if (open !== null && open.kind === kind) open.last = index
    else if (kind !== null) {
      open = { first: index, last: index, kind }
      bands.push(open)
    } else open = null
  }
  return bands
}

type SessionOfBar = NonNullable<Slot['bar']>['session']

function kindOf(session: SessionOfBar): Band['kind'] | null {
  if (session === 'pre' || session === 'post') return 'extended'
  return session === 'overnight' || session === 'none' ? 'overnight' : null
}

/** What the bands are filled with. */
export type BandColours = Readonly<Record<Band['kind'], string>>

type Target = Parameters<IPrimitivePaneRenderer['draw']>[0]

/** The bands, as the library takes them. */
export class SessionBands implements IPanePrimitive<Time> {
  #bands: readonly Band[] = []
  #colours: BandColours
  #chart: IChartApiBase<Time> | null = null
  #requestUpdate: () => void = () => {}
  readonly #views: readonly IPanePrimitivePaneView[]

  constructor(colours: BandColours) {
    this.#colours = colours
    const renderer: IPrimitivePaneRenderer = { draw() {}, drawBackground: (target) => this.#draw(target) }
    this.#views = [{ zOrder: () => 'bottom', renderer: () => renderer }]
  }

  attached({ chart, requestUpdate }: PaneAttachedParameter<Time>): void {
    this.#chart = chart as IChartApiBase<Time>
    this.#requestUpdate = requestUpdate
  }

  paneViews(): readonly IPanePrimitivePaneView[] {
    return this.#views
  }

  show(bands: readonly Band[], colours: BandColours = this.#colours): void {
    this.#bands = bands
    this.#colours = colours
    this.#requestUpdate()
  }

  setColours(colours: BandColours): void {
    this.show(this.#bands, colours)
  }

  #draw(target: Target): void {
    const scale = this.#chart?.timeScale()
    if (scale === undefined || this.#bands.length === 0) return
    // The library knows no places between two slots.
    const xOf = (slot: number) => scale.logicalToCoordinate(slot as Logical) ?? 0
    const half = (xOf(1) - xOf(0)) / 2
    target.useBitmapCoordinateSpace(({ context, bitmapSize, horizontalPixelRatio }) => {
      for (const { first, last, kind } of this.#bands) {
        const from = Math.round((xOf(first) - half) * horizontalPixelRatio)
        const to = Math.round((xOf(last) + half) * horizontalPixelRatio)
        context.fillStyle = this.#colours[kind]
        context.fillRect(from, 0, to - from, bitmapSize.height)
      }
    })
  }
}
