// What a seed decides, as draws: each part of a run has its own stream, so that a change of one does not move the
// others.

import { seedOf } from '#services/producer/sources/simulator/seeded_random'

/** A stream of draws. */
export interface Random {
  /** In [0, 1). */
  readonly next: () => number
  /** Whether something of this probability happens. */
  readonly chance: (probability: number) => boolean
  /** A whole number in [min, max]. */
  readonly whole: (min: number, max: number) => number
  readonly pick: <T>(from: readonly T[]) => T
}

/** The stream of one part of a run. */
export function randomOf(seed: number, part: string): Random {
  const next = seededRandom(seedOf(seed, part))
  const whole = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    chance: (probability) => next() < probability,
    whole,
    pick: (from) => from[whole(0, from.length - 1)] as (typeof from)[number],
  }
}

/** Numbers in [0, 1) from a seed. The generator is mulberry32 (public domain, Tommy Ettinger): 32 bits of state. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
