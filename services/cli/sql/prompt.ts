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

interface PromptState extends PromptParts {
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
  const state: PromptState = { ...parts, context, typed: '', running: undefined, remembered: [], ended: false }
  const lines = openLines(state)
  const onAbort = () => lines.close()
  context.signal.addEventListener('abort', onAbort, { once: true })
  context.stdout.write(WELCOME)
  lines.prompt()
  try {
    for await (const line of lines) {
      if (await isQuitting(line, state)) break
      if (state.ended) continue
      lines.setPrompt(state.typed === '' ? PROMPT : CONTINUED)
      lines.prompt()
    }
  } finally {
    context.signal.removeEventListener('abort', onAbort)
    lines.close()
    context.stdout.write('\n')
  }
}

function openLines(state: PromptState): Interface {
  const { context, history, shell } = state
  const names = namesOf(shell, context.signal)
  const lines = createInterface({
    input: context.stdin,
    output: context.stdout,
    prompt: PROMPT,
    history: [...history.statements],
    historySize: 2 * HISTORY_STATEMENTS_MAX,
    completer(line: string, done: (error: Error | null, completion?: Completion) => void) {
      complete(line, state.typed, names).then((completion) => done(null, completion), done)
    },
  })
  lines.on('history', (remembered: string[]) => {
    state.remembered = remembered
  })
  lines.on('SIGINT', () => interrupt(lines, state))
  // The input may end while a statement runs; its lines are still to be taken, but nobody is to be prompted any more.
  lines.once('close', () => {
    state.ended = true
  })
  return lines
}

async function isQuitting(line: string, state: PromptState): Promise<boolean> {
  if (state.typed === '') {
    const word = PLAIN_WORDS[line.trim().replace(/;$/, '').toLowerCase()] ?? line
    if (isCommandLine(word)) return runCommand(word, state)
  }
  const { statements, rest } = splitStatements(`${state.typed}${line}\n`)
  if (statements.length > 0) remember(`${state.typed}${line}`, state)
  state.typed = rest === '' ? '' : `${rest.slice(0, SQL_TEXT_CHARS_MAX)}\n`
  for (const statement of statements) {
    // One that fails keeps those behind it on the line from running.
    if (!(await attempt(state, (signal) => state.shell.run(statement, signal)))) break
  }
  return state.context.signal.aborted
}

async function runCommand(line: string, state: PromptState): Promise<boolean> {
  remember(line, state)
  let answer: string | undefined = ''
  await attempt(state, async (signal) => {
    answer = await readCommand(line).run(state.shell, signal)
  })
  state.context.stdout.write(answer ?? '')
  return answer === undefined
}

/** Readline remembers lines, we remember statements: once one is complete, it takes the place of its lines. */
function remember(statement: string, { history, remembered }: PromptState): void {
  if (history.add(statement)) remembered.splice(0, remembered.length, ...history.statements)
}

/** False when it failed; then the reason is shown. */
async function attempt(state: PromptState, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const { context } = state
  state.running = new AbortController()
  try {
    await work(AbortSignal.any([state.running.signal, context.signal]))
    return true
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    context.stdout.write(`${displayText(messageOf(error))} [${error.code}]\n`)
    return false
  } finally {
    state.running = undefined
  }
}

function interrupt(lines: Interface, state: PromptState): void {
  if (state.running !== undefined) {
    state.running.abort()
    return
  }
  state.typed = ''
  lines.write(null, { ctrl: true, name: 'e' })
  lines.write(null, { ctrl: true, name: 'u' })
  state.context.stdout.write('\n')
  lines.setPrompt(PROMPT)
  lines.prompt()
}
