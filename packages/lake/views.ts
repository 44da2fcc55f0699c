// The views over the tables, out of one SQL file: a comment, then CREATE VIEW name AS query, and so on.
// A view may read tables and views that stand before it.

import { allStatements, withoutLeadingComments } from '#lake-sql/statement'
import type { ViewDefinition } from '#lake-sql/view'

const CREATE = /^create\s+(?:or\s+replace\s+)?view\s+([a-z_][a-z0-9_]*)\s+as\b/i

/** Reads the views of a SQL text. Throws when a statement is none: the file is the program's own. */
export function parseViews(text: string): readonly ViewDefinition[] {
  return allStatements(text).map((statement) => {
    const body = withoutLeadingComments(statement)
    const match = CREATE.exec(body)
    if (match?.[1] === undefined) throw new Error(`not a CREATE VIEW name AS ...: ${body.slice(0, 60)}`)
    const comment = statement.slice(0, statement.length - body.length)
    return { name: match[1], comment: plainComment(comment), query: body.slice(match[0].length).trim() }
  })
}

/** The last paragraph of a run of `--` lines: what stands before an empty line belongs to the file. */
function plainComment(comment: string): string {
  const paragraph =
    comment
      .trim()
      .split(/\n\s*\n/)
      .at(-1) ?? ''
  return paragraph
    .replace(/^\s*--\s?/gm, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim()
}
