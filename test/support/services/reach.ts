// Ports and whether something answers on them.

import { connect, createServer } from 'node:net'

/** How long a service that is said to be there may take to accept a connection. */
const CONNECT_TIMEOUT_MS = 3_000

/**
 * Below the ports that a system gives to whoever asks for any (Linux: from 32768): these go to others within a moment.
 * Above those that browsers refuse.
 */
const PORT_MIN = 11_000
const PORTS_OF_A_PROCESS = 100
const PROCESSES = 215
/** The place of the next one among them. */
let next = 0

/** No service listens there: a port that was free a moment ago may be another's by now. */
export const NOBODY = 'http://127.0.0.1:1'

/** A free TCP port of the loopback interface. Each process of a run has a stretch of them to itself. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS_OF_A_PROCESS; tried++) {
    const port = PORT_MIN + (process.pid % PROCESSES) * PORTS_OF_A_PROCESS + next
    next = (next + 1) % PORTS_OF_A_PROCESS
    if (await canListen(port)) return port
  }
  throw new Error(`none of the ${PORTS_OF_A_PROCESS} ports of this process is free`)
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer()
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (listens) await new Promise((resolve) => server.close(resolve))
  return listens
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
