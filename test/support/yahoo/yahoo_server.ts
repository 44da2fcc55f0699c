// Plays Yahoo's hosts on a local port, under one base URL: /finance.yahoo.com/..., /query1.finance.yahoo.com/... It
// hands out a cookie and a crumb and insists on both, as Yahoo does, streams ticks, and fails on demand.

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { quoteAnswers, type YahooRow } from '#support/yahoo/quote_answers'
import { faultyReply, page, type Reply, respond, type YahooFault } from '#support/yahoo/replies'
import { openStreamer, type YahooStreamer } from '#support/yahoo/streamer'
import type { YahooEndpoint, YahooPart } from '#support/yahoo/yahoo_part'

export { YAHOO_ROWS, type YahooRow } from '#support/yahoo/quote_answers'
export type { YahooFault } from '#support/yahoo/replies'
export type { YahooEndpoint } from '#support/yahoo/yahoo_part'

/** A running server. */
export interface YahooServer {
  /** For YAHOO_BASE_URL. */
  readonly url: string
  /** The endpoints that were asked, in order; those that went wrong included. */
  readonly requests: readonly YahooEndpoint[]
  /** The symbols of each quote request that was answered. */
  readonly asked: readonly (readonly string[])[]
  /** The WebSocket of /streamer.finance.yahoo.com. */
  readonly streamer: YahooStreamer
  /** What symbols are known from now on; those of a request that are not here are silently left out. */
  setRows(rows: readonly YahooRow[]): void
  /** Makes the next request to the endpoint go wrong; several wait in line. */
  failNext(endpoint: YahooEndpoint, fault: YahooFault): void
  /** The crumbs handed out so far are no longer taken: 401 Invalid Crumb. */
  expireCrumbs(): void
  /** Answers one more kind of request. */
  serve(part: YahooPart): void
  close(): Promise<void>
}

/** Starts a server that knows the rows of the fixture. A port of 0 is any free one. */
export async function startYahooServer(port = 0): Promise<YahooServer> {
  const quotes = quoteAnswers()
  const streamer = openStreamer()
  const state: ServerState = { requests: [], faults: new Map(), parts: [...quotes.parts] }
  const server = createServer((request, response) => respond(answer(state, request), request, response))
  server.on('upgrade', (request, socket) => streamer.take(request, socket))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: state.requests,
    asked: quotes.asked,
    streamer,
    setRows: quotes.setRows,
    failNext: (endpoint, fault) => void state.faults.set(endpoint, [...(state.faults.get(endpoint) ?? []), fault]),
    expireCrumbs: quotes.expireCrumbs,
    serve: (part) => void state.parts.push(part),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        streamer.cut()
      }),
  }
}

interface ServerState {
  readonly requests: YahooEndpoint[]
  readonly faults: Map<YahooEndpoint, readonly YahooFault[]>
  readonly parts: YahooPart[]
}

function answer(state: ServerState, request: IncomingMessage): Reply {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const part = state.parts.find(({ serves }) => serves(url.pathname))
  if (part === undefined) return page(404, `no such page: ${url.pathname}`)
  state.requests.push(part.endpoint)
  const [fault, ...later] = state.faults.get(part.endpoint) ?? []
  state.faults.set(part.endpoint, later)
  return fault === undefined ? part.answer({ url, cookie: request.headers.cookie ?? '' }) : faultyReply(fault)
}
