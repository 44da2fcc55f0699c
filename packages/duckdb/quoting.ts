// Names and values as SQL text. Names come from table logs, so they are quoted whatever they are.

/** A name that means exactly itself. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
