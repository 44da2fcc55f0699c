// Random numbers that come out the same for the same seed, on every machine; good enough for a market that only has to
// look alive.

/** The number in [0, 1) at an index, without the numbers before it; the index is whole, of any sign. */
export function numberAt(seed: number, index: number): number {
  const high = Math.floor(index / TWO_TO_32) | 0
  let mixed = Math.imul(seed ^ Math.imul(index | 0, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / TWO_TO_32
}

/** A seed of its own for each text, so that adding a symbol does not change the others. FNV-1a. */
export function seedOf(seed: number, text: string): number {
  let hash = (2_166_136_261 ^ seed) >>> 0
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619) >>> 0
  return hash
}

const TWO_TO_32 = 4_294_967_296
