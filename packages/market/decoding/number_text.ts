// The digits of a number as they stand in JSON text, for those few that a double cannot hold.

/** A string, a bracket, or any other value; blanks, commas and colons are between them. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]|[^\s[\]{}:,"]+/g

/**
 * The text of the member `name` of the object that `json` is, when it is a number, `true`, `false` or `null`; undefined
 * when it is not. `json` has been parsed already, so it is valid; of several members of one name the last counts, as
 * for JSON.parse.
 */
export function scalarText(json: string, name: string): string | undefined {
  let found: string | undefined
  let depth = 0
  let key: string | null = null
  for (const [token] of json.matchAll(TOKEN)) {
    if (depth === 1 && key === null && token !== '}') {
      key = JSON.parse(token) as string
      continue
    }
    const isOpening = token === '{' || token === '['
    if (depth === 1 && key === name) found = isOpening || token.startsWith('"') ? undefined : token
    if (isOpening) depth++
    else if (token === '}' || token === ']') depth--
    if (depth === 1) key = null
  }
  return found
}

/** The same, when it is an integer in plain digits. */
export function integerText(json: string, name: string): string | undefined {
  const text = scalarText(json, name)
  return text !== undefined && /^-?\d+$/.test(text) ? text : undefined
}
