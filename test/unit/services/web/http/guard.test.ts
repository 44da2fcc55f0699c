// Who may ask: by the name that was asked for, by the site that the request comes from, and by the token.

import { describe, expect, test } from 'vitest'
import { silentLogger } from '#runtime/logger'
import { createApp } from '#services/web/http/app'
import { createGuard } from '#services/web/http/guard'
import { jsonRoute } from '#services/web/http/route'

const guard = createGuard({ hostNames: ['lake.example'], gate: undefined })
const routes = { '/api/x': { get: jsonRoute(() => 1), post: jsonRoute(() => 1) } }
const app = createApp({ routes, guard, logger: silentLogger })

/** Node's own Request takes no Host, so it is put in as a server would. */
function ask(headers: Readonly<Record<string, string>>, method = 'GET') {
  const request = new Request('http://localhost:8080/api/x', { method })
  const all = new Headers(headers)
  Object.defineProperty(request, 'headers', { value: all })
  return app(request)
}

describe('the name', () => {
  const own = [
    '127.0.0.1',
    '127.0.0.1:8080',
    'localhost',
    'LOCALHOST:9',
    '[::1]:8080',
    '10.1.2.3:80',
    'lake.example:443',
  ]
  test.each(own)('%s is answered', async (host) => {
    expect((await ask({ host })).status).toBe(200)
  })

  const foreign = ['evil.example', 'evil.example:8080', 'localhost.evil.example', '127.0.0.1.evil.example', '', '127.1']
  test.each([...foreign, 'a.lake.example', '[::1', 'localhost:8080:1', 'localhost@evil'])(
    '%j is refused: another site may have made it point here',
    async (host) => {
      const response = await ask({ host })
      expect(response.status).toBe(421)
      expect(await response.json()).toMatchObject({ error: { code: 'UNKNOWN_HOST' } })
    },
  )
})

describe('the site that it comes from', () => {
  const host = 'localhost:8080'
  const allowed: [string, Readonly<Record<string, string>>, string][] = [
    ['a client that is no browser', {}, 'POST'],
    ['our own page', { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }, 'POST'],
    ['our own page behind a proxy with TLS', { origin: 'https://localhost:8080' }, 'POST'],
    ['an address that was typed', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 'GET'],
    ['a link elsewhere', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 'GET'],
  ]
  test.each(allowed)('%s is answered', async (_, headers, method) => {
    expect((await ask({ host, ...headers }, method)).status).toBe(200)
  })

  const refused: [string, Readonly<Record<string, string>>, string][] = [
    ['a form of another site', { origin: 'http://evil.example' }, 'POST'],
    ['another port of this machine', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }, 'POST'],
    ['a sandboxed frame', { origin: 'null' }, 'POST'],
    ['an image of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 'GET'],
    [
      'a form that another site sends by navigation',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      'POST',
    ],
    ['an event stream of another site', { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }, 'GET'],
  ]
  test.each(refused)('%s is refused', async (_, headers, method) => {
    const response = await ask({ host, ...headers }, method)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { code: 'CROSS_ORIGIN' } })
  })
})

test('every answer, a refusal too, forbids what a page could be made to do', async () => {
  for (const host of ['localhost', 'evil.example']) {
    const { headers } = await ask({ host })
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('content-security-policy')).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.has('access-control-allow-origin')).toBe(false)
  }
})
