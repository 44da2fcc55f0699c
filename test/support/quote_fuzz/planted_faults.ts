// Mistakes that a scanner could make, planted from outside: around a right one. Each is small, and right for nearly all
// values.

import { FIELD } from '#market/decoding/scanner/field_table'
import type { QuoteScanner } from '#market/decoding/scanner/scanner'
import { MINUTE_MS } from '#runtime/units'

/** Makes a scanner wrong. */
export type ScannerFault = (inner: QuoteScanner) => QuoteScanner

/** Reads as `inner` does, then changes the slots or the verdict. */
function after(change: (inner: QuoteScanner, bytes: Uint8Array) => boolean): ScannerFault {
  return (inner) => ({
    slots: inner.slots,
    symbols: inner.symbols,
    scan: (bytes, start, end) => inner.scan(bytes, start, end) && change(inner, bytes),
  })
}

/** Reads bytes that `inner` would not read as they stand. */
function before(change: (text: string) => string): ScannerFault {
  return (inner) => ({
    slots: inner.slots,
    symbols: inner.symbols,
    scan: (bytes, start, end) => {
      const changed = change(Buffer.from(bytes.subarray(start, end)).toString('latin1'))
      return inner.scan(Buffer.from(changed, 'latin1'), 0, changed.length)
    },
  })
}

/** Counts one digit too few of a fraction that has 15 or more. */
export const DIGIT_NOT_COUNTED: ScannerFault = after(({ slots }) => {
  const price = slots.numbers[FIELD.price] as number
  if (String(price).length > 16) slots.numbers[FIELD.price] = price * 10
  return true
})

/** Multiplies by a power that is no double in place of dividing by one that is. */
export const ROUNDED_TWICE: ScannerFault = after(({ slots }) => {
  const price = slots.numbers[FIELD.price] as number
  slots.numbers[FIELD.price] = Math.round(price * 1e4) * 1e-4
  return true
})

/** Loses the sign of zero. */
export const ZERO_WITHOUT_SIGN: ScannerFault = after(({ slots }) => {
  slots.numbers[FIELD.size] = Math.abs(slots.numbers[FIELD.size] as number)
  return true
})

/** Rounds a fraction of a millisecond up. */
export const MILLISECOND_ROUNDED: ScannerFault = after(({ slots }, bytes) => {
  if (/\.\d{3}[5-9]/.test(Buffer.from(bytes).toString('latin1'))) (slots.numbers[FIELD.timestamp] as number)++
  return true
})

/** Takes a null for a 0. */
export const NULL_IS_ZERO: ScannerFault = after(({ slots }, bytes) => {
  if (!slots.has(FIELD.bid) && Buffer.from(bytes).includes('"bid":null')) slots.setNumber(FIELD.bid, 0)
  return true
})

/** Takes numbers with leading zeros. */
export const LEADING_ZERO_TAKEN: ScannerFault = before((text) => text.replace(/:0(\d)/g, ': $1'))

/** Takes strings with control characters. */
export const CONTROL_CHARACTER_TAKEN: ScannerFault = before((text) => text.replace(/\p{Cc}/gu, '_'))

/** Takes a minute for the one before when all but its last digit is the same. */
export const MINUTE_HALF_COMPARED: ScannerFault = (inner) => {
  let kept = { text: '', ms: 0 }
  return after(({ slots }, bytes) => {
    const text = /"(20\d\d-\d\d-\d\dT\d\d:\d)\d:[\d.]+Z"/.exec(Buffer.from(bytes).toString('latin1'))?.[1]
    if (text === undefined) return true
    const ms = slots.numbers[FIELD.timestamp] as number
    if (text !== kept.text) kept = { text, ms: ms - (ms % MINUTE_MS) }
    slots.numbers[FIELD.timestamp] = kept.ms + (ms % MINUTE_MS)
    return true
  })(inner)
}

/** Keeps the zone of the minute before along with it. */
export const ZONE_KEPT: ScannerFault = (inner) => {
  let kept = { text: '', zone: '' }
  return before((text) => {
    const [, minute, zone] = /"(20\d\d-\d\d-\d\dT\d\d:\d\d):[\d.]+([Z+-][^"]*)"/.exec(text) ?? []
    if (minute === undefined || zone === undefined) return text
    if (minute !== kept.text) kept = { text: minute, zone }
    return text.replace(`${zone}"`, `${kept.zone}"`)
  })(inner)
}

/** Takes the day after a month's last for one. */
export const DAY_BEYOND_MONTH_TAKEN: ScannerFault = before((text) => text.replace(/(-0[469]|-11)-31T/, '$1-30T'))

/** Compares a name at its ends only. */
export const NAME_MIDDLE_NOT_COMPARED: ScannerFault = before((text) =>
  text.replace(/"tim[^"\\]{4}mp":/, '"timestamp":').replace(/"cur[^"\\]{2}cy":/, '"currency":'),
)

/** Compares the first four bytes of a name only. */
export const NAME_END_NOT_COMPARED: ScannerFault = before((text) => text.replace(/"siz[^"\\]":/, '"size":'))

/** Takes what follows the object for blanks. */
export const TAIL_IGNORED: ScannerFault = before((text) => text.replace(/\}[\]},]$/, '} '))
