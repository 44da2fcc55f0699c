// Who may ask. A page of another site must not reach us through its visitor's browser: not under a name that it has
// made point to this machine (DNS rebinding), nor by a request of its own (CSRF). And where a token is set, it is asked
// for.

import { isIP } from 'node:net'
import type { Route } from '#services/web/http/route'
import type { TokenGate } from '#services/web/http/token_gate'
import { RequestError } from '#services/web/request_error'

/** What every answer says to a browser: nothing from elsewhere, nothing inline, in nobody's frame. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  // With `no-referrer` the forms of our own page would come without their origin.
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

/** What the guard goes by. */
export interface GuardOptions {
  /** Names that the server is reached by, besides localhost and addresses; in lower case. */
  readonly hostNames: readonly string[]
  /** undefined: everyone may ask. */
  readonly gate: TokenGate | undefined
}

/** Passes on the requests that may be answered. Throws RequestErrors for all others. */
export function createGuard({ hostNames, gate }: GuardOptions): (request: Request, next: Route) => Promise<Response> {
  return async (request, next) => {
    const host = request.headers.get('host') ?? ''
    checkHost(host, hostNames)
    checkOrigin(request, host)
    return (gate === undefined ? undefined : await gate.answerInstead(request)) ?? next(request)
  }
}

/** Sets the headers that every answer has, whatever it is. */
export function withSecurityHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value)
  return response
}

/** An address or localhost is nobody else's name; every other name must be known to be ours. */
function checkHost(host: string, hostNames: readonly string[]): void {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d+)?$/i.exec(host) ?? []
  const name = (bracketed ?? plain ?? '').toLowerCase()
  if (isIP(name) !== 0 || name === 'localhost' || hostNames.includes(name)) return
  const message = `this server does not go by the name ${JSON.stringify(host)}; if it should, add it to WEB_HOST_NAMES`
  throw new RequestError(421, 'UNKNOWN_HOST', { message })
}

/** Browsers say where a request comes from; other clients say nothing, and have no visitor whose access they borrow. */
function checkOrigin({ method, headers }: Request, host: string): void {
  const [origin, site] = [headers.get('origin'), headers.get('sec-fetch-site')]
  const isLink = method === 'GET' && headers.get('sec-fetch-mode') === 'navigate'
  const isOwn = origin === null || hostOf(origin) === host.toLowerCase()
  if (isOwn && (site === null || site === 'same-origin' || site === 'none' || isLink)) return
  const from = origin === null ? '' : `, and this one is from ${origin}`
  throw new RequestError(403, 'CROSS_ORIGIN', { message: `requests from other sites are not answered${from}` })
}

/** The host, with its port, of an origin; undefined for `null` and other things that are none. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
