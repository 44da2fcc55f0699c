// The ids of the quotes in a partition's retained windows: their bytes stand one after the other in one block of memory
// and are found by a hash table, without an object or a string for each. An id of 12 bytes takes about 50. It belongs
// to one symbol. The ids of one window are a chain from the last to the first, so a window is forgotten in one go.
// Invariant: every entry is in the table once, and in one chain. Room that is freed serves ids of the same length.

import { ID_CHARS_MAX, SYMBOLS_MAX } from '#services/stream/limits'
import type { IdPlace } from '#services/stream/windows/id_text'

/** In place of an entry: there is none. */
export const NO_ENTRY = 0

/** An entry is the entry before it in its chain, its owner, and the bytes. Positions count words of four bytes. */
const OWNER = 1
const HEADER_WORDS = 2
const HEADER_BYTES = 8

/** An owner is a symbol's slot and the id's length in one number: equal, they are both equal. */
const LENGTH_BITS = 10
const LENGTH_MASK = (1 << LENGTH_BITS) - 1

/** A longer id has no place. In UTF-8, a character takes three bytes at most. */
export const ID_BYTES_MAX = 3 * ID_CHARS_MAX

/** Lengths of entries, in words. */
const ENTRY_WORDS_MAX = wordsFor(ID_BYTES_MAX)

if (ID_BYTES_MAX > LENGTH_MASK) throw new RangeError(`an id of ${ID_BYTES_MAX} bytes has too long a length`)
if (SYMBOLS_MAX * (LENGTH_MASK + 1) > 2 ** 31) throw new RangeError(`${SYMBOLS_MAX} symbols have too long a slot`)

const FIRST_WORDS = 256
const FIRST_PLACES = 64

/** A set of ids by symbol. The symbols are known by their slots. */
export class IdSet {
  /** Ids of all symbols. */
  size = 0
  /** Entries, and the same memory as bytes. The first word is not used, so that no entry is NO_ENTRY. */
  #words = new Int32Array(FIRST_WORDS)
  #bytes = new Uint8Array(this.#words.buffer)
  #end = 1
  /** By their length, entries that are free: a chain of each. */
  readonly #free = new Int32Array(ENTRY_WORDS_MAX + 1)
  /** An open table with linear probing, a third to two thirds full: each place is a hash and its entry. */
  #places = new Int32Array(FIRST_PLACES * 2)

