// `sql -o FILE`: one statement's result as a file, in the format that its ending names. It is made in the query's own
// folder, beside the file, and gets its name when it is whole: whatever is killed when, nobody sees a part of it.

import { open, realpath, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { type FormatName, resultFormat } from '#lake-sql/formats'
import { printResults } from '#lake-sql/print_result'
import { RESULT_FILE, type RunningQuery, startQuery } from '#lake-sql/query'
import { allStatements } from '#lake-sql/statement'
import { counted } from '#runtime/counted'
import { messageOf, PlatformError } from '#runtime/errors'
import { createFrom, replaceFrom } from '#runtime/files/atomic_file'
import type { CommandArguments, CommandContext } from '#services/cli/command'
import type { QueryText } from '#services/cli/sql/query_text'
import { readScript } from '#services/cli/sql/script'
import { noStatement, type Shell } from '#services/cli/sql/shell'

/** A file to be written. */
export interface OutputFile {
  /** As the user named it. */
  readonly name: string
  readonly format: FormatName | 'parquet'
  /** Writes over a file that is there. */
  readonly force: boolean
}

const FORMAT_OF_ENDING: Readonly<Record<string, OutputFile['format']>> = {
  '.csv': 'csv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.md': 'markdown',
  '.txt': 'table',
  '.parquet': 'parquet',
}

/** The file that the command line names, if it does. `format` is what --format or --json say. Throws USAGE. */
export function outputFile({ values }: CommandArguments, format: FormatName | undefined): OutputFile | undefined {
  const { output: name, force } = values
  if (typeof name !== 'string') {
    if (force === true) throw new PlatformError('USAGE', '--force belongs to -o FILE; there is no file to write over')
    return undefined
  }
  const byEnding = FORMAT_OF_ENDING[extname(name).toLowerCase()]
  const chosen = byEnding ?? format
  if (chosen === undefined) {
    const endings = Object.keys(FORMAT_OF_ENDING).join(', ')
    throw new PlatformError('USAGE', `-o ${name}: the ending says no format; take one of ${endings}, or say --format`)
  }
  if (format !== undefined && format !== chosen) {
    throw new PlatformError('USAGE', `-o ${name} and --format ${format} contradict each other`)
  }
  return { name, format: chosen, force: force === true }
}

/** Runs the one statement of the text and writes its result. Throws USAGE when the file may not be written. */
export async function writeOutput(
  shell: Shell,
  { query, file }: { readonly query: QueryText; readonly file: OutputFile },
  { stderr, signal }: CommandContext,
): Promise<void> {
  const sql = oneStatement(query)
  const path = await targetOf(file)
  const request = { ...shell.request(sql, signal), folderIn: dirname(path), toParquet: file.format === 'parquet' }
  const running = await startQuery(request).catch((error: unknown) => {
    throw cannotWrite(file, error)
  })
  try {
    const rows = await writeRows(running, file)
    await giveName(file, { from: join(running.folder, RESULT_FILE), to: path })
    stderr.write(`wrote ${counted(rows, 'row')} to ${file.name}\n`)
  } catch (error) {
    throw cannotWrite(file, error)
  } finally {
    await running.close()
  }
}

function oneStatement({ text, place }: QueryText): string {
  const steps = readScript(text)
  const [only, ...more] = steps
  if (only === undefined) throw noStatement(place)
  if (more.length > 0 || only.kind === 'command') {
    throw new PlatformError(
      'USAGE',
      `-o takes one statement, and ${place} holds commands of the prompt; leave them out`,
    )
  }
  const { length } = allStatements(only.text)
  if (length === 1) return only.text
  throw new PlatformError('USAGE', `-o takes one statement, and ${place} holds ${length}; write a file for each`)
}

/** Where the file is, behind links. */
async function targetOf({ name, force }: OutputFile): Promise<string> {
  const path = resolve(name)
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new PlatformError('USAGE', `-o ${name} cannot be written: ${error.message}`, { cause: error })
  })
  if (found === undefined) return path
  if (!found.isFile()) throw new PlatformError('USAGE', `-o ${name}: that is no regular file; name another`)
  if (!force) throw taken(name)
  return realpath(path)
}

function taken(name: string): PlatformError {
  return new PlatformError('USAGE', `${name} is there already; --force writes over it`)
}

/** Writes the result in the query's folder; gives the number of rows. */
async function writeRows(running: RunningQuery, file: OutputFile): Promise<number> {
  if (file.format === 'parquet') {
    const event = await running.next()
    if (event.kind !== 'done') throw new Error(`a Parquet file was to be written, and ${event.kind} came`)
    return event.rowCount
  }
  const format = resultFormat(file.format, { width: undefined, footer: false })
  const handle = await open(join(running.folder, RESULT_FILE), 'wx')
  let rows = 0
  const counting = {
    ...format,
    end: (summary: { rowCount: number; elapsedMs: number }) => {
      rows = summary.rowCount
      return format.end(summary)
    },
  }
  try {
    await printResults(
      running,
      () => counting,
      async (text) => {
        await handle.writeFile(text)
        return true
      },
    )
  } finally {
    await handle.close()
  }
  return rows
}

/** The whole file gets its name, on disk for good. */
async function giveName(file: OutputFile, { from, to }: { readonly from: string; readonly to: string }): Promise<void> {
  const handle = await open(from, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (file.force) await replaceFrom(from, to)
  else if ((await createFrom(from, to, true)) === 'exists') throw taken(file.name)
}

function cannotWrite({ name }: OutputFile, error: unknown): unknown {
  if (error instanceof PlatformError || !(error instanceof Error) || !('code' in error)) return error
  const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT'
  const advice = isFull ? 'no space is left there' : 'name a folder that is there and can be written'
  const message = `${basename(name)} cannot be written to ${dirname(resolve(name))}: ${messageOf(error)}; ${advice}`
  return new PlatformError(isFull ? 'STORE_FULL' : 'USAGE', message, { cause: error })
}
