// Who loses a connection when there are too many of them, or when nothing moves on one.

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { boundConnections } from '#services/web/http/connections'

/** More than the system takes in for a client that does not read. */
const LARGE = Buffer.alloc(64 * 1024 * 1024)
const MINUTE_MS = 60_000

async function listening({ connectionsMax = 100, stalledMs = MINUTE_MS, inFlightMax = 100 } = {}): Promise<number> {
  const server: Server = createServer((request, response) => {
    if (request.url === '/large') response.end(LARGE)
    else if (request.url === '/slow') setTimeout(() => response.end('at last'), 700)
    else if (request.url === '/stream') response.write('begun')
    else response.end('answered')
  })
  boundConnections(server, { connectionsMax, stalledMs, inFlightMax })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function client(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function asking(port: number, path: string): Promise<Socket> {
  const socket = await client(port)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  return socket
}

const answerOf = async (port: number, path = '/') => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
const isClosed = (socket: Socket) => expect.poll(() => socket.closed).toBe(true)

test('the longest idle connection gives way to a newcomer, and one with an answer under way does not', async () => {
  const port = await listening({ connectionsMax: 3 })
  const stream = await asking(port, '/stream')
  await once(stream, 'data')
  const [first, second] = [await client(port), await client(port)]
  for (const socket of [first, second]) socket.resume()
  expect(await answerOf(port)).toBe('answered')
  await isClosed(first)
  expect([stream.closed, second.closed]).toEqual([false, false])
})

test('a body that never comes makes its connection an idle one', async () => {
  const port = await listening({ connectionsMax: 1 })
  const half = await client(port)
  half.resume().write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf')
  await new Promise((resolve) => setTimeout(resolve, 100))
  // Its answer is there at once; the request is still not whole.
  expect(await answerOf(port)).toBe('answered')
  await isClosed(half)
})

test('when none is idle, the client that reads slowest gives way', async () => {
  const port = await listening({ connectionsMax: 2 })
  const stream = await asking(port, '/stream')
  await once(stream, 'data')
  const slow = await asking(port, '/large')
  await once(slow, 'readable')
  expect(await answerOf(port)).toBe('answered')
  slow.resume()
  await isClosed(slow)
  expect(stream.closed).toBe(false)
})

test('a client that reads nothing is cut off, and one whose answer takes its time is not', async () => {
  const port = await listening({ stalledMs: 300 })
  const slow = await asking(port, '/large')
  await once(slow, 'readable')
  expect(await answerOf(port, '/slow')).toBe('at last')
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  let bytes = 0
  slow.on('data', (part: Buffer) => {
    bytes += part.length
  })
  await isClosed(slow)
  expect(bytes).toBeLessThan(LARGE.length)
})

test('who asks for more at once than a connection may is cut off, and who asks in turn is not', async () => {
  const port = await listening({ inFlightMax: 4 })
  const greedy = await client(port)
  greedy.resume().write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5))
  await isClosed(greedy)
  const modest = await client(port)
  let text = ''
  modest.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  for (let asked = 4; asked <= 12; asked += 4) {
    modest.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(4))
    await expect.poll(() => text.split('answered').length - 1).toBe(asked)
  }
  expect(modest.closed).toBe(false)
})
