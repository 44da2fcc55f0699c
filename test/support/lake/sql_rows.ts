// SQL as a user asks it: `tickerlake sql --json` in a process of its own.

import type { Env } from '#runtime/settings'
import { startTickerlake } from '#support/start_tickerlake'

/** The rows of a query. Rejects with what the command said. */
export async function sqlRows(query: string, env: Env): Promise<Record<string, unknown>[]> {
  const command = startTickerlake(['sql', '--json', query], env)
  command.input('')
  const { code } = await command.ended
  if (code !== 0) throw new Error(`tickerlake sql ended with ${code}: ${command.stderr.join('\n')}`)
  return JSON.parse(command.stdout.join('\n')) as Record<string, unknown>[]
}
