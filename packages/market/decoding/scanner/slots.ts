// What a scan has found: one set of slots, filled anew for each value, so that a quote costs no allocation. Numbers
// stand by value, texts by where their bytes are.

import { FIELDS } from '#market/decoding/scanner/field_table'

/** Fields that are not ours, at most; a value with more is not scanned. */
export const UNKNOWN_FIELDS_MAX = 64

/** The fields of the value that was scanned last, by the numbers of FIELD. */
export class QuoteSlots {
  /** Has the bit `1 << field` for each field that is there. A field that is null is not, nor is an empty id. */
  present = 0
  /** The symbol's number in the scanner's table. */
  symbol = 0
  /** Values of the number fields. `timestamp` is in whole milliseconds since the epoch, however it was written. */
  readonly numbers = new Float64Array(FIELDS.length)
  /** Where the characters of the text fields stand in the bytes. Those of an id may be the digits of an integer. */
  readonly starts = new Int32Array(FIELDS.length)
  readonly stops = new Int32Array(FIELDS.length)
  /** How many fields are not ours, and where these members stand, name and value. A name may come twice. */
  unknownFields = 0
  readonly unknownStarts = new Int32Array(UNKNOWN_FIELDS_MAX)
  readonly unknownStops = new Int32Array(UNKNOWN_FIELDS_MAX)

  /** The bits of the fields that were met, null or not. */
  #met = 0

  clear(): void {
    this.present = 0
    this.#met = 0
    this.unknownFields = 0
  }

  has(field: number): boolean {
    return (this.present & (1 << field)) !== 0
  }

  /** Notes that a field comes now. False: it came before. */
  meet(field: number): boolean {
    const bit = 1 << field
    if ((this.#met & bit) !== 0) return false
    this.#met |= bit
    return true
  }

  /** Puts a number in. */
  setNumber(field: number, value: number): void {
    this.present |= 1 << field
    this.numbers[field] = value
  }

  /** Puts in a text that stands at [start, stop). */
  setText(field: number, start: number, stop: number): void {
    this.present |= 1 << field
    this.starts[field] = start
    this.stops[field] = stop
  }

  /** Puts in a member that is not ours. False: there are too many. */
  addUnknown(start: number, stop: number): boolean {
    if (this.unknownFields === UNKNOWN_FIELDS_MAX) return false
    this.unknownStarts[this.unknownFields] = start
    this.unknownStops[this.unknownFields++] = stop
    return true
  }
}
