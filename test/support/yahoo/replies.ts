// What the server that plays Yahoo sends back, and the faults that it commits on demand.

import type { IncomingMessage, ServerResponse } from 'node:http'

/** What goes back: an answer, nothing at all, or the end of the connection. */
export type Reply = 'cut' | 'silent' | { status: number; body: string; headers: Record<string, string> }

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

/** The cookie that Yahoo sets, cut to what matters. */
export const COOKIE = 'A3=cookie; Max-Age=31557600; Domain=.yahoo.com; Path=/; SameSite=None; Secure; HttpOnly'

/** Sends a reply. */
export function respond(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  if (reply === 'cut') request.socket.destroy()
  else if (reply !== 'silent') response.writeHead(reply.status, reply.headers).end(reply.body)
}

/** The reply that is the fault. */
export function faultyReply(fault: YahooFault): Reply {
  switch (fault.kind) {
    case 'rate_limited':
      return page(429, 'Too Many Requests', fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter })
    case 'server_error':
      return page(503, 'Service Unavailable')
    case 'html':
      return page(200, 'Will be right back...')
    case 'error_with_200':
      return json(200, errorBody('Unauthorized', fault.description))
    case 'huge':
      return json(200, { quoteResponse: 'x'.repeat(9 * 1024 * 1024) })
    case 'huge_headers':
      return page(200, 'AAPL', { 'set-cookie': COOKIE, 'content-security-policy': 'x'.repeat(20_000) })
    default:
      return fault.kind
  }
}

/** Yahoo's own form of an error. */
export function errorBody(code: string, description: string) {
  return { finance: { result: null, error: { code, description } } }
}

/** An answer of data. */
export function json(status: number, body: unknown): Reply {
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

/** An answer for browsers. */
export function page(status: number, text: string, headers: Record<string, string> = {}): Reply {
  const body = `<!doctype html><html><body>${text}</body></html>`
  return { status, body, headers: { 'content-type': 'text/html', ...headers } }
}
