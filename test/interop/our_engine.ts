// `tickerlake sql` as one engine among others, and what every engine that reads tables is to the tests.

import { startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'
import { type Dialect, duckdbDialect, type Row } from './dialect.ts'

/** What reads a table. */
export interface Engine {
  readonly name: string
  readonly dialect: Dialect
  /** Rows of a query over the table in this folder, which it calls `t`. */
  query(path: string, sql: string): Promise<Row[]>
}

/** Ours. */
export const ourEngine: Engine = { name: 'tickerlake', dialect: duckdbDialect, query: ourQuery }

async function ourQuery(path: string, sql: string): Promise<Row[]> {
  const command = startTickerlake(['sql', '--json', '--attach', `t=${path}`, sql], { DATA_DIR: temporaryFolder() })
  command.input('')
  const { code } = await command.ended
  if (code !== 0) throw new Error(`tickerlake sql ended with ${code}: ${command.stderr.join('\n')}`)
  return (JSON.parse(command.stdout.join('\n')) as Record<string, string>[]).map((row) => Object.values(row))
}
