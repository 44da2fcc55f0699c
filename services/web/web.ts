// The page's service: reads the topics and the tables, and serves them over HTTP. It never writes, and whatever befalls
// it concerns nobody else.

import type { Calendars } from '#calendar/calendar'
import type { EventLog } from '#log/event_log'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import type { Logger } from '#runtime/logger'
import type { Settings } from '#runtime/settings'
import { makeAnswers } from '#services/web/answers'
import type { WebConfig } from '#services/web/config'
import { createApp } from '#services/web/http/app'
import { openAssets } from '#services/web/http/assets'
import { createGuard } from '#services/web/http/guard'
import type { Routes } from '#services/web/http/route'
import { startServer } from '#services/web/http/server'
import { tokenGate } from '#services/web/http/token_gate'
import { sqlRoutes } from '#services/web/sql/sql_routes'

/** What the service runs on. It fits what the catalog takes as its context. */
export interface WebParts {
  readonly config: WebConfig
  /** Of the web, the lake, queries, bars and the decoder. */
  readonly settings: Settings
  readonly log: EventLog
  readonly calendars: Calendars
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly logger: Logger
  openLake(): Promise<ObjectStore>
  openStore(url: string): Promise<ObjectStore>
  /** Aborted when the service is to end. */
  readonly signal: AbortSignal
  /** Told the port once it answers. */
  readonly onReady: (port: number) => void
}

/** Serves until the signal aborts. Throws CONFIG_INVALID when it cannot listen, LOG_ errors when the log stays away. */
export async function runWeb(parts: WebParts): Promise<void> {
  const { config, clock, logger } = parts
  const failed = new AbortController()
  const signal = AbortSignal.any([parts.signal, failed.signal])
  const assets = await openAssets()
  const lake = await parts.openLake()
  const { build } = assets
  const answers = makeAnswers({ ...parts, lake, build, sql: config.sql, signal })
  const tableStates = () => answers.flow.tables()
  const routes: Routes = {
    '/': { get: assets.page },
    '/assets/*': { get: assets.asset },
    ...sqlRoutes({ ...parts, signal, sql: config.sql, tableStates }),
    ...answers.routes,
  }
  const gate = config.token === undefined ? undefined : tokenGate({ ...assets, token: config.token, clock })
  const guard = createGuard({ hostNames: [...config.hostNames, config.host.toLowerCase()], gate })
  const login = gate === undefined ? {} : { '/login': { post: gate.login } }
  const app = createApp({ routes: { ...routes, ...login }, guard, logger })
  const server = await startServer(app, config)
  parts.onReady(server.port)
  try {
    await answers.run()
  } finally {
    failed.abort()
    await answers.close()
    await server.close()
  }
}
