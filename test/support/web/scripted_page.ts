// The page's real files, headers and modules, with an API whose answers the test writes: for what a whole platform
// would show only now and then.

import { onTestFinished } from 'vitest'
import { silentLogger } from '#runtime/logger'
import type { FlowState, StreamEvents } from '#services/web/api'
import { createApp } from '#services/web/http/app'
import { openAssets } from '#services/web/http/assets'
import { createGuard } from '#services/web/http/guard'
import { jsonRoute, type Routes } from '#services/web/http/route'
import { startServer } from '#services/web/http/server'

/** A page that is served until the running test is over. */
export interface ScriptedPage {
  readonly url: string
  /** Sends an event to all that look. */
  send<E extends keyof StreamEvents>(event: E, data: StreamEvents[E]): void
}

/** What the API says. */
export interface PageScript {
  readonly flow: () => FlowState
  /** Further routes, or others in the place of those that are there. */
  readonly routes?: Routes
  /** Whether there is SQL; true unless told. */
  readonly sql?: boolean
}

/** Serves the page. */
export async function scriptedPage({ flow, routes = {}, sql = true }: PageScript): Promise<ScriptedPage> {
  const assets = await openAssets()
  const viewers = new Set<ReadableStreamDefaultController<string>>()
  const stream = () => {
    let viewer: ReadableStreamDefaultController<string>
    const body = new ReadableStream<string>({
      start(controller) {
        viewer = controller
        viewers.add(viewer)
        viewer.enqueue(frame('hello', { build: assets.build, sql, now: flow().now, historyVersion: null }))
      },
      cancel: () => void viewers.delete(viewer),
    })
    return new Response(body.pipeThrough(new TextEncoderStream()), { headers: { 'content-type': 'text/event-stream' } })
  }
  const all: Routes = {
    '/': { get: assets.page },
    '/assets/*': { get: assets.asset },
    '/api/stream': { get: stream },
    '/api/health': { get: jsonRoute(flow) },
    '/api/symbols': { get: jsonRoute(() => ({ now: flow().now, position: 'p', symbols: [] })) },
    '/api/alerts': { get: jsonRoute(() => ({ alerts: [], more: false })) },
    '/api/bars': { get: jsonRoute(() => ({ bars: [], grains: ['1m'], grain: '1m', earliest: null, position: 'p' })) },
    '/api/tables': { get: jsonRoute(() => ({ tables: [], relations: [], examples: [] })) },
    ...routes,
  }
  const app = createApp({ routes: all, guard: createGuard({ hostNames: [], gate: undefined }), logger: silentLogger })
  const server = await startServer(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => server.close())
  return {
    url: `http://127.0.0.1:${server.port}/`,
    send(event, data) {
      for (const viewer of viewers) viewer.enqueue(frame(event, data))
    },
  }
}

function frame<E extends keyof StreamEvents>(event: E, data: StreamEvents[E]): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
