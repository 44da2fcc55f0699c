// The fields of a value that are not ours.

import type { Fields } from '#market/decoding/fields'
import { OPTIONAL_FIELDS } from '#market/quote'

const OURS = new Set<string>(['symbol', 'price', 'timestamp', ...OPTIONAL_FIELDS])

/** The members that are not ours, or null. */
export function extraOf(fields: Fields): Readonly<Record<string, unknown>> | null {
  let extra: Record<string, unknown> | null = null
  for (const name in fields) {
    if (OURS.has(name)) continue
    // Without a prototype, a field called __proto__ is a field like any other.
    extra ??= Object.create(null) as Record<string, unknown>
    extra[name] = fields[name]
  }
  return extra
}
