// The fetch for all requests to Yahoo: those of yahoo-finance2, which is given it, and those for charts. It adds a
// timeout, a limit on the answer, and failures that keep the status and Retry-After. Whatever is not 2xx ends here,
// since the library would print the URL with the crumb.

import { type Clock, timeLimit } from '#runtime/clock'
import { messageOf } from '#runtime/errors'
import { YAHOO_ANSWER_BYTES_MAX, YAHOO_RETRY_AFTER_MAX_MS, YAHOO_TIMEOUT_MS } from '#services/producer/limits'

/** The requests of a poll: the page that sets the cookie, the crumb that goes with it, the quotes. And a chart. */
export type YahooRequest = 'cookie' | 'crumb' | 'quote' | 'chart'

/** A request that brought no usable answer. */
export class YahooFailure extends Error {
  override readonly name = 'YahooFailure'
  readonly request: YahooRequest
  /** null when there was no answer at all. */
  readonly status: number | null
  /** What Yahoo asks us to wait, cut to YAHOO_RETRY_AFTER_MAX_MS; null when it does not say. */
  readonly retryAfterMs: number | null

  constructor(message: string, facts: YahooFailureFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.request = facts.request
    this.status = facts.status
    this.retryAfterMs = facts.retryAfterMs ?? null
  }
}

interface YahooFailureFacts {
  readonly request: YahooRequest
  readonly status: number | null
  readonly retryAfterMs?: number | null
  readonly cause?: unknown
}

/** The parts of the fetch. */
export interface YahooFetchOptions {
  readonly fetch: typeof fetch
  /** When set, a request to HOST/PATH goes to BASE/HOST/PATH. */
  readonly baseUrl?: string | undefined
  readonly clock: Clock
  /** Aborting it ends all requests. */
  readonly signal: AbortSignal
}

/** A fetch whose every rejection is a YahooFailure. Answers are read to their end before they are handed on. */
export function yahooFetch(options: YahooFetchOptions): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const request = requestOf(url)
    const limit = timeLimit(YAHOO_TIMEOUT_MS, options.clock)
    const signal = AbortSignal.any([limit.signal, options.signal])
    try {
      // Never followed: a redirect would leave the base URL, and the library reads those of the cookie page itself.
      const response = await options.fetch(target(url, options.baseUrl), { ...init, redirect: 'manual', signal })
      const body = await readBody(response, request)
      checkAnswer({ response, body, request }, options.clock.now())
      return new Response(body === '' ? null : body, { status: response.status, headers: response.headers })
    } catch (error) {
      if (error instanceof YahooFailure) throw error
      const what = limit.signal.aborted ? `no answer within ${YAHOO_TIMEOUT_MS / 1000} s` : networkText(error)
      throw new YahooFailure(`${what}, to the ${request} request`, { request, status: null, cause: error })
    } finally {
      limit.end()
    }
  }
}

function requestOf(url: URL): YahooRequest {
  if (url.pathname.startsWith('/v7/finance/quote')) return 'quote'
  if (url.pathname.startsWith('/v8/finance/chart/')) return 'chart'
  return url.pathname.endsWith('/getcrumb') ? 'crumb' : 'cookie'
}

function target(url: URL, baseUrl: string | undefined): string {
  if (baseUrl === undefined) return url.href
  return `${baseUrl.replace(/\/+$/, '')}/${url.host}${url.pathname}${url.search}`
}

async function readBody(response: Response, request: YahooRequest): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > YAHOO_ANSWER_BYTES_MAX) {
      throw new YahooFailure(`more than ${YAHOO_ANSWER_BYTES_MAX} bytes, to the ${request} request`, {
        request,
        status: response.status,
      })
    }
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

interface Answer {
  readonly response: Response
  readonly body: string
  readonly request: YahooRequest
}

/** Throws unless the answer is one that the library can use. */
function checkAnswer({ response, body, request }: Answer, now: number): void {
  const { status } = response
  const redirected = request === 'cookie' && status >= 300 && status < 400
  if (!response.ok && !redirected) {
    const retryAfterMs = retryAfter(response.headers.get('retry-after'), now)
    throw new YahooFailure(`${status}${reasonOf(body)}, to the ${request} request`, { request, status, retryAfterMs })
  }
  if (!isWellFormed(request, body)) {
    const type = response.headers.get('content-type') ?? 'no content type'
    throw new YahooFailure(`${status} with a page (${type}) where data was expected, to the ${request} request`, {
      request,
      status,
    })
  }
}

function isWellFormed(request: YahooRequest, body: string): boolean {
  if (request === 'cookie') return true
  return request === 'crumb' ? isCrumb(body) : body.trimStart().startsWith('{')
}

/** Crumbs are short words of printable characters; a page or an error is neither. */
function isCrumb(body: string): boolean {
  return /^[\x21-\x7e]{1,64}$/.test(body) && !/[<{]/.test(body)
}

/** Yahoo's own words for a failure, when it says so in JSON. */
function reasonOf(body: string): string {
  const [, description] = /"description"\s*:\s*"([\x20-\x7e]{1,200}?)"/.exec(body) ?? []
  return description === undefined ? '' : ` "${description}"`
}

/** Milliseconds of a Retry-After header (RFC 9110, 10.2.3): seconds, or a date. */
export function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(ms) ? null : Math.min(YAHOO_RETRY_AFTER_MAX_MS, Math.max(0, ms))
}

function networkText(error: unknown): string {
  // fetch only says "fetch failed"; why stands in its cause.
  const cause = error instanceof Error ? error.cause : undefined
  if ((cause as NodeJS.ErrnoException | undefined)?.code === 'UND_ERR_HEADERS_OVERFLOW') {
    return 'more headers than Node reads (raise it with NODE_OPTIONS=--max-http-header-size=65536)'
  }
  return cause === undefined ? messageOf(error) : messageOf(cause)
}
