// How long the bars of an answer are: the platform's own, or longer ones that are made of whole shorter ones. Which one
// is chosen goes by the range alone, so equal questions have equal answers, however many bars there are.

import { intervalName } from '#market/interval'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#runtime/units'
import type { Grain } from '#services/web/api'
import { BARS_MAX } from '#services/web/history/limits'
import { wrongRequest } from '#services/web/request_error'

/** A grain by its name, and in milliseconds. */
export interface BarGrain {
  readonly name: Grain
  readonly ms: number
}

/** A range of window starts: [from, to). */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

const LONGER: readonly BarGrain[] = [
  { name: '1m', ms: MINUTE_MS },
  { name: '5m', ms: 5 * MINUTE_MS },
  { name: '15m', ms: 15 * MINUTE_MS },
  { name: '1h', ms: HOUR_MS },
  { name: '1d', ms: DAY_MS },
]

/** What bars of that interval can be asked in, from the finest. */
export function grainsOf(barIntervalMs: number): readonly BarGrain[] {
  const own = { name: intervalName(barIntervalMs), ms: barIntervalMs }
  return [own, ...LONGER.filter(({ ms }) => ms > barIntervalMs && ms % barIntervalMs === 0)]
}

/** The one asked for, or the finest that the range allows. Throws a RequestError that says which would do. */
export function grainFor(grains: readonly BarGrain[], range: TimeRange, wanted: string | null): BarGrain {
  const fitting = grains.find(({ ms }) => windowsIn(range, ms) <= BARS_MAX)
  const grain = wanted === null ? fitting : grains.find(({ name }) => name === wanted)
  if (grain !== undefined && windowsIn(range, grain.ms) <= BARS_MAX) return grain
  if (wanted !== null && grain === undefined) {
    const names = grains.map(({ name }) => name).join(', ')
    throw wrongRequest(`there are no bars of ${JSON.stringify(wanted)} here; grain is one of ${names}`)
  }
  throw tooMany(grain ?? (grains.at(-1) as BarGrain), range, fitting)
}

/** How many windows of that length start in a range of that width at most, wherever it lies. */
export function windowsIn({ from, to }: TimeRange, ms: number): number {
  return Math.ceil((to - from) / ms)
}

function tooMany(grain: BarGrain, range: TimeRange, fitting: BarGrain | undefined) {
  const what = `the range holds ${windowsIn(range, grain.ms)} bars of ${grain.name}, and an answer ${BARS_MAX} at most`
  const coarser = fitting === undefined ? '' : `for grain=${fitting.name}, or `
  return wrongRequest(`${what}; ask ${coarser}for a range of ${BARS_MAX * grain.ms} ms or less`)
}
