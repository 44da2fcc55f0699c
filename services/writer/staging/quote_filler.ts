// The columns of a quote's fields, filled from where the decoder has found them in the bytes: no object, no string, no
// boxed number and no call of a column's `take`. A field that a quote does not have costs one look at a bit.

import type { Column, TableSpec } from '#lake/tables'
import { type QuoteView, quoteField } from '#market/decoding/quote_view'
import type { Quote } from '#market/quote'
import { TextColumn } from '#services/writer/staging/byte_columns'
import { DoubleColumn, LongColumn, type StagedColumn } from '#services/writer/staging/number_columns'

/** Whether a column is filled from the bytes. What is no plain field of the quote is taken as in any other table. */
export function isFilledInPlace(spec: TableSpec, { member }: Column): boolean {
  return spec.isReadInPlace === true && member?.of === 'quote' && member.isJson !== true
}

/** A column and the field that fills it. */
interface Filled<Staged extends StagedColumn> {
  readonly field: number
  readonly column: Staged
}

/** Fills columns by kind, so that each loop meets one kind of column. */
export class QuoteFiller {
  readonly #times: Filled<LongColumn>[] = []
  readonly #numbers: Filled<DoubleColumn>[] = []
  readonly #texts: Filled<TextColumn>[] = []

  /** Takes in a column that `isFilledInPlace`. */
  add({ name, member }: Column, column: StagedColumn): void {
    const field = quoteField(member?.name as Exclude<keyof Quote, 'extra'>)
    if (column instanceof LongColumn) this.#times.push({ field, column })
    else if (column instanceof DoubleColumn) this.#numbers.push({ field, column })
    else if (column instanceof TextColumn) this.#texts.push({ field, column })
    else throw new Error(`the column ${name} is none of a quote's times, numbers and texts`)
  }

  /** Sets a row's fields; false, and none is set, when a time does not fit its column. */
  fill(row: number, { slots, bytes }: QuoteView): boolean {
    const { present, numbers, starts, stops } = slots
    for (const { field, column } of this.#times) {
      if ((present & (1 << field)) !== 0 && !column.putInteger(row, numbers[field] as number)) return false
    }
    for (const { field, column } of this.#numbers) {
      if ((present & (1 << field)) !== 0) column.putNumber(row, numbers[field] as number)
    }
    for (const { field, column } of this.#texts) {
      if ((present & (1 << field)) === 0) continue
      column.putText(row, bytes, starts[field] as number, stops[field] as number)
    }
    return true
  }
}
