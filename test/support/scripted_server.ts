// A local HTTP server that answers as a test tells it to, request by request, and remembers what it was asked.

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
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
): Promise<ScriptedServer> {
  const requests: SeenRequest[] = []
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = incoming
    const request = { method, url, headers, body: Buffer.concat(chunks) }
    requests.push(request)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server must have a port')
  return { url: `http://127.0.0.1:${address.port}`, requests }
}
