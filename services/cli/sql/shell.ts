// What the prompt, a file of statements and a pipe have in common: the tables that can be read, how results are shown,
// and the running of statements.

import { type Catalog, openCatalog } from '#lake/catalog'
import { type FormatName, resultFormat } from '#lake-sql/formats'
import type { PointInTime, TableRead } from '#lake-sql/lake_source'
import { printResults } from '#lake-sql/print_result'
import { startQuery } from '#lake-sql/query'
import type { QueryRoom } from '#lake-sql/query_process'
import type { ResultFormat } from '#lake-sql/result_format'
import { PlatformError } from '#runtime/errors'
import { barSettings } from '#services/bar_settings'
import { calendarSettings, calendarsOf } from '#services/calendar_settings'
import type { CommandContext } from '#services/cli/command'
import { terminalWidth } from '#services/cli/print/terminal'
import { textWriter } from '#services/cli/print/write_text'

/** How results are shown; commands of the prompt change it. */
export interface Display {
  format: FormatName
  /** One line a value, in the table format. */
  upright: boolean
  /** Whether the time that a statement took is told; undefined: with tables alone. */
  time: boolean | undefined
}

/** The catalog, with a way to show results. */
export interface Shell extends Catalog {
  readonly display: Display
  /** Runs a text of statements and prints their results. Throws SQL_FAILED, SQL_LIMIT and what the lake throws. */
  run(sql: string, signal: AbortSignal): Promise<void>
}

/** What the command line says about the lake. */
export interface ShellOptions {
  readonly format: FormatName
  readonly at: PointInTime
  /** `name=place` of foreign tables. */
  readonly attach: readonly string[]
  /** Whether stderr is told of the files that were read. */
  readonly explain: boolean
  /** For the first query. */
  readonly room?: Promise<QueryRoom>
}

/** Opens the lake and the attached tables. */
export async function openShell(context: CommandContext, options: ShellOptions): Promise<Shell> {
  const { stdout, stderr } = context
  const { format, at, attach, explain } = options
  const onRead = (read: TableRead) => stderr.write(readText(read))
  const { BAR_INTERVAL_MS: barIntervalMs } = context.settings.of(barSettings)
  const calendars = async () => calendarsOf(context.settings.of(calendarSettings))
  const told = explain ? { onRead } : {}
  const catalog = await openCatalog(context, { at, attach, barIntervalMs, calendars, ...told })
  const display: Display = { format, upright: false, time: undefined }
  let { room } = options
  return {
    ...catalog,
    display,
    async run(sql, signal) {
      const request = { ...catalog.request(sql, signal), ...(room === undefined ? {} : { room }) }
      room = undefined
      const query = await startQuery(request)
      try {
        await printResults(query, () => formatOf(display, { stdout, stderr }), textWriter(stdout, signal))
      } finally {
        await query.close()
      }
    },
  }
}

/** Throws when the text, which is to be run, holds no statement. `place` is where it came from. */
export function noStatement(place: string): PlatformError {
  const advice = 'give one, for instance `tickerlake sql "SELECT count(*) FROM stocks"`'
  return new PlatformError('USAGE', `there is no statement in ${place}; ${advice}`)
}

function formatOf(
  display: Display,
  { stdout, stderr }: { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
): ResultFormat {
  const { format: name, upright, time } = display
  const format = resultFormat(name, { width: terminalWidth(stdout), upright, time: time !== false })
  if (name === 'table' || time !== true) return format
  return {
    ...format,
    end(summary) {
      stderr.write(`${summary.elapsedMs} ms\n`)
      return format.end(summary)
    },
  }
}

/** One line for `--explain`. */
function readText({ table, files, filesTotal, bytes, bytesTotal }: TableRead): string {
  const sized = (count: number) => (count < 1e6 ? `${Math.ceil(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`)
  return `${table}: ${files} of ${filesTotal} files read, ${sized(bytes)} of ${sized(bytesTotal)}\n`
}
