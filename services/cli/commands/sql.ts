// `tickerlake sql`: queries over the lake, from the command line, a file, a pipe or a prompt. The query runs in a process
// of its own that has the tables' files and nothing else; see packages/lake-sql.

import { readFile } from 'node:fs/promises'
import { FORMATS, type FormatName, resultFormat } from '#lake-sql/format/format'
import { lakeSource, type PointInTime, type TableRead } from '#lake-sql/lake'
import { SQL_TEXT_CHARS_MAX } from '#lake-sql/limits'
import { printResults } from '#lake-sql/print_result'
import { startQuery } from '#lake-sql/query'
import { parseIsoInstant } from '#market/instant'
import { messageOf, PlatformError } from '#runtime/errors'
import { type EpochMs, tableVersion } from '#runtime/units'
import type { Command, CommandArguments, CommandContext } from '#services/cli/command'
import { attachedTables, lakeTables, lakeViews } from '#services/cli/lake_tables'
import { lakeSettings } from '#services/cli/platform_settings'
import { runPrompt } from '#services/cli/sql_prompt'
import { cacheOptions, sqlConfig, sqlSettings } from '#services/cli/sql_settings'
import { textWriter } from '#services/cli/write_text'

/** Runs SQL over the lake's tables and views. */
export const sqlCommand: Command = {
  name: 'sql',
  summary: 'query the lake with SQL',
  usage: '["SELECT ..." | -f FILE] [options]',
  details: `Without a query it reads one from stdin, or gives a prompt on a terminal. Statements are separated by \`;\`.
Tables: stocks, bars_1m, alerts, late_quotes, dead_letters; \`tickerlake tables\` lists the views too.

  tickerlake sql "SELECT symbol, price, change_percent FROM latest_quotes"
  tickerlake sql -f sql/examples/top_movers.sql --format markdown
  tickerlake sql --as-of 2026-11-21T15:30:00Z "SELECT count(*) FROM stocks"
  tickerlake sql --attach trades=s3://other/trades "SELECT * FROM trades LIMIT 10"

Only files that a query can need are read: those that partition values and statistics do not rule out by its
comparisons of columns with constants, in views, joins and subqueries too; --explain says how many.

Queries only read. SQL_TIMEOUT_MS and SQL_MEMORY_MB limit them, SQL_CACHE_DIR and SQL_CACHE_MB the copies of S3 files.`,
  options: {
    file: { type: 'string', short: 'f', placeholder: 'FILE', description: 'read the query from a file; - is stdin' },
    format: { type: 'string', placeholder: 'FORMAT', description: `${FORMATS.join(', ')}; table by default` },
    json: { type: 'boolean', description: 'the same as --format json' },
    version: { type: 'string', placeholder: 'N', description: 'the version of the one table that the query reads' },
    'as-of': {
      type: 'string',
      placeholder: 'TIME',
      description: 'all tables as they were then, ISO 8601; UTC if unsaid',
    },
    explain: {
      type: 'boolean',
      description: 'say on stderr how many files of how many were read of each table',
    },
    attach: {
      type: 'string',
      multiple: true,
      placeholder: 'NAME=PLACE',
      description: 'any Delta table, by path or URL, under a name of its own; may be repeated',
    },
  },
  settings: [lakeSettings, sqlSettings],
  async run(context, args) {
    const format = formatOf(args)
    const run = await queryRunner(context, args, format)
    const sql = await queryText(context, args)
    if (sql !== undefined) return run(sql, context.signal)
    await runPrompt(context, { run, views: await lakeViews(), attached: names(args.values.attach) })
  },
}

/** Runs a text of statements and prints their results. */
export type RunSql = (sql: string, signal: AbortSignal) => Promise<void>

