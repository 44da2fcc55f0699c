// Random numbers that come out the same for the same seed, on every machine. The generator is mulberry32 (public
// domain, Tommy Ettinger): 32 bits of state, good enough for a market that only has to look alive.

/** Numbers in [0, 1) from a seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** About normal, mean 0, deviation 1, never beyond 3.5: the sum of four uniform numbers, scaled. */
export function aboutNormal(random: () => number): number {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3)
}

/** A seed of its own for each text, so that adding a symbol does not change the others. FNV-1a. */
export function seedOf(seed: number, text: string): number {
  let hash = (2_166_136_261 ^ seed) >>> 0
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619) >>> 0
  return hash
}
