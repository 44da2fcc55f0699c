// A local HTTP or HTTPS server that answers as a test tells it to, request by request, and remembers what it was asked.

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { onTestFinished } from 'vitest'

/** A request as it came, its body included. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A server of the running test. */
export interface ScriptedServer {
  readonly url: string
  readonly requests: readonly SeenRequest[]
}

/** Starts a server on loopback; stopped, its connections cut, when the running test is over. */
export async function scriptedServer(
  answer: (request: SeenRequest, response: ServerResponse) => void,
  tls?: { readonly cert: Buffer; readonly key: Buffer },
): Promise<ScriptedServer> {
  const requests: SeenRequest[] = []
  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = incoming
    const request = { method, url, headers, body: Buffer.concat(chunks) }
    requests.push(request)
    answer(request, response)
  }
  const server = (tls === undefined ? createServer(serve) : createTlsServer(tls, serve)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server must have a port')
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`, requests }
}