async function queryRunner(context: CommandContext, args: CommandArguments, format: FormatName): Promise<RunSql> {
  const { stdout, stderr } = context
  const { limits } = sqlConfig(context)
  const at = pointInTime(args)
  const lake = await context.openLake()
  const views = await lakeViews()
  const own = lakeTables(lake)
  const taken = [...own, ...views].map((each) => each.name)
  const attached = await attachedTables(names(args.values.attach), { taken, openStore: context.openStore })
  const explain = args.values.explain === true ? { onRead: (read: TableRead) => stderr.write(readText(read)) } : {}
  const cache = cacheOptions(context)
  const source = lakeSource({ url: lake.url, tables: [...own, ...attached], at, cache, ...explain })
  const write = textWriter(stdout)
  return async (sql, signal) => {
    const query = await startQuery({ sql, source, views, limits, signal })
    try {
      await printResults(query, () => resultFormat(format, { width: terminalWidth(stdout) }), write)
    } finally {
      await query.close()
    }
  }
}

/** One line for `--explain`. */
function readText({ table, files, filesTotal, bytes, bytesTotal }: TableRead): string {
  const sized = (count: number) => (count < 1e6 ? `${Math.ceil(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`)
  return `${table}: ${files} of ${filesTotal} files read, ${sized(bytes)} of ${sized(bytesTotal)}\n`
}

/** The columns of the terminal; undefined when the stream is none. */
export function terminalWidth(stream: NodeJS.WriteStream): number | undefined {
  return stream.isTTY ? Math.max(stream.columns || 80, 40) : undefined
}

/** The text of the query; undefined when a prompt is wanted. */
async function queryText(context: CommandContext, args: CommandArguments): Promise<string | undefined> {
  const { file } = args.values
  const [query, ...more] = args.positionals
  if (more.length > 0) throw new PlatformError('USAGE', 'sql takes one query; put it in quotes')
  if (query !== undefined && file !== undefined) throw new PlatformError('USAGE', 'give a query or --file, not both')
  if (query !== undefined) return query
  if (typeof file === 'string' && file !== '-') return readQueryFile(file)
  if (file === undefined && context.stdin.isTTY) return undefined
  return readStream(context.stdin)
}

async function readQueryFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new PlatformError('USAGE', `the query file ${path} cannot be read: ${messageOf(cause)}`, { cause })
  }
}

async function readStream(stream: NodeJS.ReadStream): Promise<string> {
  let text = ''
  stream.setEncoding('utf8')
  for await (const part of stream) {
    text += part
    if (text.length > SQL_TEXT_CHARS_MAX) break
  }
  return text
}

function formatOf({ values }: CommandArguments): FormatName {
  const { format } = values
  if (format === undefined) return values.json === true ? 'json' : 'table'
  const name = FORMATS.find((each) => each === format)
  if (name === undefined) throw new PlatformError('USAGE', `--format takes ${FORMATS.join(', ')}, not ${format}`)
  if (values.json === true && name !== 'json') {
    throw new PlatformError('USAGE', `--json and --format ${name} contradict each other`)
  }
  return name
}

function pointInTime({ values }: CommandArguments): PointInTime {
  const { version, 'as-of': asOf } = values
  if (version !== undefined && asOf !== undefined)
    throw new PlatformError('USAGE', 'give --version or --as-of, not both')
  if (typeof version === 'string') {
    if (!/^\d{1,15}$/.test(version)) throw new PlatformError('USAGE', `--version takes a number, not ${version}`)
    return { kind: 'version', version: tableVersion(Number(version)) }
  }
  return typeof asOf === 'string' ? { kind: 'asOf', time: instantOf(asOf) } : { kind: 'newest' }
}

/** An instant, or a date (its first moment), or a time without a zone (UTC). */
function instantOf(text: string): EpochMs {
  const candidates = [text, `${text}Z`, `${text}T00:00Z`]
  const time = candidates.map(parseIsoInstant).find((each) => !Number.isNaN(each))
  if (time !== undefined) return time as EpochMs
  throw new PlatformError('USAGE', `--as-of takes a time as in 2026-11-21T15:30:00Z, not ${JSON.stringify(text)}`)
}

function names(value: CommandArguments['values'][string]): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}
