// Where WEB_TOKEN is set: whoever asks must have it, as a bearer token or by the cookie that the login form gives.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '#runtime/clock'
import { readForm } from '#services/web/http/body'
import type { Route } from '#services/web/http/route'
import { LOGIN_FAILURE_DELAY_MS, LOGIN_SECONDS } from '#services/web/limits'
import { RequestError } from '#services/web/request_error'

/** Lets in who has the token. */
export interface TokenGate {
  /** What a request gets that may not be answered; undefined for the others. */
  answerInstead(request: Request): Promise<Response | undefined>
  /** Answers the login form. */
  readonly login: Route
}

/** What the gate is made of. */
export interface TokenGateParts {
  readonly token: string
  /** The login form, with a sentence above it. */
  readonly loginPage: (status: number, sentence: string) => Response
  readonly clock: Clock
}

const COOKIE = 'tickerlake_session'

/** A gate for one token. */
export function tokenGate({ token, loginPage, clock }: TokenGateParts): TokenGate {
  // Whoever reads the cookie has the session, but not the token.
  const session = createHmac('sha256', token).update('session of the page').digest('hex')
  const knowsToken = (request: Request) => {
    const { headers } = request
    return isSame(bearerOf(headers), token) || isSame(cookieOf(headers), session)
  }
  return {
    async answerInstead(request) {
      const { pathname } = new URL(request.url)
      // The page's own files are public anyway, and the login form needs its style.
      if (pathname === '/login' || pathname.startsWith('/assets/') || knowsToken(request)) return undefined
      if (pathname === '/') return loginPage(401, 'This page asks for its token (WEB_TOKEN).')
      const message = 'this needs the token of WEB_TOKEN, as `Authorization: Bearer ...`'
      throw new RequestError(401, 'TOKEN_NEEDED', { message, headers: { 'www-authenticate': 'Bearer' } })
    },
    async login(request) {
      const given = (await readForm(request)).get('token')
      if (!isSame(given, token)) {
        await clock.sleep(LOGIN_FAILURE_DELAY_MS, request.signal)
        return loginPage(401, 'That is not the token. It is what WEB_TOKEN says where the server runs.')
      }
      const cookie = `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${LOGIN_SECONDS}`
      return new Response(null, { status: 303, headers: { location: '/', 'set-cookie': cookie } })
    },
  }
}

function bearerOf(headers: Headers): string | undefined {
  return /^Bearer +(.+)$/i.exec(headers.get('authorization') ?? '')?.[1]
}

function cookieOf(headers: Headers): string | undefined {
  const parts = (headers.get('cookie') ?? '').split(/; */)
  return parts.find((part) => part.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
}

/** In a time that tells nothing of how much of it is right. */
function isSame(given: string | null | undefined, wanted: string): boolean {
  if (given === null || given === undefined) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
