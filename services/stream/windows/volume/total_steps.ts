// The totals of one window, in order, flat: STEP_FIELDS numbers each. Beyond a limit the inner ones of a rise are left
// out, which change neither the window's volume nor what comes after it.

import type { TradeDate } from '#market/session'
import { RESTART_SHARE, type VolumeCount } from '#services/stream/windows/volume/day_totals'

/** Event time, price, total, trade date. */
export const STEP_FIELDS = 4

/** A total with what it is of. */
export interface TotalStep {
  readonly timestamp: number
  readonly price: number
  readonly total: number
  readonly date: TradeDate
}

/** Puts a step in. Of equal event times the later arrival is the later quote, as with open and close. */
export function insertStep(steps: number[], { timestamp, price, total, date }: TotalStep): void {
  let at = steps.length
  while (at > 0 && (steps[at - STEP_FIELDS] as number) > timestamp) at -= STEP_FIELDS
  if (at === steps.length) steps.push(timestamp, price, total, date)
  else steps.splice(at, 0, timestamp, price, total, date)
}

/** Lets a count take all steps. */
export function countSteps(count: VolumeCount, steps: readonly number[]): void {
  for (let at = 0; at < steps.length; at += STEP_FIELDS) {
    count.take(steps[at] as number, steps[at + 1] as number, totalAt(steps, at), dateAt(steps, at))
  }
}

/** The steps without those that stand within a rise: above one that was the highest so far, and not above the next. */
export function withoutInnerSteps(steps: readonly number[]): number[] {
  const kept: number[] = []
  let [top, date, isRising] = [0, Number.NaN, false]
  for (let at = 0; at < steps.length; at += STEP_FIELDS) {
    const total = totalAt(steps, at)
    const isAnew = dateAt(steps, at) !== date || total < top * RESTART_SHARE
    const isTop = !isAnew && total >= top
    if (!(isTop && isRising && isNextHigher(steps, at))) keep(kept, steps, at)
    isRising = isTop && (isRising || total > top)
    if (isAnew || isTop) top = total
    date = dateAt(steps, at)
  }
  return kept
}

/** Whether the next step is of the same date and not lower. */
function isNextHigher(steps: readonly number[], at: number): boolean {
  const next = at + STEP_FIELDS
  return next < steps.length && totalAt(steps, next) >= totalAt(steps, at) && dateAt(steps, next) === dateAt(steps, at)
}

function keep(kept: number[], steps: readonly number[], at: number): void {
  for (let field = 0; field < STEP_FIELDS; field++) kept.push(steps[at + field] as number)
}

function totalAt(steps: readonly number[], at: number): number {
  return steps[at + 2] as number
}

function dateAt(steps: readonly number[], at: number): TradeDate {
  return steps[at + 3] as number
}