  /** Whether the symbol in `slot` has the id. */
  has(slot: number, { idBytes, idStart, idStop }: IdPlace): boolean {
    const length = idStop - idStart
    if (length > ID_BYTES_MAX) return false
    const owner = (slot << LENGTH_BITS) | length
    const hash = hashOf(owner, idBytes, idStart)
    const places = this.#places
    let place = placeOf(hash, places)
    for (;;) {
      const entry = places[place + 1] as number
      if (entry === NO_ENTRY) return false
      if (places[place] === hash && this.#is(entry, owner, idBytes, idStart)) return true
      place = nextPlace(place, places)
    }
  }

  /**
   * Adds an id that the symbol does not have, of at most ID_BYTES_MAX bytes, to the chain that ends with `previous`,
   * or NO_ENTRY. Returns the chain's new end.
   */
  add(slot: number, { idBytes, idStart, idStop }: IdPlace, previous: number): number {
    const length = idStop - idStart
    if (length > ID_BYTES_MAX) throw new RangeError(`an id of ${length} bytes is too long`)
    const entry = this.#allocate(wordsFor(length))
    const owner = (slot << LENGTH_BITS) | length
    this.#words[entry] = previous
    this.#words[entry + OWNER] = owner
    let to = bytesOf(entry)
    for (let at = idStart; at < idStop; at++) this.#bytes[to++] = idBytes[at] as number
    if (++this.size * 3 > this.#places.length) this.#growPlaces()
    putEntry(this.#places, hashOf(owner, idBytes, idStart), entry)
    return entry
  }

  /** Removes all ids of the chain that ends with `last`, and returns how many they are. */
  forget(last: number): number {
    const before = this.size
    for (let entry = last; entry !== NO_ENTRY; ) {
      const previous = this.#words[entry] as number
      this.#takeOut(entry)
      const words = wordsFor(this.#lengthOf(entry))
      this.#words[entry] = this.#free[words] as number
      this.#free[words] = entry
      this.size--
      entry = previous
    }
    return before - this.size
  }

  /** Hands on the ids of the chain that ends with `last`, the first one first. */
  each(last: number, take: (bytes: Uint8Array, start: number, stop: number) => void): void {
    const entries: number[] = []
    for (let entry = last; entry !== NO_ENTRY; entry = this.#words[entry] as number) entries.push(entry)
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i] as number
      const start = bytesOf(entry)
      take(this.#bytes, start, start + this.#lengthOf(entry))
    }
  }

  /** What entries and table take, free room included. */
  get memoryBytes(): number {
    return this.#bytes.length + this.#places.byteLength
  }

  #lengthOf(entry: number): number {
    return (this.#words[entry + OWNER] as number) & LENGTH_MASK
  }

  #is(entry: number, owner: number, bytes: Uint8Array, start: number): boolean {
    if (this.#words[entry + OWNER] !== owner) return false
    const own = this.#bytes
    const shift = bytesOf(entry) - start
    const stop = start + (owner & LENGTH_MASK)
    for (let at = start; at < stop; at++) if (own[at + shift] !== bytes[at]) return false
    return true
  }

  #allocate(words: number): number {
    const free = this.#free[words] as number
    if (free !== NO_ENTRY) {
      this.#free[words] = this.#words[free] as number
      return free
    }
    if (this.#end + words > this.#words.length) this.#growWords()
    const entry = this.#end
    this.#end += words
    return entry
  }

  #growWords(): void {
    const longer = new Int32Array(this.#words.length * 2)
    longer.set(this.#words)
    this.#words = longer
    this.#bytes = new Uint8Array(longer.buffer)
  }

  #growPlaces(): void {
    const old = this.#places
    this.#places = new Int32Array(old.length * 2)
    for (let place = 0; place < old.length; place += 2) {
      const entry = old[place + 1] as number
      if (entry !== NO_ENTRY) putEntry(this.#places, old[place] as number, entry)
    }
  }

  /**
   * Takes an entry out of the table, and moves those behind it up that would not be found across the gap (Knuth, "The
   * Art of Computer Programming", 6.4, Algorithm R).
   */
  #takeOut(entry: number): void {
    const places = this.#places
    const mask = places.length - 1
    let gap = placeOf(hashOf(this.#words[entry + OWNER] as number, this.#bytes, bytesOf(entry)), places)
    while (places[gap + 1] !== entry) gap = nextPlace(gap, places)
    let place = nextPlace(gap, places)
    while (places[place + 1] !== NO_ENTRY) {
      const home = placeOf(places[place] as number, places)
      if (((place - home) & mask) >= ((place - gap) & mask)) {
        places[gap] = places[place] as number
        places[gap + 1] = places[place + 1] as number
        gap = place
      }
      place = nextPlace(place, places)
    }
    places[gap + 1] = NO_ENTRY
  }
}

function wordsFor(length: number): number {
  return HEADER_WORDS + ((length + 3) >> 2)
}

function bytesOf(entry: number): number {
  return entry * 4 + HEADER_BYTES
}

/** Where a hash belongs. The table's length is a power of two. */
function placeOf(hash: number, places: Int32Array): number {
  return (hash << 1) & (places.length - 1)
}

function nextPlace(place: number, places: Int32Array): number {
  return (place + 2) & (places.length - 1)
}

function putEntry(places: Int32Array, hash: number, entry: number): void {
  let place = placeOf(hash, places)
  while (places[place + 1] !== NO_ENTRY) place = nextPlace(place, places)
  places[place] = hash
  places[place + 1] = entry
}

/** Of an owner and its id, four bytes at a time. Ids that count up must not cluster: every step mixes. */
export function hashOf(owner: number, bytes: Uint8Array, start: number): number {
  const stop = start + (owner & LENGTH_MASK)
  let hash = Math.imul(owner, 0x9e3779b1)
  let at = start
  for (; at + 4 <= stop; at += 4) hash = mixed(hash, wordAt(bytes, at))
  for (; at < stop; at++) hash = mixed(hash, bytes[at] as number)
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x85ebca6b)
  return product ^ (product >>> 13)
}

function wordAt(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
}
