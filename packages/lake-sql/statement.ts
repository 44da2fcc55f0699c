// Where a statement ends: at a `;` that stands outside quotes, dollar quotes and comments, as DuckDB's lexer has it.
// DuckDB parses each piece again and must find one statement in it, so a disagreement is an error and nothing worse.

/** The complete statements of a text, and what stands behind the last `;`. */
export interface SplitText {
  readonly statements: readonly string[]
  /** Empty when nothing but blanks and comments is left over; a comment without its end is something. */
  readonly rest: string
}

const TOKEN = new RegExp(
  [
    /'(?:[^']|'')*(?:'|$)/, // text
    /"(?:[^"]|"")*(?:"|$)/, // name
    /\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?(?:\$\k<tag>\$|$)/, // dollar-quoted text
    /--[^\n]*/,
    /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/, // a word, so that e'...' is seen before its quote and a$b$ is no quote
    /\/\*/,
    /;/,
  ]
    .map((part) => part.source)
    .join('|'),
  'g',
)

/** Splits a text into statements, comments kept, `;` dropped, empty ones left out. */
export function splitStatements(text: string): SplitText {
  const statements: string[] = []
  let start = 0
  let index = 0
  for (;;) {
    TOKEN.lastIndex = index
    const match = TOKEN.exec(text)
    if (match === null) break
    index = tokenEnd(text, match)
    if (match[0] !== ';') continue
    push(statements, text.slice(start, match.index))
    start = index
  }
  const rest = text.slice(start)
  return { statements, rest: isBlank(rest) && !isOpenComment(rest) ? '' : rest.trim() }
}

/** All statements of a text, the last one with or without its `;`. */
export function allStatements(text: string): readonly string[] {
  const { statements, rest } = splitStatements(text)
  return rest === '' ? statements : [...statements, rest]
}

/** The text without the blanks and comments that it begins with. */
export function withoutLeadingComments(text: string): string {
  let index = 0
  for (;;) {
    const blank = /^(?:\s+|--[^\n]*)/.exec(text.slice(index))
    if (blank !== null) index += blank[0].length
    else if (text.startsWith('/*', index)) index = commentEnd(text, index + 2)
    else return text.slice(index)
  }
}

function push(statements: string[], text: string): void {
  if (!isBlank(text)) statements.push(text.trim())
}

function isBlank(text: string): boolean {
  return withoutLeadingComments(text) === ''
}

/** Whether a blank text ends within a block comment: whatever follows belongs to that. */
function isOpenComment(blank: string): boolean {
  return isBlank(`${blank}\nx`)
}

function tokenEnd(text: string, match: RegExpExecArray): number {
  const end = match.index + match[0].length
  if (match[0] === '/*') return commentEnd(text, end)
  return /^e$/i.test(match[0]) && text[end] === "'" ? escapedTextEnd(text, end + 1) : end
}

/** Block comments nest. */
function commentEnd(text: string, start: number): number {
  const mark = /\/\*|\*\//g
  mark.lastIndex = start
  for (let depth = 1; depth > 0; ) {
    const match = mark.exec(text)
    if (match === null) return text.length
    depth += match[0] === '/*' ? 1 : -1
  }
  return mark.lastIndex
}

function escapedTextEnd(text: string, start: number): number {
  const end = /(?:[^'\\]|''|\\[\s\S])*(?:'|$)/y
  end.lastIndex = start
  return end.test(text) ? end.lastIndex : text.length
}
