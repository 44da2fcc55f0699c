// "Did you mean": the name of a table or view of ours that comes nearest to one that is not there. DuckDB's own
// suggestion may be one of its system tables, or none.

import { editDistance } from '#runtime/edit_distance'

/** A name may differ from the one that was meant by one letter in so many, and by one at least. */
const LETTERS_PER_MISTAKE = 3
/** A longer word is no name that was mistyped; comparing takes its length times the name's. */
const NAME_CHARS_MAX = 100
/** More names than this are not listed. */
const LISTED_MAX = 20

/** The nearest of the names; undefined when none is near. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  if (name === '' || name.length > NAME_CHARS_MAX) return undefined
  const ranked = names
    .map((known) => ({ known, mistakes: editDistance(name.toLowerCase(), known.toLowerCase()) }))
    .sort((a, b) => a.mistakes - b.mistakes)
  const [best] = ranked
  if (best !== undefined && best.mistakes <= Math.max(1, Math.floor(name.length / LETTERS_PER_MISTAKE)))
    return best.known
  const word = name.toLowerCase()
  const longer = ranked.find(({ known }) => word.length > 2 && known.toLowerCase().includes(word))
  return longer?.known
}

/** What to say to one who names a table that is not there: the one that was meant, or all that there are. */
export function adviceFor(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names)
  if (nearest !== undefined) return `did you mean ${JSON.stringify(nearest)}?`
  if (names.length === 0) return 'there are no tables'
  return `there are: ${names.slice(0, LISTED_MAX).join(', ')}${names.length > LISTED_MAX ? ', ...' : ''}`
}

const UNKNOWN_TABLE = /^(Catalog Error: )?Table with name (.*?) does not exist!(?: Did you mean ".*?"\??)?(.*)$/

/** DuckDB's message about an unknown table with our suggestion in place of its own; any other message as it is. */
export function withOwnSuggestion(message: string, names: readonly string[]): string {
  const [, , name, rest] = UNKNOWN_TABLE.exec(message) ?? []
  if (name === undefined) return message
  return `there is no table or view ${JSON.stringify(name)}; ${adviceFor(name, names)}${rest}`
}
