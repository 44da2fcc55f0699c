// JSON that users write, such as rules and calendars: what is wrong with it as sentences, each with the place where.

import { messageOf } from '#runtime/errors'
import { shownValue } from '#runtime/shown_value'

/** The members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object in { }. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value of a file's JSON text, or what keeps it from being JSON, with line and column. */
export function parseJson(text: string): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    const place = / in JSON at position \d+ \(line (\d+) column (\d+)\)$/
    const reason = messageOf(error).replace(place, ' in line $1, column $2')
    return { fault: `the file is not JSON: ${reason}` }
  }
}

/** `rules[0].percent must be a number above 0, at most 10000, not -1` */
export function valueFault(place: string, wanted: string, given: unknown): string {
  if (given === undefined) return `${place} ${wanted}, and is missing`
  return isJsonObject(given) ? `${place} ${wanted}` : `${place} ${wanted}, not ${shownValue(given)}`
}

/** What is said of members that nobody reads; null when all are known. */
export function unknownFieldsFault(
  place: string,
  { given, known }: { readonly given: JsonObject; readonly known: readonly string[] },
): string | null {
  const unknown = Object.keys(given).filter((name) => !known.includes(name))
  if (unknown.length === 0) return null
  const names = unknown.map((name) => shownValue(name)).join(', ')
  return `${place} has ${names} in it; its fields are ${known.join(', ')}`
}
