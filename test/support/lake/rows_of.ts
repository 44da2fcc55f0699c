// SQL over a lake in a folder as `tickerlake sql --json` answers it, asked in this process.

import { sqlCommand } from '#services/cli/commands/tables/sql'
import { runCommand } from '#support/command_context'

/** The rows of a query. Rejects with what the command throws. */
export async function rowsOf(folder: string, sql: string): Promise<Record<string, unknown>[]> {
  const call = { env: { LAKE_URL: folder }, positionals: [sql], values: { json: true } }
  return JSON.parse((await runCommand(sqlCommand, call)).stdout)
}
