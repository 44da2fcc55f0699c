// Where the text of a query comes from: the command line, a file, or stdin.

import { readFile } from 'node:fs/promises'
import { SQL_TEXT_CHARS_MAX } from '#lake-sql/limits'
import { messageOf, PlatformError } from '#runtime/errors'
import type { CommandArguments, CommandContext } from '#services/cli/command'

/** A text and where it came from, for people. */
export interface QueryText {
  readonly text: string
  readonly place: string
}

/** The text of the query; undefined when a prompt is wanted. Throws USAGE. */
export async function queryText(context: CommandContext, args: CommandArguments): Promise<QueryText | undefined> {
  const { file } = args.values
  const [query, ...more] = args.positionals
  if (more.length > 0) throw new PlatformError('USAGE', 'sql takes one query; put it in quotes')
  if (query !== undefined && file !== undefined) throw new PlatformError('USAGE', 'give a query or --file, not both')
  if (query !== undefined) return { text: query, place: 'the query' }
  if (typeof file === 'string' && file !== '-') return readQueryFile(file)
  if (file === undefined && context.stdin.isTTY) return undefined
  return { text: withoutMark(await readStream(context.stdin)), place: 'standard input' }
}

async function readQueryFile(path: string): Promise<QueryText> {
  try {
    return { text: withoutMark(await readFile(path, 'utf8')), place: `the file ${path}` }
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

/** Editors on Windows begin a file with a byte order mark. */
function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '')
}
