// A file of statements or a pipe: statements and the prompt's commands, in their order. All is read before anything
// runs, so a wrong command stops it all. Statements between two commands run together, on one state of the tables.

import { splitStatements } from '#lake-sql/statement'
import type { CommandContext } from '#services/cli/command'
import { noStatement, type Shell } from '#services/cli/sql/shell'
import { isCommandLine, readCommand, type ShellCommand } from '#services/cli/sql/shell_command'

/** One part of a script. */
export type ScriptStep =
  | { readonly kind: 'statements'; readonly text: string }
  | { readonly kind: 'command'; readonly command: ShellCommand }

/** Reads a script. Throws USAGE when a command in it is wrong. */
export function readScript(text: string): readonly ScriptStep[] {
  const steps: ScriptStep[] = []
  let waiting = ''
  const take = () => {
    if (hasStatement(waiting)) steps.push({ kind: 'statements', text: waiting })
    waiting = ''
  }
  for (const line of text.split(/(?<=\n)/)) {
    if (isCommandLine(line) && splitStatements(waiting).rest === '') {
      take()
      steps.push({ kind: 'command', command: readCommand(line) })
    } else waiting += line
  }
  take()
  return steps
}

/** Runs a script. Throws USAGE when there is nothing in it; `place` says where it came from. */
export async function runScript(
  shell: Shell,
  { text, place }: { readonly text: string; readonly place: string },
  { stdout, signal }: CommandContext,
): Promise<void> {
  const steps = readScript(text)
  if (steps.length === 0) throw noStatement(place)
  for (const step of steps) {
    if (step.kind === 'statements') await shell.run(step.text, signal)
    else {
      const answer = await step.command.run(shell, signal)
      if (answer === undefined) return
      stdout.write(answer)
    }
  }
}

function hasStatement(text: string): boolean {
  const { statements, rest } = splitStatements(text)
  return statements.length > 0 || rest !== ''
}
