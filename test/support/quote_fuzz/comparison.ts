// Two decoders on the same values: whatever one says, the other must say, to the last bit.

import type { Decoded, DecoderSettings, InPlaceDecoder, QuoteDecoder, Rejected } from '#market/decoding/decoder'
import { DEFAULT_DECODER_SETTINGS } from '#market/decoding/decoder'
import { type QuoteView, quoteField } from '#market/decoding/quote_view'
import { OPTIONAL_FIELDS, type Quote } from '#market/quote'
import { epochMs } from '#runtime/units'
import { randomOf } from '../simulation/world/random.ts'
import { INGEST_TIME } from './times.ts'
import { fuzzValue } from './values.ts'

/** Settings that values are decoded with: the default more often than each of the others. */
export const FUZZ_SETTINGS: readonly DecoderSettings[] = [
  {},
  {},
  {},
  { timestampZone: 'America/New_York' },
  { timestampZone: 'UTC', priceText: 'accept' },
  { timestampUnit: 's' },
  { timestampUnit: 'us', futureToleranceMs: 0 },
  { timestampUnit: 'ns', priceText: 'accept' },
  { futureToleranceMs: Number.POSITIVE_INFINITY },
].map((settings) => ({ ...DEFAULT_DECODER_SETTINGS, ...settings }) as DecoderSettings)

/** Two decoders with the same settings. */
export interface DecoderPair {
  readonly expected: QuoteDecoder
  readonly actual: InPlaceDecoder
}

/** A value that the two do not agree on. */
export interface Difference {
  readonly value: string
  readonly settings: DecoderSettings
  readonly expected: Decoded | Rejected
  /** An error, if one was thrown. */
  readonly actual: unknown
}

/** Decodes so many values of a seed by pairs for FUZZ_SETTINGS, and finds the first that makes a difference. */
export function firstDifference(pairs: readonly DecoderPair[], seed: number, count: number): Difference | null {
  const random = randomOf(seed, 'values')
  const timestamp = epochMs(INGEST_TIME)
  for (let i = 0; i < count; i++) {
    const value = fuzzValue(random)
    const pair = random.pick(pairs)
    const expected = pair.expected.decode({ value, timestamp })
    const actual = outcomeOf(() => pair.actual.decode({ value, timestamp }))
    const inPlace = outcomeOf(() => readInPlace(pair.actual, value))
    if (same(expected, actual) && same(expected, inPlace)) continue
    const facts = { value: Buffer.from(value).toString('latin1'), settings: pair.expected.settings, expected }
    return { ...facts, actual: same(expected, actual) ? inPlace : actual }
  }
  return null
}

/** What would make a wrong end of a value show: digits, a brace and blanks stand beside it. */
const BESIDE = Buffer.from('7} ')

/** Reads the value where it stands among others. */
export function readInPlace(decoder: InPlaceDecoder, value: Uint8Array): Decoded | Rejected {
  const bytes = Buffer.concat([BESIDE, value, BESIDE])
  const [valueStarts, valueEnds] = [Int32Array.of(BESIDE.length), Int32Array.of(BESIDE.length + value.length)]
  const rejected = decoder.read({ bytes, timestamps: Float64Array.of(INGEST_TIME), valueStarts, valueEnds }, 0)
  if (rejected !== null) return rejected
  const { view } = decoder
  const quote = view.toQuote()
  const id = view.hasId ? Buffer.from(view.idBytes.subarray(view.idStart, view.idStop)).toString() : null
  if (id !== quote.id) throw new Error(`the bytes of the id are ${id}`)
  for (const name of ['symbol', 'price', 'timestamp', ...OPTIONAL_FIELDS] as const) {
    const [field, shown] = [fieldInSlots(view, name), quote[name]]
    const wanted = typeof shown === 'string' ? shown.toWellFormed() : shown
    if (!Object.is(field, wanted)) throw new Error(`${name} is ${field} in the slots and ${wanted} in the view`)
  }
  return { kind: 'quote', quote }
}

function fieldInSlots({ slots, bytes }: QuoteView, name: Exclude<keyof Quote, 'extra'>): string | number | null {
  const field = quoteField(name)
  if ((slots.present & (1 << field)) === 0) return null
  if (!TEXTS.includes(name)) return slots.numbers[field] as number
  return Buffer.from(bytes.subarray(slots.starts[field], slots.stops[field])).toString()
}

const TEXTS: readonly string[] = ['symbol', 'id', 'currency', 'exchange', 'marketState', 'source']

function outcomeOf(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (error) {
    return error
  }
}

/** Whether two values are the same to the last bit: -0 is not 0, and members have an order. */
export function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
  const names = Object.keys(one)
  const otherNames = Object.keys(other)
  return (
    names.length === otherNames.length &&
    names.every((name, i) => name === otherNames[i] && same(memberOf(one, name), memberOf(other, name)))
  )
}

function memberOf(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value
}

/** The first place where two lists are not the same; null when they are the same in all. */
export function firstUnequal(expected: readonly unknown[], actual: readonly unknown[]): object | null {
  for (let at = 0; at < Math.max(expected.length, actual.length); at++) {
    if (!same(expected[at], actual[at])) return { at, expected: expected[at], actual: actual[at] }
  }
  return null
}
