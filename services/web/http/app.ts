// The HTTP application: which route answers, and what every answer has. Nothing here listens; server.ts does.

import { Hono } from 'hono'
import type { Logger } from '#runtime/logger'
import { errorResponse } from '#services/web/http/error_answer'
import { withSecurityHeaders } from '#services/web/http/guard'
import type { PathRoutes, Route, Routes } from '#services/web/http/route'
import { RequestError } from '#services/web/request_error'

/** What the application is made of. */
export interface AppParts {
  readonly routes: Routes
  /** Passes a request on, or answers it by itself. */
  readonly guard: (request: Request, next: Route) => Promise<Response>
  readonly logger: Logger
}

/** Answers any request; never rejects. */
export function createApp({ routes, guard, logger }: AppParts): (request: Request) => Promise<Response> {
  const app = new Hono()
  for (const [path, methods] of Object.entries(routes)) {
    app.all(path, ({ req }) => routeOf(methods, req.raw)(req.raw))
  }
  app.notFound(({ req }) => {
    throw new RequestError(404, 'NOT_FOUND', {
      message: `there is nothing at ${req.path}; docs/web.md lists the paths`,
    })
  })
  app.onError((error) => errorResponse(error, logger))
  const answer: Route = (request) => app.fetch(request)
  return async (request) => {
    const response = await guard(request, answer).catch((error: unknown) => errorResponse(error, logger))
    return withSecurityHeaders(response)
  }
}

function routeOf({ get, post }: PathRoutes, { method }: Request): Route {
  if (method === 'HEAD' && get !== undefined) return headOf(get)
  const route = method === 'GET' ? get : method === 'POST' ? post : undefined
  if (route !== undefined) return route
  const allowed = [get && 'GET, HEAD', post && 'POST'].filter((each) => each !== undefined).join(', ')
  const message = `${method} is not answered here; ask with ${allowed}`
  throw new RequestError(405, 'METHOD_NOT_ALLOWED', { message, headers: { allow: allowed } })
}

/** The answer to GET without its body. */
function headOf(get: Route): Route {
  return async (request) => {
    const { status, headers, body } = await get(request)
    await body?.cancel()
    return new Response(null, { status, headers })
  }
}
