// Ports and whether something answers on them.

import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** How long a service that is said to be there may take to accept a connection. */
const CONNECT_TIMEOUT_MS = 3_000

/** A TCP port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server must have a port')
  server.close()
  await once(server, 'close')
  return address.port
}

/** Whether a connection can be made. */
export function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS })
    const settle = (result: boolean) => {
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })
}

/** Asks for a page until it answers with success. Throws when it has not after `attemptsMax` tries, 100 ms apart. */
export async function waitForPage(url: string, attemptsMax: number): Promise<void> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const response = await fetch(url).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${url} did not answer with success after ${attemptsMax} tries`)
}
