// The page's server as a user starts it, and the port that it says.

import type { Env } from '#runtime/settings'
import { freePort } from '#support/services/reach'
import { type RunningTickerlake, startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

/** A process that serves the page. */
export interface PageServer {
  readonly process: RunningTickerlake
  readonly env: Env
  readonly port: number
  readonly origin: string
}

/** Starts `start` or `web`; settles once the page's address is printed. */
export async function startPage(command: 'start' | 'web', env: Env = {}): Promise<PageServer> {
  const settings = { DATA_DIR: temporaryFolder(), FLUSH_INTERVAL_MS: '500', WEB_PORT: `${await freePort()}`, ...env }
  const process = startTickerlake([command], settings)
  const line = await process.waitForLine(/the page is at http:\/\/\S+:\d+/)
  const port = Number(/the page is at http:\/\/[^"\s]+:(\d+)/.exec(line)?.[1])
  return { process, env: settings, port, origin: `http://127.0.0.1:${port}` }
}
