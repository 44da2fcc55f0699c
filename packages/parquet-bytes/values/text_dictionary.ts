// The distinct texts of a column, each with a number: what comes again and again is written once, and then as a few
// bits. Texts that are all different, and long ones, are better written as they are.

import { type ColumnValues, INLINE_BYTES_MAX, VALUE_WORDS } from '#parquet-bytes/column_values'

/** Texts in a dictionary. */
const TEXTS_MAX = 4_096
const PLACES = TEXTS_MAX * 2
const EMPTY = -1
const WORDS = VALUE_WORDS.text

/** What a column chunk's values are by number. */
export interface Dictionary {
  /** The row that first has each text, by its number. */
  readonly firstRows: readonly number[]
  /** The number of each value, in the order of the rows. */
  readonly numbers: Uint16Array
}

/** For one dictionary at a time. */
const placesScratch = new Int16Array(PLACES)
let numbersScratch = new Uint16Array(0)

/**
 * The dictionary of the values in these rows; null when there are too many texts, or long ones. It is
 * good until the next one is made.
 */
export function dictionaryOf({ words }: ColumnValues, rows: Int32Array): Dictionary | null {
  const places = placesScratch.fill(EMPTY)
  if (rows.length > numbersScratch.length) numbersScratch = new Uint16Array(rows.length)
  const numbers = numbersScratch
  const firstRows: number[] = []
  for (let i = 0; i < rows.length; i++) {
    const at = (rows[i] as number) * WORDS
    if ((words[at] as number) > INLINE_BYTES_MAX) return null
    let place = hashAt(words, at)
    let number = places[place] as number
    while (number !== EMPTY && !isSame(words, at, (firstRows[number] as number) * WORDS)) {
      place = (place + 1) % PLACES
      number = places[place] as number
    }
    if (number === EMPTY) {
      if (firstRows.length === TEXTS_MAX) return null
      number = firstRows.push(rows[i] as number) - 1
      places[place] = number
    }
    numbers[i] = number
  }
  return { firstRows, numbers }
}

function isSame(words: Int32Array, at: number, other: number): boolean {
  return (
    words[at] === words[other] &&
    words[at + 1] === words[other + 1] &&
    words[at + 2] === words[other + 2] &&
    words[at + 3] === words[other + 3]
  )
}

/** The finaliser of MurmurHash3 (fmix32) over the words of a value. */
function hashAt(words: Int32Array, at: number): number {
  let hash = (words[at] as number) ^ (words[at + 1] as number)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) ^ (words[at + 2] as number)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) ^ (words[at + 3] as number)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) & (PLACES - 1)
}
