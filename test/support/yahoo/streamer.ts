// The streamed side of the server that plays Yahoo: takes subscriptions, sends ticks to whoever subscribed, and breaks
// in every way that a streamer can.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { pricingFrame, type SentPricing } from '#support/yahoo/pricing_encoder'
import { acceptWebSocket, type ServerSocket } from '#support/yahoo/websocket_server'

/** What becomes of a handshake. */
export type HandshakeFault =
  /** An HTTP answer in place of the WebSocket. */
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'cut' }
  /** No answer. */
  | { readonly kind: 'silent' }

/** The streamer of a running server. */
export interface YahooStreamer {
  /** Connections that are open now. */
  readonly connections: number
  /** Handshakes so far, those that went wrong included. */
  readonly handshakes: number
  /** All that clients have sent, in order. */
  readonly received: readonly string[]
  /** Symbols that somebody follows now. */
  readonly followed: ReadonlySet<string>
  readonly pongs: number
  /** Sends a tick to all that follow its symbol; returns how many did. */
  send(pricing: SentPricing): number
  /** Sends any text to all connections. */
  sendText(text: string): void
  /** Sends any bytes, as they are, to all connections. */
  sendBytes(bytes: Uint8Array): void
  ping(): void
  /** While true, ticks go to nobody, though the connections stay. */
  setSilent(silent: boolean): void
  /** While true, what clients send is ignored, a Close too. */
  setDeaf(deaf: boolean): void
  /** Sends Close to all connections. */
  closeAll(code?: number): void
  /** Ends all connections without a word, unanswered handshakes too. */
  cut(): void
  /** What becomes of all handshakes from now on; null: they succeed. */
  setHandshakeFault(fault: HandshakeFault | null): void
  /** Answers the upgrade of a connection. */
  take(request: IncomingMessage, stream: Duplex): void
}

/** A streamer without a client. */
export function openStreamer(): YahooStreamer {
  const state: StreamerState = {
    clients: new Map(),
    streams: new Set(),
    received: [],
    fault: null,
    silent: false,
    deaf: false,
    handshakes: 0,
    pongs: 0,
  }
  const everyone = () => [...state.clients.keys()]
  return {
    get connections() {
      return state.clients.size
    },
    get handshakes() {
      return state.handshakes
    },
    received: state.received,
    get followed() {
      return new Set([...state.clients.values()].flatMap((symbols) => [...symbols]))
    },
    get pongs() {
      return state.pongs
    },
    send: (pricing) => sendTick(state, pricing),
    sendText: (text) => everyone().forEach((socket) => void socket.sendText(text)),
    sendBytes: (bytes) => everyone().forEach((socket) => void socket.sendBytes(bytes)),
    ping: () => everyone().forEach((socket) => void socket.ping()),
    setSilent(silent) {
      state.silent = silent
    },
    setDeaf(deaf) {
      state.deaf = deaf
    },
    closeAll(code = 1001) {
      for (const socket of everyone()) {
        socket.sendClose(code, 'going away')
        // Nothing is sent after a Close.
        state.clients.delete(socket)
      }
    },
    cut: () => state.streams.forEach((stream) => void stream.destroy()),
    setHandshakeFault(fault) {
      state.fault = fault
    },
    take: (request, stream) => takeHandshake(state, request, stream),
  }
}

interface StreamerState {
  /** What each client follows. */
  readonly clients: Map<ServerSocket, Set<string>>
  /** Those whose handshake was not answered included. */
  readonly streams: Set<Duplex>
  readonly received: string[]
  fault: HandshakeFault | null
  silent: boolean
  deaf: boolean
  handshakes: number
  pongs: number
}

function sendTick(state: StreamerState, pricing: SentPricing): number {
  if (state.silent) return 0
  const frame = pricingFrame(pricing)
  let sent = 0
  for (const [socket, symbols] of state.clients) {
    if (!symbols.has(String(pricing.id))) continue
    socket.sendText(frame)
    sent++
  }
  return sent
}

function takeHandshake(state: StreamerState, request: IncomingMessage, stream: Duplex): void {
  stream.on('error', () => {})
  state.streams.add(stream)
  stream.on('close', () => state.streams.delete(stream))
  state.handshakes++
  const { fault } = state
  if (request.url !== STREAMER_PATH) return void stream.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
  if (fault?.kind === 'cut') return void stream.destroy()
  if (fault?.kind === 'silent') return
  if (fault?.kind === 'status') return void stream.end(`HTTP/1.1 ${fault.status} No\r\ncontent-length: 0\r\n\r\n`)
  const symbols = new Set<string>()
  const socket = acceptWebSocket(request, stream, {
    text(text) {
      state.received.push(text)
      const { subscribe = [], unsubscribe = [] } = JSON.parse(text) as Record<string, string[] | undefined>
      for (const symbol of subscribe) symbols.add(symbol)
      for (const symbol of unsubscribe) symbols.delete(symbol)
    },
    isDeaf: () => state.deaf,
    pong: () => void state.pongs++,
    closed: () => void state.clients.delete(socket),
  })
  state.clients.set(socket, symbols)
}

const STREAMER_PATH = '/streamer.finance.yahoo.com/?version=2'
