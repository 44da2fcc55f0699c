// What Tab offers at the prompt: commands, tables and views, the columns of those that the statement names, keywords.

import { quoteName } from '#duckdb/quoting'
import { startQuery } from '#lake-sql/query'
import type { Shell } from '#services/cli/sql/shell'
import { argumentChoices, COMMAND_NAMES } from '#services/cli/sql/shell_command'

/** The names that can be offered. */
export interface KnownNames {
  readonly relations: readonly string[]
  /** The columns of each table and view. */
  columns(): Promise<ReadonlyMap<string, readonly string[]>>
}

/** What is offered, and the part of the line that it would replace. */
export type Completion = [offers: string[], replaced: string]

const KEYWORDS: readonly string[] = (
  'SELECT FROM WHERE GROUP ORDER BY HAVING LIMIT OFFSET DISTINCT AS AND OR NOT NULL IS IN BETWEEN LIKE ILIKE CASE ' +
  'WHEN THEN ELSE END JOIN LEFT RIGHT FULL OUTER INNER CROSS ASOF USING ON UNION ALL EXCEPT INTERSECT WITH VALUES ' +
  'ASC DESC NULLS FIRST LAST OVER PARTITION WINDOW QUALIFY FILTER EXISTS CAST INTERVAL TIMESTAMP DATE TRUE FALSE ' +
  'EXCLUDE REPLACE EXPLAIN ANALYZE DESCRIBE SUMMARIZE SHOW PIVOT UNNEST SAMPLE count sum avg min max'
).split(' ')

const COMMAND = /^\s*([.\\]\S*)$/
const COMMAND_ARGUMENT = /^\s*([.\\]\S+)\s+(\S*)$/
/** Where only a table or view can stand. */
const AFTER_FROM = /\b(?:from|join|describe|summarize)\s+(?:[\w", ]+,\s*)?\w*$/i

/** What may stand at the end of the line; `before` is what was typed of the statement on the lines above. */
export async function complete(line: string, before: string, names: KnownNames): Promise<Completion> {
  const command = before === '' ? commandCompletion(line, names) : undefined
  if (command !== undefined) return command
  const text = `${before}${line}`
  if (isInText(text)) return [[], '']
  const word = /[A-Za-z_][\w$]*$/.exec(line)?.[0] ?? ''
  const behind = line.slice(0, line.length - word.length)
  if (AFTER_FROM.test(text)) return [matching(names.relations, word), word]
  const isMember = behind.endsWith('.')
  if (word === '' && !isMember) return [[], '']
  const columns = matching(columnsFor(text, await names.columns()), word)
  if (isMember) return [columns, word]
  return [[...columns, ...matching(names.relations, word), ...keywords(word)], word]
}

/** Asks the lake for its columns once, when they are first wanted; a lake that does not answer has none. */
export function namesOf(shell: Shell, signal: AbortSignal): KnownNames {
  let columns: Promise<ReadonlyMap<string, readonly string[]>> | undefined
  return {
    relations: shell.relations.map(({ name }) => name),
    columns: () => (columns ??= readColumns(shell, signal).catch(() => new Map())),
  }
}

async function readColumns(shell: Shell, signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
  const columns = new Map<string, string[]>()
  const sql = 'SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal ORDER BY column_index'
  const query = await startQuery(shell.request(sql, signal))
  try {
    for (let event = await query.next(); event.kind !== 'end'; event = await query.next()) {
      if (event.kind !== 'rows') continue
      for (const [table, column] of event.rows) {
        const name = String(table).toLowerCase()
        columns.set(name, [...(columns.get(name) ?? []), String(column)])
      }
    }
    return columns
  } finally {
    await query.close()
  }
}

function commandCompletion(line: string, { relations }: KnownNames): Completion | undefined {
  const name = COMMAND.exec(line)?.[1]
  if (name !== undefined) return [matching(COMMAND_NAMES, name), name]
  const [, command, argument] = COMMAND_ARGUMENT.exec(line) ?? []
  if (command === undefined || argument === undefined) return undefined
  const choices = argumentChoices(command)
  return [matching(choices === 'tables' ? relations : choices, argument), argument]
}

/** Within a text literal nothing is offered: it is data. */
function isInText(text: string): boolean {
  return (text.match(/'/g)?.length ?? 0) % 2 === 1
}

/** Of the tables and views that the statement names, or of all while it names none. */
function columnsFor(text: string, columns: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const words = new Set(text.toLowerCase().match(/\w+/g))
  const named = [...columns].filter(([table]) => words.has(table))
  const found = (named.length > 0 ? named : [...columns]).flatMap(([, each]) => each)
  return [...new Set(found)].map((name) => (/^[A-Za-z_]\w*$/.test(name) ? name : quoteName(name)))
}

function keywords(word: string): readonly string[] {
  const isUpper = word === word.toUpperCase()
  return matching(KEYWORDS, word).map((keyword) => (isUpper ? keyword.toUpperCase() : keyword.toLowerCase()))
}

function matching(candidates: readonly string[], word: string): string[] {
  const start = word.toLowerCase()
  return candidates.filter((candidate) => candidate.toLowerCase().startsWith(start))
}
