// HTTP by hand, for what no well-behaved client sends: paths that are not normalised, wrong hosts, halves of requests.

import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A connection to a port of this machine; destroyed when the running test is over. */
export async function openConnection(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return socket
}

/** Sends a request's text and resolves to the whole answer; the server must close, so ask it to. */
export async function rawRequest(port: number, text: string): Promise<string> {
  const socket = await openConnection(port)
  let answer = ''
  socket.setEncoding('utf8').on('data', (part: string) => {
    answer += part
  })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(text)
  await closed
  return answer
}

/** A GET of a path exactly as it is written. */
export function rawGet(port: number, path: string, headers: readonly string[] = []): Promise<string> {
  const lines = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: close', ...headers]
  return rawRequest(port, `${lines.join('\r\n')}\r\n\r\n`)
}
