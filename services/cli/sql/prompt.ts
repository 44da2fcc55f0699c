// The prompt of `tickerlake sql`: statements end with `;`, each sees the newest state of the tables, an error is shown
// and the prompt goes on. Ctrl+C stops the query at work, or drops what was typed; Ctrl+D ends.

import { createInterface, type Interface } from 'node:readline'
import { SQL_TEXT_CHARS_MAX } from '#lake-sql/limits'
import { splitStatements } from '#lake-sql/statement'
import { displayText } from '#runtime/console/display_text'
import { messageOf, PlatformError } from '#runtime/errors'
import type { CommandContext } from '#services/cli/command'
import { type Completion, complete, namesOf } from '#services/cli/sql/completion'
import { HISTORY_STATEMENTS_MAX, type PromptHistory } from '#services/cli/sql/history'
import type { Shell } from '#services/cli/sql/shell'
import { isCommandLine, readCommand } from '#services/cli/sql/shell_command'

const PROMPT = 'tickerlake> '
const CONTINUED = '       ...> '
const WELCOME = 'Statements end with ;   .help lists the commands, .tables the tables; Ctrl+D or \\q leaves.\n'

/** What may be typed for a command without its dot, where no statement could begin so. */
const PLAIN_WORDS: Readonly<Record<string, string>> = { help: '.help', quit: '.quit', exit: '.exit' }

/** What the prompt works with. */
export interface PromptParts {
  readonly shell: Shell
  readonly history: PromptHistory
}

interface PromptSession extends PromptParts {
  readonly context: CommandContext
  /** What was typed since the last `;`. */
  typed: string
  running: AbortController | undefined
  /** The lines that readline calls back, newest first; the list is its own. */
  remembered: string[]
  /** The input has ended. */
  ended: boolean
}

/** Reads and runs statements until the input ends. */
export async function runPrompt(context: CommandContext, parts: PromptParts): Promise<void> {
  const session: PromptSession = { ...parts, context, typed: '', running: undefined, remembered: [], ended: false }
  const lines = openLines(session)
  const onAbort = () => lines.close()
  context.signal.addEventListener('abort', onAbort, { once: true })
  context.stdout.write(WELCOME)
  lines.prompt()
  try {
    for await (const line of lines) {
      if (await isQuitting(line, session)) break
      if (session.ended) continue
      lines.setPrompt(session.typed === '' ? PROMPT : CONTINUED)
      lines.prompt()
    }
  } finally {
    context.signal.removeEventListener('abort', onAbort)
    lines.close()
    context.stdout.write('\n')
  }
}

function openLines(session: PromptSession): Interface {
  const { context, history, shell } = session
  const names = namesOf(shell, context.signal)
  const lines = createInterface({
    input: context.stdin,
    output: context.stdout,
    prompt: PROMPT,
    history: [...history.statements],
    historySize: 2 * HISTORY_STATEMENTS_MAX,
    completer(line: string, done: (error: Error | null, completion?: Completion) => void) {
      complete(line, session.typed, names).then((completion) => done(null, completion), done)
    },
  })
  lines.on('history', (remembered: string[]) => {
    session.remembered = remembered
  })
  lines.on('SIGINT', () => interrupt(lines, session))
  // The input may end while a statement runs; its lines are still to be taken, but nobody is to be prompted any more.
  lines.once('close', () => {
    session.ended = true
  })
  return lines
}

async function isQuitting(line: string, session: PromptSession): Promise<boolean> {
  if (session.typed === '') {
    const word = PLAIN_WORDS[line.trim().replace(/;$/, '').toLowerCase()] ?? line
    if (isCommandLine(word)) return runCommand(word, session)
  }
  const { statements, rest } = splitStatements(`${session.typed}${line}\n`)
  if (statements.length > 0) remember(`${session.typed}${line}`, session)
  session.typed = rest === '' ? '' : `${rest.slice(0, SQL_TEXT_CHARS_MAX)}\n`
  for (const statement of statements) {
    // One that fails keeps those behind it on the line from running.
    if (!(await attempt(session, (signal) => session.shell.run(statement, signal)))) break
  }
  return session.context.signal.aborted
}

async function runCommand(line: string, session: PromptSession): Promise<boolean> {
  remember(line, session)
  let answer: string | undefined = ''
  await attempt(session, async (signal) => {
    answer = await readCommand(line).run(session.shell, signal)
  })
  session.context.stdout.write(answer ?? '')
  return answer === undefined
}

/** Readline remembers lines, we remember statements: once one is complete, it takes the place of its lines. */
function remember(statement: string, { history, remembered }: PromptSession): void {
  if (history.add(statement)) remembered.splice(0, remembered.length, ...history.statements)
}

/** False when it failed; then the reason is shown. */
async function attempt(session: PromptSession, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const { context } = session
  session.running = new AbortController()
  try {
    await work(AbortSignal.any([session.running.signal, context.signal]))
    return true
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    context.stdout.write(`${displayText(messageOf(error))} [${error.code}]\n`)
    return false
  } finally {
    session.running = undefined
  }
}

function interrupt(lines: Interface, session: PromptSession): void {
  if (session.running !== undefined) {
    session.running.abort()
    return
  }
  session.typed = ''
  lines.write(null, { ctrl: true, name: 'e' })
  lines.write(null, { ctrl: true, name: 'u' })
  session.context.stdout.write('\n')
  lines.setPrompt(PROMPT)
  lines.prompt()
}
