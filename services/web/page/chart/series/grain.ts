// How long the drawn bars are: by hand, or by how many of them are in view.

import type { Grain } from '../../../api.ts'

/** Of bars in view: with more the next coarser grain is easier to read, with fewer the next finer one. */
const SHOWN_MAX = 500
const SHOWN_MIN = 40
/** A finer grain is taken only when it stays below this, so that the next look does not take it back. */
const SHOWN_AFTER_MAX = 400

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** How long a bar of the grain is. A day counts as 24 hours. Throws a RangeError for what is no grain. */
export function grainMs(grain: Grain): number {
  const [, count, unit] = /^([1-9]\d*)(ms|s|m|h|d)$/.exec(grain) ?? []
  const unitMs = UNITS_MS[unit ?? '']
  if (unitMs === undefined) throw new RangeError(`Not a grain: ${grain}`)
  return Number(count) * unitMs
}

/** Whether bars of the grain are trading days, whose ends the page cannot tell by arithmetic. */
export function isDays(grain: Grain): boolean {
  return grain.endsWith('d')
}

/** What is in view: how many windows of the grain, of all that the symbol's bars may be asked in. */
export interface GrainInView {
  readonly grain: Grain
  /** From the finest. */
  readonly grains: readonly Grain[]
  readonly shown: number
}

/** The grain that what is in view is best read in. */
export function fittingGrain({ grain, grains, shown }: GrainInView): Grain {
  const at = grains.indexOf(grain)
  const coarser = grains[at + 1]
  const finer = grains[at - 1]
  if (at < 0) return grain
  if (shown > SHOWN_MAX && coarser !== undefined) return coarserFor(grains.slice(at), shown)
  if (finer === undefined || shown >= SHOWN_MIN) return grain
  return (shown * grainMs(grain)) / grainMs(finer) <= SHOWN_AFTER_MAX ? finer : grain
}

function coarserFor([first, ...coarser]: readonly Grain[], shown: number): Grain {
  const fits = (grain: Grain) => (shown * grainMs(first as Grain)) / grainMs(grain) <= SHOWN_MAX
  return coarser.find(fits) ?? (coarser.at(-1) as Grain)
}
