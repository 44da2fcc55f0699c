// What each field of a quote must be, one question a field. Asked by the decoder on its hot path, and again, one by
// one, when it has to say why not.

/** The members of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>

/** Nothing older is taken for a quote: 2000-01-01T00:00:00Z. */
export const TIMESTAMP_MIN_MS = 946_684_800_000

/** What a symbol is, for people. */
export const SYMBOL_RULE = '1 to 32 of A-Z 0-9 . ^ = - & : / _ + (in capitals), no "..", no "/" at its ends, not "."'

/** Whether a value is a symbol by SYMBOL_RULE. A URL has to encode it, and it is no file name. */
export function isSymbol(value: unknown): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > SYMBOL_CHARS_MAX) return false
  let kinds = 0
  for (let i = 0; i < value.length; i++) {
    const kind = SYMBOL_CHARS[value.charCodeAt(i)]
    if (kind === undefined || kind === 0) return false
    kinds |= kind
  }
  return kinds === ORDINARY || isWellPlaced(value)
}

function isWellPlaced(symbol: string): boolean {
  return symbol !== '.' && !symbol.includes('..') && !symbol.startsWith('/') && !symbol.endsWith('/')
}

/** Finite and above 0. */
export function isPrice(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= Number.MAX_VALUE
}

/** A price of plain decimal text as its number; any other value as it is. */
export function priceOf(value: unknown): unknown {
  return typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
}

const DECIMAL = /^-?\d+(\.\d+)?$/

/** Absent, or finite and at least 0. */
export function isOptionalNumber(value: unknown): boolean {
  if (typeof value === 'number') return value >= 0 && value <= Number.MAX_VALUE
  return value === undefined || value === null
}

/** Absent, or a string. */
export function isOptionalText(value: unknown): boolean {
  return typeof value === 'string' || value === undefined || value === null
}

/** Absent, a string, or an integer that JSON.parse has not rounded. */
export function isOptionalId(value: unknown): boolean {
  return isOptionalText(value) || Number.isSafeInteger(value)
}

const SYMBOL_CHARS_MAX = 32
const ORDINARY = 1
/** A dot or a slash, which may not stand everywhere. */
const PLACED = 2

const SYMBOL_CHARS = new Uint8Array(128)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789^=-&:_+') SYMBOL_CHARS[char.charCodeAt(0)] = ORDINARY
for (const char of './') SYMBOL_CHARS[char.charCodeAt(0)] = PLACED
