// JSON of the Delta log without rounding: integers beyond 2^53 are read as bigint and written digit by digit.
// Rests on the `source` that JSON.parse gives its reviver and on JSON.rawJSON, both in Node since 22.

interface RawJson {
  readonly rawJSON: string
}

interface SourceAwareJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): RawJson
}

const json = JSON as unknown as SourceAwareJson

/** Matches where an integer of 16 or more digits may begin. Digits after a point are a fraction and need no care. */
const LONG_INTEGER = /(?:^|[[:,\s-])\d{16}/

const INTEGER = /^-?\d+$/

/** Parses JSON; integers that a double does not hold exactly become bigint. Throws a SyntaxError. */
export function parseLogJson(text: string): unknown {
  if (!LONG_INTEGER.test(text)) return JSON.parse(text)
  return json.parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value
    return INTEGER.test(source) ? BigInt(source) : value
  })
}

/** Writes JSON; a bigint becomes its digits. */
export function stringifyLogJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? rawNumber(String(inner)) : inner))
}

/** A number that stringifies as these very characters. Throws a SyntaxError when they are no JSON value. */
export function rawNumber(digits: string): unknown {
  return json.rawJSON(digits)
}
