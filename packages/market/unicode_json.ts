// JSON text that every reader takes. JSON's grammar allows an escape of half a surrogate pair, which is no Unicode:
// DuckDB refuses the whole text then, and with it the query that reads it.

/** A value as JSON text, with U+FFFD for what is no Unicode, in names too. Nothing else changes. */
export function unicodeJson(value: unknown): string {
  const text = JSON.stringify(value)
  // JSON.stringify escapes a surrogate only when its other half is not there.
  return text.includes('\\ud') ? text.replace(ESCAPE, replaceSurrogate) : text
}

/** One escape, so that a backslash that is itself escaped begins none. */
const ESCAPE = /\\(?:ud[89a-f][0-9a-f]{2}|.)/g

function replaceSurrogate(escaped: string): string {
  return escaped.length > 2 ? '\ufffd' : escaped
}
