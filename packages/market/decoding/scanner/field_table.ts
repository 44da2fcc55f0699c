// Which field a name means. A name's length and second letter tell the fields apart; the bytes are compared besides.

import { OPTIONAL_FIELDS } from '#market/quote'

/** The fields of a quote. Their numbers are their places here. */
export const FIELDS = ['symbol', 'price', 'timestamp', ...OPTIONAL_FIELDS] as const

/** The name of a field that is ours. */
export type FieldName = (typeof FIELDS)[number]

/** The number of each field. Hot code takes it into a constant of its own file: reading it here at each use is slow. */
export const FIELD = Object.fromEntries(FIELDS.map((name, number) => [name, number])) as Record<FieldName, number>

/** In place of a field's number: the name is not ours. */
export const UNKNOWN = FIELDS.length

const LENGTH_MAX = 15
/** Of a letter's byte: what tells it from the other letters. */
const LETTER_BITS = 5
const LETTER_MASK = 31

const NAMES = FIELDS.map((name) => Buffer.from(name))
const NUMBERS = new Uint8Array((LENGTH_MAX + 1) << LETTER_BITS).fill(UNKNOWN)
for (const [number, name] of NAMES.entries()) {
  const place = placeOf(name.length, name[1] as number)
  if (name.length > LENGTH_MAX || NUMBERS[place] !== UNKNOWN) throw new Error(`${name} has no place of its own`)
  NUMBERS[place] = number
}

function placeOf(length: number, secondLetter: number): number {
  return (length << LETTER_BITS) | (secondLetter & LETTER_MASK)
}

/** The number of the field whose name stands at [start, stop), or UNKNOWN. */
export function fieldOf(bytes: Uint8Array, start: number, stop: number): number {
  const length = stop - start
  if (length > LENGTH_MAX) return UNKNOWN
  const number = NUMBERS[placeOf(length, bytes[start + 1] as number)] as number
  if (number === UNKNOWN) return UNKNOWN
  const name = NAMES[number] as Uint8Array
  for (let i = 0; i < length; i++) if (bytes[start + i] !== name[i]) return UNKNOWN
  return number
}
