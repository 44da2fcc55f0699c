// Which route answers, and what a failure is told as.

import { expect, test } from 'vitest'
import { PlatformError } from '#runtime/errors'
import { silentLogger } from '#runtime/logger'
import { createApp } from '#services/web/http/app'
import { jsonRoute, type Routes } from '#services/web/http/route'
import { wrongRequest } from '#services/web/request_error'

const app = (routes: Routes) =>
  createApp({ routes, guard: async (request, next) => next(request), logger: silentLogger })
const ask = async (routes: Routes, path: string, init: RequestInit = {}) =>
  app(routes)(new Request(`http://localhost:8080${path}`, init))

test('a route answers its path with JSON that nobody keeps', async () => {
  const response = await ask({ '/api/x': { get: jsonRoute(({ query }) => ({ q: query.get('q') })) } }, '/api/x?q=1')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.json()).toEqual({ q: '1' })
})

test('another method is refused, and told which one to ask with', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const response = await ask({ '/api/x': { get: jsonRoute(() => 1) } }, '/api/x', { method })
    expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, 'GET, HEAD'])
  }
})

const failing = (error: unknown): Routes => ({
  '/': {
    get: () => {
      throw error
    },
  },
})

test('an unknown path is no failure of ours', async () => {
  const response = await ask({}, '/nowhere')
  expect(response.status).toBe(404)
  expect(await response.json()).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('/nowhere') } })
})

test.each([
  [wrongRequest('grain must be 1m'), 400, 'WRONG_REQUEST', 'grain must be 1m'],
  [new PlatformError('SQL_FAILED', 'no such table'), 400, 'SQL_FAILED', 'no such table'],
  [new PlatformError('TABLE_NOT_FOUND', 'nothing there'), 404, 'TABLE_NOT_FOUND', 'nothing there'],
  [new PlatformError('STORE_UNREACHABLE', 'no answer'), 503, 'STORE_UNREACHABLE', 'no answer'],
  [new TypeError('secret inner thing'), 500, 'BUG', 'this is a bug; the log of the web service says more'],
])('%s is told as %i %s', async (error, status, code, message) => {
  const response = await ask(failing(error), '/')
  expect(response.status).toBe(status)
  expect(await response.json()).toEqual({ error: { code, message } })
})

test('HEAD is GET without a body, which is let go', async () => {
  let isLetGo = false
  const body = new ReadableStream({
    cancel() {
      isLetGo = true
    },
  })
  const stream = () => new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  const response = await ask({ '/': { get: stream } }, '/', { method: 'HEAD' })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  expect([response.body, isLetGo]).toEqual([null, true])
})
