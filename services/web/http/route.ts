// What answers requests: a plain function for a method of a path. Each part of the server hands in its own routes.

/**
 * Answers a request. What it throws becomes an ErrorAnswer: a RequestError as it says, a PlatformError by its code.
 * `request.signal` aborts when the client has gone.
 */
export type Route = (request: Request) => Response | Promise<Response>

/** Routes by path. */
export type Routes = Readonly<Record<string, PathRoutes>>

/** The methods of a path. */
export interface PathRoutes {
  readonly get?: Route
  readonly post?: Route
}

/** A request as most routes need it. */
export interface Question {
  readonly query: URLSearchParams
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal
}

/** A route that answers with JSON. */
export function jsonRoute(answer: (question: Question) => unknown): Route {
  return async (request) => {
    const question = { query: new URL(request.url).searchParams, signal: request.signal }
    return Response.json(await answer(question), { headers: { 'cache-control': 'no-store' } })
  }
}
