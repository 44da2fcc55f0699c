// When each symbol's bars begin, as far as it was asked for. Rows are never taken out of the tables, so what is known
// stays true until a version adds bars of that time or earlier.

import { statisticsOf } from '#delta/data_file/statistics'
import type { AddFile } from '#delta/log/actions'
import type { NewerSnapshot } from '#delta/snapshot'
import type { EpochMs } from '#runtime/units'
import { EARLIEST_MAX } from '#services/web/history/limits'

/** The window starts of first bars, by symbol, and by symbol and grains those of history. */
export class EarliestBars {
  readonly #known = new Map<string, EpochMs>()
  #generation = 0

  /** Goes up with every version that is seen. */
  get generation(): number {
    return this.#generation
  }

  /** Undefined when it has to be looked up. */
  of(symbol: string): EpochMs | undefined {
    return this.#known.get(symbol)
  }

  /** Nothing is learnt of a version that newer ones have overtaken since that generation. */
  learn(symbol: string, earliest: EpochMs, generation: number): void {
    if (generation !== this.#generation) return
    if (this.#known.size >= EARLIEST_MAX) this.#known.clear()
    this.#known.set(symbol, earliest)
  }

  /** Forgets what the commits may have changed; all, when they are not known. */
  see(commits: NewerSnapshot['commits']): void {
    this.#generation++
    const added = commits?.flatMap(({ adds }) => adds.filter(({ dataChange }) => dataChange))
    const oldest = added?.reduce((time, file) => Math.min(time, oldestWindow(file)), Infinity) ?? -Infinity
    for (const [symbol, earliest] of this.#known) if (earliest > oldest) this.#known.delete(symbol)
  }
}

/** Where the file's statistics tell nothing, it may hold anything. */
function oldestWindow(file: AddFile): number {
  const { minValues } = statisticsOf(file)
  const text = (minValues as Readonly<Record<string, unknown>> | undefined)?.window_start
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time
}
