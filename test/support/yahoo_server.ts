// Plays Yahoo's hosts on a local port, under one base URL: /finance.yahoo.com/..., /query1.finance.yahoo.com/... It
// hands out a cookie and a crumb and insists on both, as Yahoo does, and fails on demand. Rows: test/fixtures/yahoo.

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A row of the quote answer, as it is on the wire. */
export type YahooRow = Readonly<Record<string, unknown>>

/** What can go wrong with a request. */
export type YahooFault =
  | { readonly kind: 'rate_limited'; readonly retryAfter?: string }
  | { readonly kind: 'server_error' }
  | { readonly kind: 'html' }
  | { readonly kind: 'error_with_200'; readonly description: string }
  | { readonly kind: 'huge' }
  /** More header bytes than Node reads by default. */
  | { readonly kind: 'huge_headers' }
  /** The connection is cut without an answer. */
  | { readonly kind: 'cut' }
  /** No answer at all until the caller gives up. */
  | { readonly kind: 'silent' }

/** The requests of a session. */
export type YahooEndpoint = 'cookie' | 'crumb' | 'quote'

/** A running server. */
export interface YahooServer {
  /** For YAHOO_BASE_URL. */
  readonly url: string
  /** The endpoints that were asked, in order; those that went wrong included. */
  readonly requests: readonly YahooEndpoint[]
  /** The symbols of each quote request that was answered. */
  readonly asked: readonly (readonly string[])[]
  /** What symbols are known from now on; those of a request that are not here are silently left out. */
  setRows(rows: readonly YahooRow[]): void
  /** Makes the next request to the endpoint go wrong; several wait in line. */
  failNext(endpoint: YahooEndpoint, fault: YahooFault): void
  /** The crumbs handed out so far are no longer taken: 401 Invalid Crumb. */
  expireCrumbs(): void
  close(): Promise<void>
}

/** The rows of the fixture, by symbol. */
export const YAHOO_ROWS: Readonly<Record<string, YahooRow>> = JSON.parse(
  readFileSync(new URL('../fixtures/yahoo/rows.json', import.meta.url), 'utf8'),
)

/** Starts a server that knows the rows of the fixture. */
export async function startYahooServer(): Promise<YahooServer> {
  const state: ServerState = { requests: [], asked: [], rows: Object.values(YAHOO_ROWS), faults: new Map(), crumbs: 1 }
  const server = createServer((request, response) => respond(answer(state, request), request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests: state.requests,
    asked: state.asked,
    setRows(rows) {
      state.rows = rows
    },
    failNext: (endpoint, fault) => void state.faults.set(endpoint, [...(state.faults.get(endpoint) ?? []), fault]),
    expireCrumbs: () => void state.crumbs++,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface ServerState {
  readonly requests: YahooEndpoint[]
  readonly asked: (readonly string[])[]
  readonly faults: Map<YahooEndpoint, readonly YahooFault[]>
  rows: readonly YahooRow[]
  /** The number of the crumb that is good now. */
  crumbs: number
}

/** What goes back: an answer, nothing at all, or the end of the connection. */
type Reply = 'cut' | 'silent' | { status: number; body: string; headers: Record<string, string> }

function respond(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  if (reply === 'cut') request.socket.destroy()
  else if (reply !== 'silent') response.writeHead(reply.status, reply.headers).end(reply.body)
}

function answer(state: ServerState, request: IncomingMessage): Reply {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const endpoint = endpointOf(url.pathname)
  if (endpoint === null) return page(404, `no such page: ${url.pathname}`)
  state.requests.push(endpoint)
  const [fault, ...later] = state.faults.get(endpoint) ?? []
  state.faults.set(endpoint, later)
  if (fault !== undefined) return failure(fault)
  if (endpoint === 'cookie') return page(200, 'AAPL', { 'set-cookie': COOKIE })
  if (!request.headers.cookie?.includes('A3=cookie')) return json(401, error('Unauthorized', 'Invalid Cookie'))
  if (endpoint === 'crumb') return { status: 200, body: crumbOf(state), headers: { 'content-type': 'text/plain' } }
  if (url.searchParams.get('crumb') !== crumbOf(state)) return json(401, error('Unauthorized', 'Invalid Crumb'))
  return quotes(state, url)
}

const COOKIE = 'A3=cookie; Max-Age=31557600; Domain=.yahoo.com; Path=/; SameSite=None; Secure; HttpOnly'

function endpointOf(path: string): YahooEndpoint | null {
  if (path === '/finance.yahoo.com/quote/AAPL') return 'cookie'
  if (path === '/query1.finance.yahoo.com/v1/test/getcrumb') return 'crumb'
  return path === '/query2.finance.yahoo.com/v7/finance/quote' ? 'quote' : null
}

/** Recognisable, so that tests can look for it where it must not be. */
function crumbOf(state: ServerState): string {
  return `s3cretCrumb.${state.crumbs}`
}

function quotes(state: ServerState, url: URL): Reply {
  const symbols = (url.searchParams.get('symbols') ?? '').split(',')
  state.asked.push(symbols)
  const result = state.rows.filter((row) => symbols.includes(String(row.symbol)))
  return json(200, { quoteResponse: { result, error: null } })
}

function failure(fault: YahooFault): Reply {
  switch (fault.kind) {
    case 'rate_limited':
      return page(429, 'Too Many Requests', fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter })
    case 'server_error':
      return page(503, 'Service Unavailable')
    case 'html':
      return page(200, 'Will be right back...')
    case 'error_with_200':
      return json(200, error('Unauthorized', fault.description))
    case 'huge':
      return json(200, { quoteResponse: 'x'.repeat(9 * 1024 * 1024) })
    case 'huge_headers':
      return page(200, 'AAPL', { 'set-cookie': COOKIE, 'content-security-policy': 'x'.repeat(20_000) })
    default:
      return fault.kind
  }
}

function error(code: string, description: string) {
  return { finance: { result: null, error: { code, description } } }
}

function json(status: number, body: unknown): Reply {
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

function page(status: number, text: string, headers: Record<string, string> = {}): Reply {
  const body = `<!doctype html><html><body>${text}</body></html>`
  return { status, body, headers: { 'content-type': 'text/html', ...headers } }
}
