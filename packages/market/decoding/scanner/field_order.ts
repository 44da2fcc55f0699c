// The names of members. A producer writes its fields in the same order again and again, so the field that followed the
// one before, the last time, is tried first: that is one comparison, where a name that nobody expects is read, looked
// up and compared.

import { FIELDS, fieldOf, UNKNOWN } from '#market/decoding/scanner/field_table'
import { FAILED, type JsonReader } from '#market/decoding/scanner/json_reader'

/** Places in `#following` besides the fields. */
const AFTER_UNKNOWN = FIELDS.length
const AT_START = FIELDS.length + 1

/** Which field a member is, and which is likely to be next. */
export class FieldOrder {
  /** The field whose name was read last, or UNKNOWN. */
  field = UNKNOWN
  readonly #json: JsonReader
  #place = AT_START
  /** By each field, the one that followed it last. At first a guess, as good as any. */
  readonly #following = new Uint8Array(FIELDS.length + 2)

  constructor(json: JsonReader) {
    this.#json = json
  }

  /** A value begins. */
  begin(): void {
    this.#place = AT_START
  }

  /** Reads the name of the next member, up to its value. */
  readName(at: number): number {
    const field = this.#following[this.#place] as number
    const { bytes } = this.#json
    const end = at + (LENGTHS[field] as number)
    const expected = field * START_BYTES - at
    let next = at
    while (next < end && bytes[next] === STARTS[expected + next]) next++
    if (next < end) return this.#readUnexpected(at)
    this.field = field
    this.#place = field
    return this.#json.skipBlanks(end)
  }

  #readUnexpected(at: number): number {
    const nameEnd = this.#json.readString(at)
    if (nameEnd < 0) return FAILED
    this.field = fieldOf(this.#json.bytes, at + 1, nameEnd - 1)
    const isKnown = this.field >= 0
    if (isKnown) this.#following[this.#place] = this.field
    this.#place = isKnown ? this.field : AFTER_UNKNOWN
    return this.#json.skipColon(nameEnd)
  }
}

/** What a member begins with when no blank stands before its colon. */
const START_TEXTS = FIELDS.map((name) => `"${name}":`)
const LENGTHS = Uint8Array.from(START_TEXTS, (text) => text.length)

/** Their bytes, one after the other in places of the same size. */
const START_BYTES = 16
const STARTS = Uint8Array.from(Buffer.from(START_TEXTS.map((text) => text.padEnd(START_BYTES)).join('')))
