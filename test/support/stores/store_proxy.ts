// An HTTP proxy in front of a real store, S3 or Azure, that makes requests go wrong: not passed on, passed on late,
// answered wrongly, partly, or not at all. The headers go through unchanged, Host included, so the signature of a
// request holds behind it.

import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

/** What happens to one request: whether the store gets it, and what its sender hears. */
export interface StoreFault {
  /** `later`: when the test says so, and nobody hears of it. */
  readonly forward: 'yes' | 'no' | 'later'
  /**
   * `true`: the store's own answer; `half`: its headers and half of its body; `none`: silence; a number: that status.
   */
  readonly answer: 'true' | 'half' | 'none' | 'reset' | number
}

/** Nothing goes wrong. */
export const NO_FAULT: StoreFault = { forward: 'yes', answer: 'true' }

/** A request as the script sees it. */
export interface StoreRequest {
  readonly method: string
  /** `/bucket/key`, with its query. */
  readonly path: string
}

/** The script: asked at each request; what it awaits happens before the request is passed on. */
export type StoreScript = (request: StoreRequest) => StoreFault | Promise<StoreFault>

/** The error codes of a kind of store, by status. */
export type ErrorNames = Readonly<Record<number, string>>

/** What S3 calls them. */
export const S3_ERRORS: ErrorNames = {
  409: 'ConditionalRequestConflict',
  412: 'PreconditionFailed',
  500: 'InternalError',
  503: 'SlowDown',
}

/** What Azure calls them. */
export const AZURE_ERRORS: ErrorNames = {
  409: 'BlobAlreadyExists',
  412: 'ConditionNotMet',
  500: 'InternalError',
  503: 'ServerBusy',
}

/** What a proxy stands before, and what it does. */
export interface StoreProxyOptions {
  /** The store's address; a path in it is part of the proxy's address too. */
  readonly target: string
  readonly errors: ErrorNames
  readonly script: StoreScript
}

/** A running proxy. */
export interface StoreProxy {
  readonly endpoint: string
  /** How many requests went wrong so far. */
  readonly faults: () => number
  /** Passes on every request that was kept for later, in order of arrival. */
  deliverHeld(): Promise<void>
  /**
   * To be asked once the process is dead that sends here, and nobody else does: waits until the store has answered all
   * that the process has sent, and closes the proxy.
   */
  settled(): Promise<void>
}

/** Starts a proxy for the running test; it is closed after it. */
export async function startStoreProxy({ target, errors, script }: StoreProxyOptions): Promise<StoreProxy> {
  const held: (() => Promise<unknown>)[] = []
  const agent = new Agent({ keepAlive: true })
  let faults = 0
  const connections = new Set<Promise<unknown>>()
  const underWay = new Set<Promise<unknown>>()
  const server = createServer((incoming, outgoing) => {
    keepIn(
      underWay,
      serve(incoming, outgoing).catch(() => outgoing.destroy()),
    )
  })
  server.on('connection', (socket) => keepIn(connections, once(socket, 'close')))

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming)
    const pass = () => passOn(incoming, { target, agent, body })
    const fault = await script({ method: incoming.method ?? '', path: incoming.url ?? '' })
    if (fault.forward !== 'yes' || fault.answer !== 'true') faults++
    if (fault.forward === 'later') held.push(pass)
    answer(outgoing, { fault, errors, real: fault.forward === 'yes' ? await pass() : undefined })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    agent.destroy()
    server.close()
  }
  onTestFinished(close)
  const path = new URL(target).pathname.replace(/\/$/, '')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    faults: () => faults,
    async deliverHeld() {
      for (const pass of held.splice(0)) await pass()
    },
    async settled() {
      // Connections that the system has taken for us are heard of in a turn of the loop. Each closes by itself, after
      // all that was sent on it was read.
      await setImmediate()
      while (connections.size > 0) await Promise.all(connections)
      while (underWay.size > 0) await Promise.all(underWay)
      close()
    },
  }
}

/** Keeps what has not ended yet. */
function keepIn(kept: Set<Promise<unknown>>, work: Promise<unknown>): void {
  const ended = work.catch(() => {}).finally(() => kept.delete(ended))
  kept.add(ended)
}

interface RealAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

interface Route {
  readonly target: string
  readonly agent: Agent
  readonly body: Buffer
}

function passOn({ method, url, headers }: IncomingMessage, { target, agent, body }: Route): Promise<RealAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(target)
    const outgoing = request({ hostname, port, method, path: url, headers, agent }, (real) => {
      bodyOf(real).then((read) => resolve({ status: real.statusCode ?? 0, headers: real.headers, body: read }), reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

interface Answer {
  readonly fault: StoreFault
  readonly errors: ErrorNames
  readonly real: RealAnswer | undefined
}

function answer(outgoing: ServerResponse, { fault, errors, real }: Answer): void {
  if (fault.answer === 'none') return
  if (fault.answer === 'reset') return void outgoing.socket?.resetAndDestroy()
  if (typeof fault.answer === 'number') {
    const code = errors[fault.answer] ?? ''
    outgoing.writeHead(fault.answer, { 'content-type': 'application/xml', 'x-ms-error-code': code })
    outgoing.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>by the test</Message></Error>`)
    return
  }
  if (real === undefined) throw new Error('a request that is not passed on has no true answer')
  outgoing.writeHead(real.status, real.headers)
  if (fault.answer === 'true') return void outgoing.end(real.body)
  outgoing.write(real.body.subarray(0, real.body.length / 2), () => outgoing.destroy())
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
