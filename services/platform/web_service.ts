// The page's server as `web` and `start` run it: its settings read and checked, its address told.

import { messageOf } from '#runtime/errors'
import { backoffMs, type RetryPolicy } from '#runtime/retry'
import { MINUTE_MS } from '#runtime/units'
import { calendarSettings, calendarsOf } from '#services/calendar_settings'
import { lakeUrl } from '#services/platform/places'
import type { Service, ServiceContext } from '#services/platform/service'
import { lakeSettings } from '#services/platform/settings'
import { isLoopback, webConfig, webSettings } from '#services/web/config'

/** The page's server. Its parts are loaded when it runs. */
export function webService(context: ServiceContext): Service<void> {
  const config = webConfig(context.settings.of(webSettings))
  const lake = lakeUrl(context.settings.of(lakeSettings))
  const calendars = calendarsOf(context.settings.of(calendarSettings))
  return async ({ log, signal, health }) => {
    const { runWeb } = await import('#services/web/web')
    const onReady = (port: number) => {
      context.logger.info({ port }, `the page is at ${pageUrl(config.host, port)}${movedFrom(config.port, port)}`)
      health?.ready()
    }
    const { settings, clock, random, newId, logger } = context
    const openLake = () => context.openStore(lake)
    const openStore = (url: string) => context.openStore(url)
    await runWeb({
      ...{ config, settings, log, calendars, clock, random, newId, logger },
      ...{ openLake, openStore, signal, onReady },
    })
  }
}

/** How often and when the page is started again beside the other services. */
const RESTART: RetryPolicy = { attemptsMax: 10, delayMinMs: 1_000, delayMaxMs: 60_000 }

/** A page that ran for so long has forgotten its failures. */
const FORGOTTEN_AFTER_MS = 10 * MINUTE_MS

/**
 * The same beside services that must not suffer from it: a failure is said and tried again a few times, and never
 * rejects. With WEB_PORT=0 there is no page.
 */
export function webBeside(context: ServiceContext): Service<void> {
  const { clock, logger, random } = context
  if (context.settings.of(webSettings).WEB_PORT === 0) return async () => {}
  const run = webService(context)
  return async (parts) => {
    for (let attempt = 1; !parts.signal.aborted; attempt++) {
      const since = clock.now()
      try {
        return await run(parts)
      } catch (error) {
        if (clock.now() - since > FORGOTTEN_AFTER_MS) attempt = 1
        const isLast = attempt === RESTART.attemptsMax
        const delayMs = backoffMs(attempt, RESTART, random)
        const next = isLast ? '' : `; it is tried again in ${Math.ceil(delayMs / 1000)} s`
        logger.warn(`the page cannot be served: ${messageOf(error)}; all else goes on without it${next}`)
        if (isLast) return
        await clock.sleep(delayMs, parts.signal)
      }
    }
  }
}

/** What to type into a browser on this machine. */
function pageUrl(host: string, port: number): string {
  const name = isLoopback(host) || !/^(0\.0\.0\.0|::)$/.test(host) ? host : '127.0.0.1'
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

function movedFrom(wanted: number, port: number): string {
  return wanted === 0 || wanted === port ? '' : ` (port ${wanted} is taken)`
}
