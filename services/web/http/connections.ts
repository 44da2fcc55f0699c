// The connections of the server. There are only so many at a time, and a newcomer is always let in: the connection that
// has had nothing to ask for longest gives way, or else the client that reads its answer slowest. So whoever holds
// connections open holds up nobody.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { CONNECTIONS_MAX, REQUESTS_IN_FLIGHT_MAX, STALLED_CONNECTION_MS } from '#services/web/limits'

/** How many connections there may be, how long one may stand still, and how much it may ask at once. */
export interface ConnectionLimits {
  readonly connectionsMax: number
  readonly stalledMs: number
  readonly inFlightMax: number
}

const LIMITS: ConnectionLimits = {
  connectionsMax: CONNECTIONS_MAX,
  stalledMs: STALLED_CONNECTION_MS,
  inFlightMax: REQUESTS_IN_FLIGHT_MAX,
}

/** Bounds the connections of a server that does not listen yet. */
export function boundConnections(server: Server, { connectionsMax, stalledMs, inFlightMax } = LIMITS): void {
  const all = new Set<Socket>()
  const inFlight = new WeakMap<Socket, number>()
  // Those that have sent no whole request since their last answer, the longest ones first.
  const idle = new Set<Socket>()
  const end = (socket: Socket) => {
    all.delete(socket)
    idle.delete(socket)
    socket.destroy()
  }
  server.on('connection', (socket) => {
    all.add(socket)
    idle.add(socket)
    socket.once('close', () => end(socket))
    if (all.size > connectionsMax) end(idle.size > 1 ? first(idle) : slowestReader(all))
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const count = (change: number) => {
      const now = (inFlight.get(socket) ?? 0) + change
      inFlight.set(socket, now)
      return now
    }
    if (count(1) > inFlightMax) end(socket)
    // A body that never comes is nothing to wait for.
    const isWhole = () => void (response.writableFinished || idle.delete(socket))
    if (hasBody(request)) request.once('end', isWhole)
    else isWhole()
    response.once('close', () => {
      count(-1)
      if (all.has(socket)) idle.add(socket)
    })
  })
  server.timeout = stalledMs
  // A connection on which nothing moves since we are still at work on its answer is none of the client's doing.
  server.on('timeout', (socket: Socket) => {
    if (idle.has(socket) || socket.writableLength > 0) end(socket)
  })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function first<T>(set: ReadonlySet<T>): T {
  for (const each of set) return each
  throw new Error('the set is empty')
}

/** The one for which most bytes wait. */
function slowestReader(sockets: ReadonlySet<Socket>): Socket {
  return [...sockets].reduce((slowest, each) => (each.writableLength > slowest.writableLength ? each : slowest))
}
