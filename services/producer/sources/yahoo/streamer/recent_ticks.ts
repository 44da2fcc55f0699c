// The last ticks of a symbol, so that one that comes again is known. As numbers in one array: remembered strings would
// be most of what there is to collect at thousands of ticks a second.

import { TICKS_REMEMBERED } from '#services/producer/limits'
import type { Tick } from '#services/producer/sources/yahoo/streamer/frame'

/** What tells two ticks of a symbol apart: time, price, day volume and last size. */
const FACTS = 4
/** No number that comes. */
const ABSENT = Number.NEGATIVE_INFINITY

/** A memory of TICKS_REMEMBERED ticks; the oldest gives way. */
export class RecentTicks {
  readonly #facts = new Float64Array(TICKS_REMEMBERED * FACTS)
  /** Where the next one goes. */
  #at = 0

  /** Whether it is a new one, at that price; it is remembered then. On the hot path. */
  isNews({ time, dayVolume, lastSize }: Tick, price: number): boolean {
    const facts = this.#facts
    const volume = dayVolume ?? ABSENT
    const size = lastSize ?? ABSENT
    for (let i = 0; i < facts.length; i += FACTS) {
      if (facts[i] === time && facts[i + 1] === price && facts[i + 2] === volume && facts[i + 3] === size) return false
    }
    facts[this.#at] = time
    facts[this.#at + 1] = price
    facts[this.#at + 2] = volume
    facts[this.#at + 3] = size
    this.#at = (this.#at + FACTS) % facts.length
    return true
  }
}
