// Who may ask, and what a browser may do with the answers.

import type { Route } from '#services/web/http/route'

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
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

/** Passes requests on, and sets the headers of the answers. */
export function createGuard(): (request: Request, next: Route) => Promise<Response> {
  return async (request, next) => {
    const response = await next(request)
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value)
    return response
  }
}
