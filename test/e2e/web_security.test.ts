// What strangers send to the page's server: whatever it is, they get an error, and everybody else an answer at once.

import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { CONNECTIONS_MAX, QUERIES_WAITING_MAX } from '#services/web/limits'
import { startPage } from '#support/web/page_server'
import { openConnection, rawGet, rawRequest } from '#support/web/raw_http'
import { webClient } from '#support/web/web_client'

test('requests that may not be answered are not', async () => {
  const { port, origin, process } = await startPage('start')
  const root = /\/assets\/[0-9a-f]{16}\//.exec(await (await fetch(origin)).text())?.[0]

  // DNS rebinding: the visitor's browser is made to believe that evil.example is this machine.
  const rebound = await rawRequest(port, 'GET /api/tables HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
  expect(rebound).toMatch(/^HTTP\/1\.1 421 /)
  // CSRF: another site's page sends a form.
  const body = new URLSearchParams({ sql: 'SELECT 1' })
  for (const other of ['http://evil.example', 'null', `http://127.0.0.1:${port + 1}`]) {
    const response = await fetch(`${origin}/api/sql`, { method: 'POST', headers: { origin: other }, body })
    expect([other, response.status]).toEqual([other, 403])
  }
  for (const path of [
    '../../../package.json',
    '..%2f..%2fweb.ts',
    '%2e%2e/%2e%2e/config.ts',
    '..\\..\\web.ts',
    'page/index.html',
  ]) {
    const answer = await rawGet(port, `${root}${path}`)
    expect([path, answer]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 (404|400) /)])
    expect(answer).not.toMatch(/"name": "tickerlake"|import /)
  }
  const unknown = await rawGet(port, '/<script>alert(1)</script>')
  expect(unknown).toMatch(/^HTTP\/1\.1 404 .*content-type: application\/json/is)
  expect((await fetch(origin, { method: 'HEAD' })).status).toBe(200)
  const options = await fetch(`${origin}/api/sql`, { method: 'OPTIONS', headers: { origin } })
  expect([options.status, options.headers.get('access-control-allow-origin')]).toEqual([405, null])
  expect(await rawGet(port, '/', [`X-Large: ${'x'.repeat(20_000)}`])).toMatch(/^HTTP\/1\.1 431 /)
  const large = await fetch(`${origin}/api/sql`, {
    method: 'POST',
    body: new URLSearchParams({ sql: 'x'.repeat(300_000) }),
  })
  expect(large.status).toBe(413)
  expect(await rawRequest(port, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)

  await process.stop()
  expect(process.stderr).toEqual([])
}, 120_000)

/**
 * Of the four kinds of slow clients, the one that the server waits for longest. Those without headers have 5 s from
 * when they connect, and a busy machine may take as long to connect them all.
 */
const BODY_BY_THE_BYTE = 1

describe('one request is answered at once', () => {
  test('while 1,000 idle connections are held open, and an event stream goes on', async () => {
    const { port, origin } = await startPage('start')
    await expect.poll(async () => (await webClient(origin).get('/api/symbols')).status, { timeout: 20_000 }).toBe(200)
    const stream = await fetch(`${origin}/api/stream`)
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toContain('event: hello')
    const held = await Promise.all(Array.from({ length: 1_000 }, () => openConnection(port)))
    for (const socket of held) socket.resume()
    expect((await fetch(origin)).status).toBe(200)
    // Before any of them was told that it has said nothing for too long.
    expect(held.filter(isAnswered)).toHaveLength(0)
    // Nor are those closed for that which are too many.
    const gaveWay = () => held.filter((socket) => socket.closed && !isAnswered(socket)).length
    await expect.poll(gaveWay, { timeout: 20_000 }).toBeGreaterThan(held.length - CONNECTIONS_MAX)
    // What was sent before may still wait to be read; ten of these reach beyond it.
    for (let events = 0; events < 10; events++) expect((await reader?.read())?.done).toBe(false)
    await reader?.cancel()
  }, 120_000)

  test('while clients send their headers and bodies by the byte, and others do not read', async () => {
    const { port, origin } = await startPage('start')
    const slow = await Promise.all(Array.from({ length: CONNECTIONS_MAX + 100 }, () => openConnection(port)))
    const texts = [
      'GET / HTTP/1.1\r\nHost: localhost\r\nX-',
      'POST /api/sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{',
      'POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
      'GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ]
    for (const [i, socket] of slow.entries()) {
      if (i % texts.length === BODY_BY_THE_BYTE) socket.resume()
      else socket.pause()
      socket.write(texts[i % texts.length] ?? '')
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await fetch(origin)).status).toBe(200)
    expect((await webClient(origin).get('/api/tables')).status).toBe(200)
    // Both were answered while the server still waited for the bodies of those before them.
    const awaited = slow.filter((socket, i) => i % texts.length === BODY_BY_THE_BYTE && !socket.closed)
    expect(awaited.length).toBeGreaterThan(CONNECTIONS_MAX / texts.length / 2)
    expect(awaited.filter(isAnswered)).toHaveLength(0)
  }, 120_000)

  test('though all queries are taken: those who wait beyond the queue are told', async () => {
    const { origin } = await startPage('start', { SQL_TIMEOUT_MS: '1000' })
    const endless = 'SELECT count(*) FROM range(10000000000) a, range(10000000000) b'
    let waiting = 25
    const asked = Array.from({ length: waiting }, async () => {
      const { body } = await webClient(origin).sql(endless)
      waiting--
      return body.error?.code
    })
    // The first who is told: now no query finds a place.
    await Promise.any(asked.map(async (code) => expect(await code).toBe('BUSY')))
    expect((await fetch(origin)).status).toBe(200)
    expect(waiting, 'queries without an answer: more than half of the queue').toBeGreaterThan(QUERIES_WAITING_MAX / 2)
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['SQL_LIMIT', 'BUSY']))
  }, 120_000)
})

/** Whether the server has sent anything; known only of a socket that is read. */
function isAnswered({ bytesRead }: Socket): boolean {
  return bytesRead > 0
}
