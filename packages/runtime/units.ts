// Numbers with a meaning of their own, so that the compiler keeps one from standing in for another, and the lengths of
// time in milliseconds. All are integers that a double holds exactly; the constructors hold them to it.

export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
/** A day of UTC, which has no leap seconds and no change of clocks. */
export const DAY_MS = 24 * HOUR_MS

declare const unit: unique symbol

type Unit<Name extends string> = number & { readonly [unit]: Name }

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = Unit<'EpochMs'>

/** Position of a record in its partition, from 0. As an end it is exclusive: the next record's position. */
export type Offset = Unit<'Offset'>

/** Version of a Delta table, from 0. */
export type TableVersion = Unit<'TableVersion'>

/** Takes a number as an instant. Throws a RangeError when it is not a safe integer. */
export function epochMs(value: number): EpochMs {
  return safeInteger(value, 'EpochMs') as EpochMs
}

/** Takes a number as an offset. Throws a RangeError when it is not a safe integer from 0. */
export function offset(value: number): Offset {
  return nonNegative(value, 'Offset') as Offset
}

/** Takes a number as a table version. Throws a RangeError when it is not a safe integer from 0. */
export function tableVersion(value: number): TableVersion {
  return nonNegative(value, 'TableVersion') as TableVersion
}

function nonNegative(value: number, name: string): number {
  if (value < 0) throw new RangeError(`${name} must not be negative: ${value}`)
  return safeInteger(value, name)
}

function safeInteger(value: number, name: string): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${name} must be a safe integer: ${value}`)
  return value
}
