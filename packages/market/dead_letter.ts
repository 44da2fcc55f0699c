// A dead letter: a record that could not be decoded or validated, whole, with where it stood and why it was refused.

import type { RecordPlace } from '#market/headers'
import type { EpochMs, Offset } from '#runtime/units'

/** Why the decoder refuses a value. A closed list; every one is reached by a test. */
export const REJECT_REASONS = [
  'too_large',
  'not_utf8',
  'not_json',
  'not_an_object',
  'missing_field',
  'wrong_type',
  'invalid_symbol',
  'invalid_price',
  'invalid_number',
  'timestamp_unit',
  'timestamp_in_future',
  'timestamp_too_old',
] as const

export type RejectReason = (typeof REJECT_REASONS)[number]

/** The decoder's reasons, and the one that only the stream finds: a re-keyed copy whose key is wrong again. */
export type DeadLetterReason = RejectReason | 'wrong_key'

/** All of them. */
export const DEAD_LETTER_REASONS: readonly DeadLetterReason[] = [...REJECT_REASONS, 'wrong_key']

/** A refused record and its provenance. Bytes are base64 in JSON. */
export interface DeadLetter {
  readonly reason: DeadLetterReason
  /** Names the field and the offending value, cut short. */
  readonly detail: string
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  /** When the log took the record in. */
  readonly ingestTime: EpochMs
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, Uint8Array>> | null
  /** 1 for the first time; a redrive counts on. */
  readonly attempt: number
  readonly processingTime: EpochMs
}

/** The value of a stock-dead-letters record. */
export function encodeDeadLetter(letter: DeadLetter): string {
  const headers = letter.headers === null ? null : Object.entries(letter.headers).map(([k, v]) => [k, base64(v)])
  return JSON.stringify({ ...letter, key: base64(letter.key), value: base64(letter.value), headers })
}

/** The letter in a record's value, its bytes as they were; null when no version of us wrote it. */
export function decodeDeadLetter(value: Uint8Array | null): DeadLetter | null {
  try {
    const fields = membersOf(value)
    const { reason, detail, topic } = fields
    const numbers = NUMBERS.map((name) => fields[name])
    if (!DEAD_LETTER_REASONS.includes(reason as DeadLetterReason) || !numbers.every(isCount)) return null
    if (typeof detail !== 'string' || typeof topic !== 'string') return null
    const headers = fields.headers === null ? null : headersOf(fields.headers)
    return { ...(fields as unknown as DeadLetter), key: bytesOf(fields.key), value: bytesOf(fields.value), headers }
  } catch {
    return null
  }
}

/** Where a refused record stood: the topic, and its place there. */
export interface RefusedPlace extends RecordPlace {
  readonly topic: string
}

/**
 * Where the refused record stood, by the value of its letter. Asks for less than `decodeDeadLetter`: a letter with a
 * reason of another version of us has a place too. Null when the value names none.
 */
export function refusedPlace(value: Uint8Array | null): RefusedPlace | null {
  try {
    const { topic, partition, offset } = membersOf(value)
    if (typeof topic !== 'string' || !isCount(partition) || !isCount(offset)) return null
    return { topic, partition, offset: offset as Offset }
  } catch {
    return null
  }
}

/** The members of a letter's JSON. Throws when it is none. */
function membersOf(value: Uint8Array | null): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(value ?? undefined)) as Record<string, unknown>
}

const NUMBERS = ['partition', 'offset', 'ingestTime', 'attempt', 'processingTime'] as const

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function headersOf(pairs: unknown): Record<string, Uint8Array> {
  if (!Array.isArray(pairs)) throw new TypeError('headers are a list')
  const headers: Record<string, Uint8Array> = Object.create(null)
  for (const [name, text] of pairs as readonly [unknown, unknown][]) {
    const bytes = bytesOf(text)
    if (typeof name !== 'string' || bytes === null) throw new TypeError('a header is a name and bytes')
    headers[name] = bytes
  }
  return headers
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** The bytes that a letter has as base64 text; undefined when it is no such text. */
export function letterBytes(text: unknown): Uint8Array | undefined {
  return typeof text === 'string' && BASE64.test(text) ? Buffer.from(text, 'base64') : undefined
}

function bytesOf(text: unknown): Uint8Array | null {
  if (text === null) return null
  const bytes = letterBytes(text)
  if (bytes === undefined) throw new TypeError('bytes are base64 text')
  return bytes
}

function base64(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
