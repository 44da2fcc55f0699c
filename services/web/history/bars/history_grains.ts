// Which bars of a source's history an answer can be made of: those as long as the platform's own or longer, and no
// longer than the answer's. Shorter ones than our own are not shown.

import { statisticsOf } from '#delta/data_file/statistics'
import type { AddFile } from '#delta/log/actions'
import type { Snapshot } from '#delta/snapshot'
import { HISTORY_GRAINS, type HistoryGrain } from '#market/history/history_bar'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#runtime/units'

/** How long they are; a day is the trading day, whatever hours it has. */
export const HISTORY_GRAIN_MS: Readonly<Record<HistoryGrain, number>> = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '1h': HOUR_MS,
  '1d': DAY_MS,
}

/** Those that bars of `grainMs` can be made of, from the finest, as far as the version of the table has any. */
export function usableGrains(
  snapshot: Snapshot | undefined,
  { barIntervalMs, grainMs }: { readonly barIntervalMs: number; readonly grainMs: number },
): readonly HistoryGrain[] {
  const there = grainsThere(snapshot)
  return HISTORY_GRAINS.filter((grain) => {
    const ms = HISTORY_GRAIN_MS[grain]
    return ms >= barIntervalMs && grainMs % ms === 0 && there.has(grain)
  })
}

/** By the files' statistics: there may be fewer than it seems, and never more. */
function grainsThere(snapshot: Snapshot | undefined): ReadonlySet<HistoryGrain> {
  const there = new Set<HistoryGrain>()
  for (const file of snapshot?.files.values() ?? []) {
    for (const grain of grainsOfFile(file)) there.add(grain)
    if (there.size === HISTORY_GRAINS.length) break
  }
  return there
}

/** A file stays what it is, and its statistics take long to read. */
const known = new WeakMap<AddFile, readonly HistoryGrain[]>()

function grainsOfFile(file: AddFile): readonly HistoryGrain[] {
  const grains = known.get(file) ?? grainsIn(file)
  known.set(file, grains)
  return grains
}

function grainsIn(file: AddFile): readonly HistoryGrain[] {
  const { minValues, maxValues } = statisticsOf(file)
  const [min, max] = [textIn(minValues), textIn(maxValues)]
  if (min === undefined || max === undefined) return HISTORY_GRAINS
  return HISTORY_GRAINS.filter((grain) => grain >= min && grain <= max)
}

function textIn(values: unknown): string | undefined {
  const text = (values as Readonly<Record<string, unknown>> | undefined)?.grain
  return typeof text === 'string' ? text : undefined
}
