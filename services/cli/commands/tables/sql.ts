// `tickerlake sql`: queries over the lake, from the command line, a file, a pipe or a prompt. The query runs in a
// process of its own that has the tables' files and nothing else; see packages/lake-sql. What asks it is in
// services/cli/sql, and is loaded while that process starts.

import { sqlConfig, sqlSettings } from '#lake/query_settings'
import { FORMATS, type FormatName } from '#lake-sql/formats'
import type { PointInTime } from '#lake-sql/lake_source'
import { openQueryRoom } from '#lake-sql/query_process'
import { parseIsoInstant } from '#market/decoding/instant'
import { PlatformError } from '#runtime/errors'
import { type EpochMs, tableVersion } from '#runtime/units'
import { barSettings } from '#services/bar_settings'
import { calendarSettings } from '#services/calendar_settings'
import type { Command, CommandArguments } from '#services/cli/command'
import { lakeSettings } from '#services/platform/settings'

/** Runs SQL over the lake's tables and views. */
export const sqlCommand: Command = {
  name: 'sql',
  usage: '["SELECT ..." | -f FILE] [options]',
  takesArguments: true,
  details: `Without a query it reads one from stdin, or gives a prompt on a terminal. Statements are separated by \`;\`.
Tables: stocks, bars_1m (with another BAR_INTERVAL_MS bars_5m or the like), alerts, late_quotes, dead_letters,
history_bars, history_days, corporate_actions; \`tickerlake tables\` lists the views too.
The prompt's commands (.help lists them) work on lines of their own in a file and in a pipe, too.

  tickerlake sql "SELECT symbol, price, change_percent FROM latest_quotes"
  tickerlake sql -f sql/examples/top_movers.sql --format markdown
  tickerlake sql -o bars.parquet "SELECT * FROM bars WHERE date = '2026-11-21'"
  tickerlake sql --as-of 2026-11-21T15:30:00Z "SELECT count(*) FROM stocks"
  tickerlake sql --attach trades=s3://other/trades "SELECT * FROM trades LIMIT 10"

Only files that a query can need are read: those that partition values and statistics do not rule out by its
comparisons of columns with constants, in views, joins and subqueries too; --explain says how many.

-o writes the result of one statement. The file gets its name when it is whole, and never replaces another one unless
--force says so. Parquet keeps types exactly; where it has none, 128-bit integers (all sums) become DECIMAL(38,0), and
intervals become text.

In json each statement is one array, in ndjson each row one object on a line of its own; jq reads several of either.
CSV in a pipe or file has every value as it is. All other output spells control characters out.

Queries only read. SQL_TIMEOUT_MS and SQL_MEMORY_MB limit them, SQL_CACHE_DIR and SQL_CACHE_MB the copies of files of a
store.
SQL_HISTORY_FILE is where the prompt keeps its statements; none keeps none.`,
  options: {
    file: { type: 'string', short: 'f', placeholder: 'FILE', description: 'read the query from a file; - is stdin' },
    format: { type: 'string', placeholder: 'FORMAT', description: `${FORMATS.join(', ')}; table by default` },
    output: {
      type: 'string',
      short: 'o',
      placeholder: 'FILE',
      description: 'write the result to a file: .parquet, .csv, .json, .ndjson, .jsonl, .md or .txt',
    },
    force: { type: 'boolean', description: 'let -o write over a file that is there' },
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
  settings: [lakeSettings, sqlSettings, barSettings, calendarSettings],
  async run(context, args) {
    const choice = { format: formatOf(args), at: pointInTime(args) }
    // The child opens DuckDB while the rest of us is loaded here and reads the tables' logs.
    const room = isOneQuery(args) ? openQueryRoom({ ...sqlConfig(context), signal: context.signal }) : undefined
    // Whether it could be opened is told to the query; here a failure must only not go unheard.
    room?.catch(() => {})
    try {
      const { runSql } = await import('#services/cli/sql/run_sql')
      await runSql(context, args, { ...choice, ...(room === undefined ? {} : { room }) })
    } finally {
      await room?.then(({ close }) => close()).catch(() => {})
    }
  },
}

/** A result file has a room beside it, and who types at a prompt may never ask. */
function isOneQuery({ values, positionals }: CommandArguments): boolean {
  return values.output === undefined && (positionals.length === 1 || typeof values.file === 'string')
}

function formatOf({ values }: CommandArguments): FormatName | undefined {
  const { format } = values
  if (format === undefined) return values.json === true ? 'json' : undefined
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
  const time = candidates.map((each) => parseIsoInstant(each)).find((each) => !Number.isNaN(each))
  if (time !== undefined) return time as EpochMs
  throw new PlatformError('USAGE', `--as-of takes a time as in 2026-11-21T15:30:00Z, not ${JSON.stringify(text)}`)
}
