// The columns of a quote's fields, filled from where the decoder has found them in the bytes: no object, no string, no
// boxed number and no call of a column's `take`. A field that a quote does not have costs one look at a bit.

import type { Column, TableSpec } from '#lake/tables'
import { type QuoteView, quoteField } from '#market/decoding/quote_view'
import type { Quote } from '#market/quote'
import { type ColumnBuffer, DoubleBuffer, LongBuffer } from '#services/writer/staging/column_buffer'
import { TextBuffer } from '#services/writer/staging/text_buffer'

/** Whether a column is filled from the bytes. What is no plain field of the quote is taken as in any other table. */
export function isFilledInPlace(spec: TableSpec, { member }: Column): boolean {
  return spec.isReadInPlace === true && member?.of === 'quote' && member.isJson !== true
}

/** A column and the field that fills it. */
interface Filled<Buffer extends ColumnBuffer> {
  readonly field: number
  readonly buffer: Buffer
}

/** Fills columns by kind, so that each loop meets one kind of buffer. */
export class QuoteFiller {
  readonly #times: Filled<LongBuffer>[] = []
  readonly #numbers: Filled<DoubleBuffer>[] = []
  readonly #texts: Filled<TextBuffer>[] = []

  /** Takes in a column that `isFilledInPlace`. */
  add(column: Column, buffer: ColumnBuffer): void {
    const field = quoteField(column.member?.name as Exclude<keyof Quote, 'extra'>)
    if (buffer instanceof LongBuffer) this.#times.push({ field, buffer })
    else if (buffer instanceof DoubleBuffer) this.#numbers.push({ field, buffer })
    else if (buffer instanceof TextBuffer) this.#texts.push({ field, buffer })
    else throw new Error(`the column ${column.name} is none of a quote's times, numbers and texts`)
  }

  /** Sets a row's fields; false, and none is set, when a time does not fit its column. */
  fill(row: number, { slots, bytes }: QuoteView): boolean {
    const { present, numbers, starts, stops } = slots
    for (const { field, buffer } of this.#times) {
      if ((present & (1 << field)) !== 0 && !buffer.putInteger(row, numbers[field] as number)) return false
    }
    for (const { field, buffer } of this.#numbers) {
      if ((present & (1 << field)) !== 0) buffer.putNumber(row, numbers[field] as number)
    }
    for (const { field, buffer } of this.#texts) {
      if ((present & (1 << field)) === 0) continue
      buffer.putBytes(row, bytes, starts[field] as number, stops[field] as number)
    }
    return true
  }
}
