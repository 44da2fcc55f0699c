import { expect, onTestFinished, test } from 'vitest'
import { nodeSockets } from '#services/producer/sources/yahoo/streamer/stream_socket'
import { streamerUrl } from '#services/producer/sources/yahoo/streamer/streamer'
import { startYahooServer } from '#support/yahoo/yahoo_server'

async function connected() {
  const server = await startYahooServer()
  const sockets = nodeSockets()
  const told: string[] = []
  const socket = sockets.open(streamerUrl(server.url), {
    opened: () => void told.push('opened'),
    message: (data) => void told.push(String(data)),
    closed: () => void told.push('closed'),
  })
  onTestFinished(async () => {
    sockets.end()
    await server.close()
  })
  await expect.poll(() => told).toEqual(['opened'])
  return { server, socket, told }
}

test('a socket that is left is cut, though its server never answers the Close', async () => {
  const { server, socket, told } = await connected()
  server.streamer.setDeaf(true)
  socket.leave(50)
  await expect.poll(() => server.streamer.connections).toBe(0)
  expect(told).toEqual(['opened'])
})

test('a socket that is left tells nothing any more', async () => {
  const { server, socket, told } = await connected()
  socket.leave(1_000)
  server.streamer.sendText('late')
  await expect.poll(() => server.streamer.connections).toBe(0)
  expect(told).toEqual(['opened'])
})

test('its end is told once, whoever ends it', async () => {
  const { server, told } = await connected()
  server.streamer.sendText('last')
  server.streamer.closeAll()
  await expect.poll(() => told).toEqual(['opened', 'last', 'closed'])
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(told).toEqual(['opened', 'last', 'closed'])
})

test('a server that is not there ends it', async () => {
  const sockets = nodeSockets()
  const told: string[] = []
  const note = (what: string) => () => void told.push(what)
  sockets.open('ws://127.0.0.1:1/', { opened: note('opened'), message: note('message'), closed: note('closed') })
  await expect.poll(() => told).toEqual(['closed'])
  sockets.end()
})

test.each([
  [undefined, 'wss://streamer.finance.yahoo.com/?version=2'],
  ['http://127.0.0.1:8123', 'ws://127.0.0.1:8123/streamer.finance.yahoo.com/?version=2'],
  ['https://proxy.example/yahoo/', 'wss://proxy.example/yahoo/streamer.finance.yahoo.com/?version=2'],
])('the streamer behind %s', (baseUrl, url) => {
  expect(streamerUrl(baseUrl)).toBe(url)
})
