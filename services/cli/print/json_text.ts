// What the commands print for --json: data may stand in it, and a terminal may show it.

import { displayJson } from '#runtime/console/display_text'

/** A value as JSON of several lines, with the line end. */
export function jsonText(value: unknown): string {
  return `${displayJson(JSON.stringify(value, undefined, 2))}\n`
}
