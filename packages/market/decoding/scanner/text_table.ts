// Texts that come again and again, each kept once: its bytes, its string, and a number from 0 that never changes.
// A hash table with linear probing, at most half full. Its hash ends in a finaliser: tickers are so much alike that
// without one they cluster (a sum to base 31 made the table 20 times slower).

import { asciiText } from '#market/decoding/scanner/ascii_text'

/** Stands for a text that has no number. */
export const NO_NUMBER = -1

/** A longer text is not kept. */
const TEXT_BYTES_MAX = 32

const FIRST_PLACES = 1_024

/** ASCII texts by number. The table grows up to its limit, then takes no new ones; none is ever forgotten. */
export class TextTable {
  readonly #textsMax: number
  readonly #texts: string[] = []
  /** Each text's bytes, at its number times TEXT_BYTES_MAX. */
  #bytes = new Uint8Array((FIRST_PLACES / 2) * TEXT_BYTES_MAX)
  #lengths = new Uint8Array(FIRST_PLACES / 2)
  /** Numbers by hash; as many again are empty. Its length is a power of two. */
  #places = new Int32Array(FIRST_PLACES).fill(NO_NUMBER)

  constructor(textsMax: number) {
    this.#textsMax = textsMax
  }

  /** The text that has a number. */
  text(number: number): string {
    return this.#texts[number] as string
  }

  /** The number of the text at [start, stop), or NO_NUMBER. */
  find(bytes: Uint8Array, start: number, stop: number): number {
    const places = this.#places
    const mask = places.length - 1
    let place = hashOf(bytes, start, stop) & mask
    let number = places[place] as number
    while (number !== NO_NUMBER && !this.#is(number, bytes, start, stop)) {
      place = (place + 1) & mask
      number = places[place] as number
    }
    return number
  }

  /** Gives a number to a text that has none. NO_NUMBER: it is too long, or the table is full. */
  add(bytes: Uint8Array, start: number, stop: number): number {
    const number = this.#texts.length
    if (stop - start > TEXT_BYTES_MAX || number === this.#textsMax) return NO_NUMBER
    if (number * 2 === this.#places.length) this.#grow()
    this.#texts.push(asciiText(bytes, start, stop))
    this.#bytes.set(bytes.subarray(start, stop), number * TEXT_BYTES_MAX)
    this.#lengths[number] = stop - start
    this.#place(number)
    return number
  }

  #is(number: number, bytes: Uint8Array, start: number, stop: number): boolean {
    if (this.#lengths[number] !== stop - start) return false
    const own = this.#bytes
    let at = number * TEXT_BYTES_MAX
    for (let i = start; i < stop; i++) if (own[at++] !== bytes[i]) return false
    return true
  }

  #grow(): void {
    this.#bytes = twiceAsLong(this.#bytes)
    this.#lengths = twiceAsLong(this.#lengths)
    this.#places = new Int32Array(this.#places.length * 2).fill(NO_NUMBER)
    for (let number = 0; number < this.#texts.length; number++) this.#place(number)
  }

  #place(number: number): void {
    const start = number * TEXT_BYTES_MAX
    const mask = this.#places.length - 1
    let place = hashOf(this.#bytes, start, start + (this.#lengths[number] as number)) & mask
    while (this.#places[place] !== NO_NUMBER) place = (place + 1) & mask
    this.#places[place] = number
  }
}

function twiceAsLong(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(bytes.length * 2)
  longer.set(bytes)
  return longer
}

/** FNV-1a, and the finaliser of MurmurHash3 (fmix32). */
function hashOf(bytes: Uint8Array, start: number, stop: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < stop; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
