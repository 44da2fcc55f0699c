// The decoder that everything uses: it scans, and hands what the scan does not take to the definition in decoder.ts.
// The answers are those of the definition, in a quarter of the time.

import {
  createJsonDecoder,
  type Decoded,
  type DecoderSettings,
  type EncodedQuote,
  type InPlaceDecoder,
  type QuoteDecoder,
  type Rejected,
  type ValueColumns,
} from '#market/decoding/decoder'
import { TIMESTAMP_MIN_MS } from '#market/decoding/fields'
import { SlotsView } from '#market/decoding/quote_view'
import { FIELD } from '#market/decoding/scanner/field_table'
import { createScanner, type QuoteScanner } from '#market/decoding/scanner/scanner'
import type { EpochMs } from '#runtime/units'

/** A constant of this file, which is compiled in. */
const { timestamp: TIMESTAMP } = FIELD

/** Makes the decoder of JSON values. Throws a RangeError when nobody knows the time zone. */
export function createDecoder(settings: DecoderSettings): InPlaceDecoder {
  return new ScanningDecoder(createScanner(settings), createJsonDecoder(settings))
}

/** Scans by one, decodes by the other what was not scanned. Both have the same settings. */
export class ScanningDecoder implements InPlaceDecoder {
  readonly settings: DecoderSettings
  readonly view: SlotsView
  readonly #scanner: QuoteScanner
  readonly #definition: QuoteDecoder
  readonly #futureToleranceMs: number

  constructor(scanner: QuoteScanner, definition: QuoteDecoder) {
    this.settings = definition.settings
    this.#futureToleranceMs = definition.settings.futureToleranceMs
    this.#scanner = scanner
    this.#definition = definition
    this.view = new SlotsView(scanner.slots, scanner.symbols)
  }

  decode(record: EncodedQuote): Decoded | Rejected {
    const { value } = record
    if (value === null || !this.#scanner.scan(value, 0, value.length) || !this.#isTimely(record.timestamp)) {
      return this.#definition.decode(record)
    }
    this.view.showSlots(value)
    return { kind: 'quote', quote: this.view.toQuote() }
  }

  read(columns: ValueColumns, row: number): Rejected | null {
    const start = columns.valueStarts[row] as number
    const ingestTime = columns.timestamps[row] as EpochMs
    if (start < 0 || !this.#scanner.scan(columns.bytes, start, columns.valueEnds[row] as number)) {
      return this.#readByDefinition(columns, row)
    }
    if (!this.#isTimely(ingestTime)) return this.#readByDefinition(columns, row)
    this.view.showSlots(columns.bytes)
    return null
  }

  #readByDefinition({ bytes, timestamps, valueStarts, valueEnds }: ValueColumns, row: number): Rejected | null {
    const start = valueStarts[row] as number
    const value = start < 0 ? null : bytes.subarray(start, valueEnds[row])
    const decoded = this.#definition.decode({ value, timestamp: timestamps[row] as EpochMs })
    if (decoded.kind === 'rejected') return decoded
    this.view.showDecoded(decoded.quote)
    return null
  }

  #isTimely(ingestTime: number): boolean {
    const timestamp = this.#scanner.slots.numbers[TIMESTAMP] as number
    return timestamp >= TIMESTAMP_MIN_MS && timestamp <= ingestTime + this.#futureToleranceMs
  }
}
