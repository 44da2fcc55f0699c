// The page over real processes: `tickerlake stream` and `tickerlake web` on an embedded log of the test's own, into
// which the test publishes quotes. All of them are gone when the running test is over.

import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded_log'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'
import type { Env } from '#runtime/settings'
import { freePort } from '#support/services/reach'
import { type RunningTickerlake, startTickerlake } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

/** A quote as a producer sends it. */
export type SentQuote = { readonly symbol: string; readonly price: number } & Readonly<Record<string, unknown>>

/** The page's address and what stands behind it. */
export interface RunningPage {
  readonly origin: string
  /** The settings of its processes, for others beside them. */
  readonly env: Env
  /** Sends quotes of now, unless they say another time. */
  publish(...quotes: readonly SentQuote[]): Promise<void>
  /** Starts the web process, at the same address each time. */
  startWeb(): Promise<RunningTickerlake>
}

const READY = /the page is at http/
const START_MAX_MS = 40_000

/** Topics and the stream, without the web process yet. */
export async function startPage(settings: Env = {}): Promise<RunningPage> {
  const port = await freePort()
  const env = { DATA_DIR: temporaryFolder(), WEB_PORT: `${port}`, ...settings }
  const init = startTickerlake(['init'], env)
  const ended = await init.ended
  if (ended.code !== 0) throw new Error(`init ended with ${ended.code}: ${init.stderr.join('\n')}`)
  startTickerlake(['stream'], env)
  const path = join(env.DATA_DIR, 'log.sqlite')
  const log = openEmbeddedLog({ path, clock: systemClock, logger: silentLogger })
  onTestFinished(() => log.close())
  return {
    origin: `http://127.0.0.1:${port}`,
    env,
    publish: (...quotes) => log.publish(quotes.map(recordOf)),
    async startWeb() {
      const web = startTickerlake(['web'], env)
      await web.waitForLine(READY, START_MAX_MS)
      return web
    },
  }
}

function recordOf(quote: SentQuote) {
  const value = JSON.stringify({ timestamp: systemClock.now(), ...quote })
  return { topic: 'stock-prices', key: quote.symbol, value }
}
