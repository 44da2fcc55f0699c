// The server: listens, and bounds what clients may hold of it. A connection costs nothing but memory, so there are only
// so many, and a slow or silent client loses its own.

import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { PlatformError } from '#runtime/errors'
import { boundConnections } from '#services/web/http/connections'
import { rememberAnswer } from '#services/web/http/cut_off'
import {
  CLOSE_GRACE_MS,
  CONNECTIONS_CHECK_MS,
  HEADER_BYTES_MAX,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  PORTS_TRIED_MAX,
  REQUEST_TIMEOUT_MS,
} from '#services/web/limits'

/** Where to listen. Port 0 is any free one. */
export interface WebAddress {
  readonly host: string
  readonly port: number
}

/** A server that listens. */
export interface WebServer {
  /** Differs from the one that was asked for when that was 0 or taken. */
  readonly port: number
  /** Ends all connections; resolves when they are closed. */
  close(): Promise<void>
}

/** Starts to serve, at the next free port when this one is taken. Throws CONFIG_INVALID when it cannot listen there. */
export async function startServer(
  answer: (request: Request) => Promise<Response>,
  address: WebAddress,
): Promise<WebServer> {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    },
    // The globals of other services in this process stay Node's own.
    getRequestListener(
      (request, { outgoing }) => {
        rememberAnswer(request, outgoing as ServerResponse)
        return answer(request)
      },
      { overrideGlobalObjects: false },
    ),
  )
  boundConnections(server)
  await listen(server, address)
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) }
}

async function listen(server: Server, { host, port }: WebAddress): Promise<void> {
  for (let tried = port; ; tried++) {
    const failure = await listenAt(server, { host, port: tried })
    if (failure === undefined) return
    const isLast = port === 0 || tried + 1 >= port + PORTS_TRIED_MAX || tried === 65_535
    if (failure.code !== 'EADDRINUSE' || isLast) throw cannotListen({ host, port }, failure)
  }
}

function listenAt(server: Server, address: WebAddress): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve)
    server.listen(address, () => {
      server.off('error', resolve)
      resolve(undefined)
    })
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}

function cannotListen({ host, port }: WebAddress, cause: NodeJS.ErrnoException): PlatformError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `WEB_PORT ${port} and those after it are in use on ${host}: choose another port`,
    EACCES: `WEB_PORT ${port} may not be used by this user: choose one from 1024`,
    EADDRNOTAVAIL: `WEB_HOST ${host} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all of them`,
    ENOTFOUND: `WEB_HOST ${host} is a name that nobody knows: use an address such as 127.0.0.1`,
  }
  const message = reasons[cause.code ?? ''] ?? `the page cannot be served on ${host}, port ${port}: ${cause.message}`
  return new PlatformError('CONFIG_INVALID', message, { cause })
}
