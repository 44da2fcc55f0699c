// The names of members. A producer writes its fields in the same order again and again, so the field that followed the
// one before, the last time, is tried first: that is two or four comparisons of four bytes each, where a name that
// nobody expects is read, looked up and compared.

import { FIELDS, fieldOf, UNKNOWN } from '#market/decoding/scanner/field_table'
import { FAILED, type JsonReader } from '#market/decoding/scanner/json_reader'

/** In place of the field that came before: there is none yet. */
const AT_START = FIELDS.length + 1

/** Which field a member is, and which is likely to be next. */
export class FieldOrder {
  /** The field whose name was read last, UNKNOWN, or AT_START. */
  field = AT_START
  readonly #json: JsonReader
  /** By each field, UNKNOWN and AT_START, the field that followed last. At first a guess, as good as any. */
  readonly #following = new Uint8Array(FIELDS.length + 2)

  constructor(json: JsonReader) {
    this.#json = json
  }

  /** A value begins. */
  begin(): void {
    this.field = AT_START
  }

  /** Reads the name of the next member, up to its value. */
  readName(at: number): number {
    const expected = this.#following[this.field] as number
    const end = at + (LENGTHS[expected] as number)
    if (end > this.#json.last || !this.#isStart(expected, at, end)) return this.#readUnexpected(at)
    this.field = expected
    return this.#json.skipBlanks(end)
  }

  /** Whether the start of a field's members stands at [at, end), which is as long. */
  #isStart(field: number, at: number, end: number): boolean {
    const { words } = this.#json
    const first = field * START_WORDS
    return (
      words.getInt32(at, true) === WORDS[first] &&
      words.getInt32(end - 4, true) === WORDS[first + 1] &&
      (end - at <= 8 ||
        (words.getInt32(at + 4, true) === WORDS[first + 2] && words.getInt32(end - 8, true) === WORDS[first + 3]))
    )
  }

  #readUnexpected(at: number): number {
    const nameEnd = this.#json.readString(at)
    if (nameEnd < 0) return FAILED
    const field = fieldOf(this.#json.bytes, at + 1, nameEnd - 1)
    if (field !== UNKNOWN) this.#following[this.field] = field
    this.field = field
    return this.#json.skipColon(nameEnd)
  }
}

/** What a member begins with when no blank stands before its colon. */
const STARTS = FIELDS.map((name) => Buffer.from(`"${name}":`))
const LENGTHS = Uint8Array.from(STARTS, ({ length }) => length)

/** Bytes of a start that are compared: four words, from both ends. One that is longer would have some in the middle. */
const START_BYTES_MAX = 16
for (const start of STARTS) {
  if (start.length > START_BYTES_MAX) throw new Error(`${start} is longer than what is compared of it`)
}

/** Of each start its first and last four bytes, then those beside them if it is longer than eight. */
const START_WORDS = 4
const WORDS = Int32Array.from(
  STARTS.flatMap((start) => {
    const { length } = start
    return [0, length - 4, Math.min(4, length - 4), Math.max(0, length - 8)].map((at) => start.readInt32LE(at))
  }),
)
