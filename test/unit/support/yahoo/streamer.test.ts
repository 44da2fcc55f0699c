// The server that plays Yahoo's streamer, as a client sees it: Node's own WebSocket.

import { expect, onTestFinished, test } from 'vitest'
import { pricingFrame } from '#support/yahoo/pricing_encoder'
import { startYahooServer } from '#support/yahoo/yahoo_server'

const URL_PATH = '/streamer.finance.yahoo.com/?version=2'

async function started() {
  const server = await startYahooServer()
  onTestFinished(() => server.close())
  return server
}

async function connected() {
  const server = await started()
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}${URL_PATH}`)
  const frames: string[] = []
  const ends: number[] = []
  socket.addEventListener('message', ({ data }) => frames.push(data as string))
  socket.addEventListener('close', ({ code }) => ends.push(code))
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  return { server, socket, frames, ends }
}

test('ticks go to those who subscribed to the symbol', async () => {
  const { server, socket, frames } = await connected()
  socket.send(JSON.stringify({ subscribe: ['AAPL', 'MSFT'] }))
  await expect.poll(() => server.streamer.followed).toEqual(new Set(['AAPL', 'MSFT']))
  const tick = { id: 'AAPL', price: 277.06, time: 1_790_951_400_000, marketHours: 1 }
  expect([server.streamer.send(tick), server.streamer.send({ ...tick, id: 'TSLA' })]).toEqual([1, 0])
  await expect.poll(() => frames).toEqual([pricingFrame(tick)])
  server.streamer.ping()
  await expect.poll(() => server.streamer.pongs).toBe(1)
  socket.close()
  await expect.poll(() => server.streamer.connections).toBe(0)
})

test('frames of every length arrive whole', async () => {
  const { server, frames } = await connected()
  const texts = [125, 126, 65_535, 65_536].map((length) => 'x'.repeat(length))
  for (const text of texts) server.streamer.sendText(text)
  await expect.poll(() => frames).toEqual(texts)
})

test('a Close is told apart from a cut', async () => {
  const closed = await connected()
  closed.server.streamer.closeAll(1012)
  await expect.poll(() => closed.ends).toEqual([1012])
  const cut = await connected()
  cut.server.streamer.cut()
  await expect.poll(() => cut.ends).toEqual([1006])
})

test('a handshake may be refused, and the next one taken', async () => {
  const server = await started()
  const url = `${server.url.replace('http', 'ws')}${URL_PATH}`
  const outcome = () =>
    new Promise((resolve) => {
      const socket = new WebSocket(url)
      for (const kind of ['open', 'error']) socket.addEventListener(kind, () => resolve(kind))
    })
  server.streamer.setHandshakeFault({ kind: 'status', status: 429 })
  expect(await outcome()).toBe('error')
  server.streamer.setHandshakeFault(null)
  expect(await outcome()).toBe('open')
  expect(server.streamer.handshakes).toBe(2)
})
