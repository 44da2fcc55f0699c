// Sockets to a broker, held against servers on loopback: whole answers come out, and what is no answer ends them.

import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { openKafkaLog } from '#log/kafka/kafka_log'
import { brokerSocket } from '#log/kafka/kafkajs/socket'
import { systemClock } from '#runtime/clock'
import { silentLogger } from '#runtime/logger'

/** For these tests alone: it stands for nobody. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTYAtptke7cvle8xn
SlPONr6P8pcCzhTef1zP6yfRz2ehRANCAAT4cekexpdLPmHgOiqUD7WLe1eGzIXn
uYOtu9MsO68lXpW20KpnrciXVz7l/Nh4TOWUveRS7yByr1IhhSloTJCa
-----END PRIVATE KEY-----
`
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUeH0jGQLFaTNoH+5R+Q9tQ99iTXcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyOTAxMjYxMloYDzIxMjYxMTA1
MDEyNjEyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAT4cekexpdLPmHgOiqUD7WLe1eGzIXnuYOtu9MsO68lXpW20KpnrciX
Vz7l/Nh4TOWUveRS7yByr1IhhSloTJCao1MwUTAdBgNVHQ4EFgQUDxdAEElNrz2b
EUz1FJU52VeFeqowHwYDVR0jBBgwFoAUDxdAEElNrz2bEUz1FJU52VeFeqowDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA1o1744Vmkwg/RMV7f6xR
FrVYCRyHWxJmdYgWFS3qBr0CIADgbVe+tpObyXWZq5X1UJ1U4MY6+xjd8Wvy9dBI
nq+6
-----END CERTIFICATE-----
`

const TLS = { rejectUnauthorized: false }

/** Answers whoever connects. Its port; stopped when the running test is over. */
async function listen(server: Server): Promise<number> {
  const connections = new Set<Socket>()
  server.on('connection', (connection: Socket) => connections.add(connection.on('error', () => {})))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const connection of connections) connection.destroy()
  })
  return (server.address() as { port: number }).port
}

function sending(bytes: Buffer): (connection: Socket) => void {
  return (connection) => void connection.on('error', () => {}).write(bytes)
}

function framed(content: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), content])
  bytes.writeInt32BE(content.length)
  return bytes
}

const ANSWERS = [5, 3_000_000, 4, 70_000, 16_384, 100].map((length, index) => framed(Buffer.alloc(length, index)))
const LENGTHS = ANSWERS.map(({ length }) => length)

test.each([
  ['plain', () => createServer(sending(Buffer.concat(ANSWERS))), null],
  ['TLS', () => createTlsServer({ key: KEY, cert: CERTIFICATE }, sending(Buffer.concat(ANSWERS))), TLS],
])('a %s socket hands over whole answers', async (_, serve, ssl) => {
  const port = await listen(serve())
  const taken: Buffer[] = []
  const all = Promise.withResolvers<void>()
  const connected = Promise.withResolvers<void>()
  const onConnect = () => connected.resolve()
  const socket = brokerSocket({ host: '127.0.0.1', port, ssl: ssl as typeof TLS, onConnect })
  onTestFinished(() => void socket.destroy())
  socket.on('data', (answer: Buffer) => {
    taken.push(answer)
    if (taken.length === ANSWERS.length) all.resolve()
  })
  await Promise.all([connected.promise, all.promise])
  expect(taken.map(({ length }) => length)).toEqual(LENGTHS)
  expect(Buffer.concat(taken).equals(Buffer.concat(ANSWERS))).toBe(true)
})

test('the end of a connection is told', async () => {
  const port = await listen(createServer((connection) => void connection.end()))
  const socket = brokerSocket({ host: '127.0.0.1', port, ssl: null as never, onConnect: () => {} })
  socket.on('data', () => {})
  await once(socket, 'end')
  socket.destroy()
})

test('an answer that cannot be read ends the connection, not the process', async () => {
  const port = await listen(createServer(sending(framed(Buffer.alloc(8)))))
  const socket = brokerSocket({ host: '127.0.0.1', port, ssl: null as never, onConnect: () => {} })
  socket.on('data', () => {
    throw new Error('cannot be read')
  })
  const [error] = await once(socket, 'error')
  expect(error).toMatchObject({ message: 'cannot be read' })
})

test('a server that is no broker is said to be none, at once', async () => {
  const port = await listen(createServer(sending(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))))
  const limits = { connectAttemptsMax: 1, requestTimeoutMs: 60_000 }
  const options = { brokers: [`127.0.0.1:${port}`], clientId: 'test', ssl: false, logger: silentLogger }
  const opening = openKafkaLog({ ...options, clock: systemClock, limits })
  await expect(opening).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' })
  await expect(opening).rejects.toThrow('an answer of 1213486160 bytes is announced, which no Kafka broker does')
})
