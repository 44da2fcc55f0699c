// A connection to the streamer by Node's WebSocket. What that lacks is added: a socket that is left is cut for good,
// also when its server never answers the Close. Node would keep such a connection for as long as the server does.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** A connection, from the moment it is asked for. */
export interface StreamSocket {
  send(text: string): void
  /** Leaves it: sends Close, and cuts the connection `graceMs` later. None of its events is told any more. */
  leave(graceMs: number): void
}

/** What a connection tells. */
export interface StreamSocketEvents {
  opened(): void
  message(data: unknown): void
  /** Once, also when it never opened. */
  closed(): void
}

/** Opens connections. */
export interface StreamSockets {
  open(url: string, events: StreamSocketEvents): StreamSocket
  /** Watches no connections any more. */
  end(): void
}

/** Connections by Node's WebSocket, whose proxy settings and certificates it goes by. */
export function nodeSockets(): StreamSockets {
  const wires = watchWires()
  return {
    open(url, events) {
      const socket = new WebSocket(url)
      const listening = new AbortController()
      const { signal } = listening
      const end = () => {
        if (signal.aborted) return
        listening.abort()
        events.closed()
      }
      socket.addEventListener('open', () => events.opened(), { signal })
      socket.addEventListener('message', ({ data }) => events.message(data), { signal })
      socket.addEventListener('close', end, { signal })
      // An error is followed by a close, but not in all versions where the handshake failed.
      socket.addEventListener('error', end, { signal })
      return {
        send: (text) => socket.send(text),
        leave(graceMs) {
          listening.abort()
          socket.close()
          const wire = wires.of(socket)
          if (wire !== undefined) setTimeout(() => wire.destroy(), graceMs).unref()
        },
      }
    },
    end: () => wires.end(),
  }
}

/** Finds the TCP connection under a WebSocket, which Node tells of in its diagnostics channels alone. */
function watchWires() {
  const byLocalPort = new Map<number, Socket>()
  const bySocket = new WeakMap<object, Socket>()
  const onConnected = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket }
    const port = socket.localPort
    if (port === undefined) return
    byLocalPort.set(port, socket)
    socket.once('close', () => byLocalPort.delete(port))
  }
  const onOpen = (message: unknown) => {
    const { address, websocket } = message as {
      readonly address: { readonly port: number }
      readonly websocket: object
    }
    const wire = byLocalPort.get(address.port)
    if (wire !== undefined) bySocket.set(websocket, wire)
  }
  subscribe(CONNECTED, onConnected)
  subscribe(WEBSOCKET_OPEN, onOpen)
  return {
    of: (socket: object) => bySocket.get(socket),
    end: () => {
      unsubscribe(CONNECTED, onConnected)
      unsubscribe(WEBSOCKET_OPEN, onOpen)
    },
  }
}

const CONNECTED = 'undici:client:connected'
const WEBSOCKET_OPEN = 'undici:websocket:open'
