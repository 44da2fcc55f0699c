import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { virtualClock } from '#runtime/clock'
import { YAHOO_RETRY_AFTER_MAX_MS, YAHOO_TIMEOUT_MS } from '#services/producer/limits'
import { retryAfter, YahooFailure, yahooFetch } from '#services/producer/yahoo_fetch'
import { startYahooServer, type YahooServer } from '#support/yahoo/yahoo_server'
import { watchedClock } from './watched_clock.ts'

const QUOTE = 'https://query2.finance.yahoo.com/v7/finance/quote?symbols=AAPL&crumb=s3cretCrumb.1'
const CRUMB = 'https://query1.finance.yahoo.com/v1/test/getcrumb'
const COOKIE = 'https://finance.yahoo.com/quote/AAPL'

let server: YahooServer
beforeEach(async () => {
  server = await startYahooServer()
})
afterEach(() => server.close())

const open = (options: { clock?: ReturnType<typeof virtualClock>; signal?: AbortSignal; baseUrl?: string } = {}) =>
  yahooFetch({ fetch, baseUrl: server.url, clock: virtualClock(0), signal: new AbortController().signal, ...options })

async function failureOf(answer: Promise<Response>): Promise<YahooFailure> {
  const thrown = await answer.then(
    () => null,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(YahooFailure)
  return thrown as YahooFailure
}

describe('the fetch for Yahoo', () => {
  test('goes to BASE/host/path and hands on status, headers and body', async () => {
    const response = await open({ baseUrl: `${server.url}/` })(COOKIE)
    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^A3=cookie/)])
    expect(await response.text()).toContain('AAPL')
    expect(server.requests).toEqual(['cookie'])
  })

  test('without a base goes to the host itself', async () => {
    const asked: string[] = []
    const recorded: typeof fetch = async (input) => {
      asked.push(String(input))
      return new Response('x')
    }
    const signal = new AbortController().signal
    await yahooFetch({ fetch: recorded, clock: virtualClock(0), signal })(CRUMB)
    expect(asked).toEqual([CRUMB])
  })

  test('a 429 keeps its Retry-After', async () => {
    server.failNext('quote', { kind: 'rate_limited', retryAfter: '120' })
    expect(await failureOf(open()(QUOTE))).toMatchObject({ request: 'quote', status: 429, retryAfterMs: 120_000 })
  })

  test.each([
    ['quote', { kind: 'server_error' }, QUOTE, { status: 503, retryAfterMs: null }],
    ['crumb', { kind: 'rate_limited' }, CRUMB, { status: 429 }],
    ['cookie', { kind: 'server_error' }, COOKIE, { status: 503 }],
    ['quote', { kind: 'html' }, QUOTE, { status: 200 }],
    ['crumb', { kind: 'html' }, CRUMB, { status: 200 }],
    ['crumb', { kind: 'error_with_200', description: 'Too Many Requests' }, CRUMB, { status: 200 }],
    ['quote', { kind: 'huge' }, QUOTE, { status: 200 }],
    ['quote', { kind: 'cut' }, QUOTE, { status: null }],
  ] as const)('a %s request met by %j is a failure of that request', async (request, fault, url, facts) => {
    server.failNext(request, fault)
    expect(await failureOf(open()(url))).toMatchObject({ request, ...facts })
  })

  test('a chart must be data as quotes must be, and its failures are told in Yahoo’s words', async () => {
    const url = 'https://query2.finance.yahoo.com/v8/finance/chart/AAPL?interval=1m'
    const answering = (status: number, body: string) =>
      yahooFetch({
        fetch: async () => new Response(body, { status }),
        clock: virtualClock(0),
        signal: new AbortController().signal,
      })(url)
    expect(await (await answering(200, '{"chart":{}}')).json()).toEqual({ chart: {} })
    expect(await failureOf(answering(200, 'Will be right back...'))).toMatchObject({ request: 'chart', status: 200 })
    const error = { code: 'Not Found', description: 'No data found, symbol may be delisted' }
    const failure = await failureOf(answering(404, JSON.stringify({ chart: { result: null, error } })))
    expect(failure.message).toBe('404 "No data found, symbol may be delisted", to the chart request')
  })

  test('an unreachable server is a failure that says why', async () => {
    const failure = await failureOf(open({ baseUrl: 'http://127.0.0.1:9' })(QUOTE))
    expect(failure.status).toBeNull()
    expect(failure.message).toMatch(/to the quote request$/)
    expect(failure.message).not.toMatch(/^fetch failed/)
  })

  test('headers that are too long for Node are a failure that says what to do', async () => {
    server.failNext('cookie', { kind: 'huge_headers' })
    expect((await failureOf(open()(COOKIE))).message).toMatch(/--max-http-header-size/)
  })

  test('a refused crumb is told in Yahoo’s words, without the crumb', async () => {
    const failure = await failureOf(open()(`${QUOTE}9`, { headers: { cookie: 'A3=cookie' } }))
    expect(failure.message).toBe('401 "Invalid Crumb", to the quote request')
  })

  test('a server that does not answer is given up after the timeout', async () => {
    const clock = watchedClock(0)
    server.failNext('quote', { kind: 'silent' })
    const failed = failureOf(open({ clock })(QUOTE))
    expect(await clock.nextSleep()).toBe(YAHOO_TIMEOUT_MS)
    await clock.advance(YAHOO_TIMEOUT_MS)
    expect((await failed).message).toBe('no answer within 15 s, to the quote request')
  })

  test('an abort ends a request at once', async () => {
    const stop = new AbortController()
    server.failNext('quote', { kind: 'silent' })
    const failed = failureOf(open({ signal: stop.signal })(QUOTE))
    stop.abort()
    await failed
  })

  test('a redirect of the quotes is a failure, one of the cookie page is handed on', async () => {
    const redirecting: typeof fetch = async (_, init) => {
      // Followed by fetch itself, it would leave the base URL.
      expect(init?.redirect).toBe('manual')
      return new Response(null, { status: 302, headers: { location: 'https://guce.yahoo.com/consent' } })
    }
    const signal = new AbortController().signal
    const fetched = yahooFetch({ fetch: redirecting, clock: virtualClock(0), signal })
    expect((await fetched(COOKIE)).headers.get('location')).toBe('https://guce.yahoo.com/consent')
    expect(await failureOf(fetched(QUOTE))).toMatchObject({ status: 302 })
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2026-10-05T13:00:00Z')
  test.each([
    [null, null],
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5000],
    ['Mon, 05 Oct 2026 13:01:00 GMT', 60_000],
    ['Mon, 05 Oct 2026 12:00:00 GMT', 0],
    ['99999999', YAHOO_RETRY_AFTER_MAX_MS],
    ['soon', null],
  ])('%j is %j ms', (header, ms) => {
    expect(retryAfter(header, now)).toBe(ms)
  })
})
