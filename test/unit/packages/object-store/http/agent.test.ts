// Connections that read into one buffer each: what arrives is what was sent, over HTTP and HTTPS, also when several
// answers arrive at the same time and nobody takes them for a while.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openAgent } from '#object-store/http/agent'
import { scriptedServer } from '#support/scripted_server'

const FIXTURES = join(import.meta.dirname, '../../../../fixtures/azure')
const TLS = {
  cert: readFileSync(join(FIXTURES, 'authority_cert.pem')),
  key: readFileSync(join(FIXTURES, 'authority_key.pem')),
}
const OBJECT_BYTES = 400_003
const ANSWERS = 6

/** Bytes that no other object has in the same place. */
const objectOf = (name: number) =>
  Buffer.from(Array.from({ length: OBJECT_BYTES }, (_, at) => (at * name + name) % 251))

async function served(protocol: 'http:' | 'https:') {
  const server = await scriptedServer(
    ({ url }, response) => response.end(objectOf(Number(url.slice(1)))),
    protocol === 'https:' ? TLS : undefined,
  )
  const agent = openAgent(protocol, { keepAlive: true, maxSockets: 3 })
  onTestFinished(() => agent.destroy())
  const get = protocol === 'https:' ? httpsGet : httpGet
  const answer = (name: number) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get(`${server.url}/${name}`, { agent, ca: TLS.cert }, resolve).on('error', reject)
    })
  return { agent, answer }
}

async function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) {
    chunks.push(chunk)
    // Others read meanwhile.
    await setImmediate()
  }
  return Buffer.concat(chunks)
}

describe.each(['http:', 'https:'] as const)('by %s', (protocol) => {
  test('answers that arrive at the same time are what was sent', async () => {
    const { answer } = await served(protocol)
    const names = Array.from({ length: ANSWERS }, (_, at) => at + 2)
    const bodies = await Promise.all(names.map(async (name) => bytesOf(await answer(name))))
    for (const [at, name] of names.entries()) expect(Buffer.compare(bodies[at] as Buffer, objectOf(name))).toBe(0)
  })

  test('an answer that nobody takes for a while is not lost, nor read on without end', async () => {
    const { answer } = await served(protocol)
    const waiting = await answer(2)
    for (let turn = 0; turn < 50; turn++) await setImmediate()
    expect(waiting.socket.bytesRead).toBeLessThan(OBJECT_BYTES)
    expect(Buffer.compare(await bytesOf(waiting), objectOf(2))).toBe(0)
  })

  test('a connection is used again', async () => {
    const { agent, answer } = await served(protocol)
    const ports = new Set<number | undefined>()
    for (const name of [2, 3, 4]) {
      const one = await answer(name)
      ports.add(one.socket.localPort)
      const freed = once(agent, 'free')
      await Promise.all([bytesOf(one), freed])
    }
    expect(ports.size).toBe(1)
  })

  test('every read of a connection goes into the same memory, which is freed with the connection', async () => {
    const { agent, answer } = await served(protocol)
    const one = await answer(2)
    const { socket } = one
    const buffers = new Set<ArrayBufferLike>()
    socket.prependListener('data', (read: Buffer) => buffers.add(read.buffer))
    await bytesOf(one)
    expect([...buffers].map(({ byteLength }) => byteLength)).toEqual([65_536])
    const closed = once(socket, 'close')
    agent.destroy()
    await closed
    expect([...buffers].map(({ byteLength }) => byteLength)).toEqual([0])
  })
})

test('a connection that breaks is a failure of its answer', async () => {
  const server = await scriptedServer((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('abc', () => response.destroy())
  })
  const agent = openAgent('http:', { keepAlive: true })
  const answer = await new Promise<IncomingMessage>((resolve) => httpGet(server.url, { agent }, resolve))
  await expect(bytesOf(answer)).rejects.toMatchObject({ code: 'ECONNRESET' })
})
