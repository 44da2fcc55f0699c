// `tickerlake` as a process that comes to its end, and a lake for it to copy.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Env } from '#runtime/settings'
import { PROGRAM, startTickerlake } from '#support/start_tickerlake'

/** Ends with its exit code and output. */
export async function run(args: readonly string[], env: Env) {
  const command = startTickerlake(args, env)
  command.input('')
  const { code } = await command.ended
  return { code, stdout: command.stdout.join('\n'), stderr: command.stderr.join('\n') }
}

/** `tickerlake copy` with these words. */
export const copy = (env: Env, ...words: string[]) => run(['copy', ...words], env)

/** Fills a lake with a simulated market, in commits of so many rows; in a hook as well. */
export async function fill(env: Env, flushRows = 100): Promise<void> {
  const market = { SIMULATOR_QUOTES: '2000', SIMULATOR_RATE: '2000', FLUSH_ROWS: String(flushRows) }
  const settings = { ...env, ...market, WEB_PORT: '0', BACKFILL_AT_START: 'false', LOG_LEVEL: 'error' }
  await promisify(execFile)(process.execPath, [PROGRAM, 'start', '--drain'], { env: settings })
}
