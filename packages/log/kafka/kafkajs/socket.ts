// The sockets that kafkajs talks through: those that it would make itself, but that they hand over whole answers, which
// then need no joining, and send at once. kafkajs leaves Nagle's algorithm on, by which a request may wait 40 ms until
// the one before is acknowledged.

import { connect, isIP, type OnReadOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'
import { AnswerFrames } from './answer_frames.ts'

const KEEP_ALIVE_DELAY_MS = 60_000

/** Connects to a broker. */
export const brokerSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  let socket: Socket | null = null
  const frames = new AnswerFrames((answer) => socket?.emit('data', answer))
  const onread: OnReadOpts = {
    buffer: () => frames.room(),
    callback(count) {
      try {
        frames.read(count)
      } catch (error) {
        // Also what kafkajs throws of an answer that it cannot read: the connection is of no more use.
        socket?.destroy(error as Error)
      }
      return true
    },
  }
  const options = { host, port, onread }
  socket = ssl ? connectTls(tlsOptions(options, ssl), onConnect) : connect(options, onConnect)
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY_MS)
}

function tlsOptions<T extends { readonly host: string }>(options: T, ssl: ConnectionOptions): T & ConnectionOptions {
  // Servers of several names choose their certificate by it; it must not be an address.
  const servername = isIP(options.host) === 0 ? { servername: options.host } : {}
  return { ...options, ...servername, ...ssl }
}
