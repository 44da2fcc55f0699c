// The prompt of `tickerlake sql`: statements end with `;`, each sees the newest state of the tables, an error is shown
// and the prompt goes on. Ctrl+C stops the query at work, or drops what was typed; Ctrl+D ends.

import { createInterface, type Interface } from 'node:readline'
import { displayText } from '#lake-sql/display_text'
import { SQL_TEXT_CHARS_MAX } from '#lake-sql/limits'
import { splitStatements } from '#lake-sql/statement'
import type { ViewDefinition } from '#lake-sql/views'
import { PlatformError } from '#runtime/errors'
import type { CommandContext } from '#services/cli/command'
import type { RunSql } from '#services/cli/commands/sql'
import { TABLES } from '#services/writer/tables'

/** What the prompt works with. */
export interface PromptParts {
  readonly run: RunSql
  readonly views: readonly ViewDefinition[]
  /** `name=place` of foreign tables. */
  readonly attached: readonly string[]
}

/** Statements that can be called back with the arrow keys; in memory only. */
const HISTORY_LINES_MAX = 1000
const PROMPT = 'tickerlake> '
const CONTINUED = '       ...> '

const HELP = `Statements end with ;   .tables lists tables and views   \\q quits
Ctrl+C stops a query, or drops what you typed.
`

/** Reads and runs statements until the input ends. */
export async function runPrompt(context: CommandContext, parts: PromptParts): Promise<void> {
  const { stdin, stdout, signal } = context
  const lines = createInterface({ input: stdin, output: stdout, historySize: HISTORY_LINES_MAX, prompt: PROMPT })
  const state: PromptState = { typed: '', running: undefined, ended: false }
  const onAbort = () => lines.close()
  signal.addEventListener('abort', onAbort, { once: true })
  lines.on('SIGINT', () => interrupt(lines, { context, parts, state }))
  // The input may end while a statement runs; its lines are still to be taken, but nobody is to be prompted any more.
  lines.once('close', () => {
    state.ended = true
  })
  stdout.write(HELP)
  lines.prompt()
  try {
    for await (const line of lines) {
      if (await isQuitting(line, { context, parts, state })) break
      if (state.ended) continue
      lines.setPrompt(state.typed === '' ? PROMPT : CONTINUED)
      lines.prompt()
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    lines.close()
    stdout.write('\n')
  }
}

interface PromptState {
  /** What was typed since the last `;`. */
  typed: string
  running: AbortController | undefined
  /** The input has ended. */
  ended: boolean
}

interface PromptSession {
  readonly context: CommandContext
  readonly parts: PromptParts
  readonly state: PromptState
}

async function isQuitting(line: string, session: PromptSession): Promise<boolean> {
  const { state, context, parts } = session
  const word = line.trim().replace(/;$/, '').toLowerCase()
  if (state.typed === '') {
    if (['\\q', '.quit', '.exit', 'quit', 'exit'].includes(word)) return true
    const answer = answerTo(word, parts)
    if (answer !== undefined) {
      context.stdout.write(answer)
      return false
    }
  }
  const { statements, rest } = splitStatements(`${state.typed}${line}\n`)
  state.typed = rest === '' ? '' : `${rest.slice(0, SQL_TEXT_CHARS_MAX)}\n`
  for (const statement of statements) if (!(await runOne(statement, session))) break
  return context.signal.aborted
}

function answerTo(word: string, parts: PromptParts): string | undefined {
  if (word === '.tables' || word === '\\d') return tableList(parts)
  if (['.help', '\\?', 'help'].includes(word)) return HELP
  return /^[.\\]/.test(word) ? `there is no ${word}; .help says what there is\n` : undefined
}

function tableList(parts: PromptParts): string {
  const foreign = parts.attached.map((word) => ({ name: word.split('=')[0] ?? '', text: word }))
  const rows = [
    ...TABLES.map((spec) => ({ name: spec.name, text: spec.description })),
    ...foreign,
    ...parts.views.map((view) => ({ name: view.name, text: view.comment })),
  ]
  const width = Math.max(...rows.map((row) => row.name.length))
  return `${rows.map((row) => `${row.name.padEnd(width)}  ${displayText(row.text)}`).join('\n')}\n`
}

/** False when the statement failed: those behind it on the line are not run. */
async function runOne(statement: string, { context, parts, state }: PromptSession): Promise<boolean> {
  state.running = new AbortController()
  try {
    await parts.run(statement, AbortSignal.any([state.running.signal, context.signal]))
    return true
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    context.stdout.write(`${displayText(error.message)} [${error.code}]\n`)
    return false
  } finally {
    state.running = undefined
  }
}

function interrupt(lines: Interface, { state, context }: PromptSession): void {
  if (state.running !== undefined) {
    state.running.abort()
    return
  }
  state.typed = ''
  lines.write(null, { ctrl: true, name: 'u' })
  context.stdout.write('\n')
  lines.setPrompt(PROMPT)
  lines.prompt()
}
