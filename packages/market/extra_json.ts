// The fields of a quote that are not ours, as JSON text for the `extra` column: nothing that arrives is lost, not even
// the digits of a long number, and every reader of JSON takes it. Only the writer needs it, and only for quotes that
// have such fields.

import { unicodeJson } from '#market/unicode_json'

/** The extra fields of a quote as JSON text with all digits of every number; `value` is the quote's. */
export function extraJson(extra: Readonly<Record<string, unknown>>, value: Uint8Array): string {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
  try {
    return unicodeJson(MAY_ROUND.test(text) ? exactExtra(extra, text) : extra)
  } catch (error) {
    // Nested deeper than the stack: then the whole value is kept, as text.
    if (error instanceof RangeError) return unicodeJson({ value: text })
    throw error
  }
}

/** Sixteen digits, with or without a point, or an exponent: only such a number can change by going through a double. */
const MAY_ROUND = /\d(?:\.?\d){15}|\d[eE]/

function exactExtra(extra: Readonly<Record<string, unknown>>, text: string): Record<string, unknown> {
  const exact = JSON.parse(text, keepDigits) as Record<string, unknown>
  const result = Object.create(null) as Record<string, unknown>
  for (const name of Object.keys(extra)) result[name] = exact[name]
  return result
}

function keepDigits(_name: string, value: unknown, context?: { source: string }): unknown {
  if (typeof value !== 'number' || context === undefined || String(value) === context.source) return value
  return (JSON as unknown as { rawJSON(source: string): unknown }).rawJSON(context.source)
}
