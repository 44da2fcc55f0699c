// The chart's time axis: true times in order, with labels and days by a wall clock.

import { defaultHorzScaleBehavior, type IHorzScaleBehavior, type Time } from 'lightweight-charts'
import type { TickKind, WallClock } from './wall_clock.ts'

/** The library's kinds of labels, by its numbers: year, month, day, time, time with seconds. */
const TICK_KINDS: readonly TickKind[] = ['year', 'month', 'day', 'time', 'seconds']

type Points = Parameters<IHorzScaleBehavior<Time>['fillWeightsForPoints']>[0]

export class TimeAxis extends defaultHorzScaleBehavior() {
  #clock: WallClock

  constructor(clock: WallClock) {
    super()
    this.#clock = clock
  }

  /** Goes by another clock. The data must be set anew, since that is when days are found. */
  setClock(clock: WallClock): void {
    this.#clock = clock
  }

  /** The label of a point; the library says of which kind. */
  tickText(time: Time, kind: number): string {
    return this.#clock.tickText(msOf(time), TICK_KINDS[kind] ?? 'time')
  }

  override fillWeightsForPoints(points: Points, startIndex: number): void {
    for (let index = startIndex; index < points.length; index += 1) {
      const point = points[index] as Points[number]
      const before = points[index - 1] ?? points[index + 1]
      if (before !== undefined) point.timeWeight = this.#weight(point, before)
    }
  }

  #weight(point: Points[number], before: Points[number]): Points[number]['timeWeight'] {
    const weight = this.#clock.weight(msOf(point.originalTime as Time), msOf(before.originalTime as Time))
    return weight as Points[number]['timeWeight']
  }
}

function msOf(time: Time): number {
  return (time as number) * 1_000
}
