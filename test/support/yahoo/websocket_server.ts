// The server's side of a WebSocket (RFC 6455), as much of it as a test needs: the handshake, text frames of any length
// out, masked frames in, pings, Close. It can also misbehave, which a library would not let it.

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** One client's connection. */
export interface ServerSocket {
  sendText(text: string): void
  /** Sends bytes as they are, whether or not they are a frame. */
  sendBytes(bytes: Uint8Array): void
  ping(): void
  /** Sends a Close frame. The connection ends when the client has answered. */
  sendClose(code: number, reason?: string): void
  /** Ends the connection without a word. */
  destroy(): void
  /** Bytes that the client has not read yet. */
  readonly waitingBytes: number
}

/** What a client does. */
export interface ServerSocketEvents {
  /** While true, all frames are ignored. */
  isDeaf(): boolean
  text(text: string): void
  pong(): void
  closed(): void
}

const OPCODES = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Answers the handshake (RFC 6455, 4.2.2) and goes on as a WebSocket. */
export function acceptWebSocket(request: IncomingMessage, stream: Duplex, events: ServerSocketEvents): ServerSocket {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64')
  stream.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  let received: Buffer = Buffer.alloc(0)
  let isOver = false
  stream.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    for (let frame = readFrame(received); frame !== null; frame = readFrame(received)) {
      received = received.subarray(frame.end)
      take(frame)
    }
  })
  stream.on('error', () => {})
  // Node's HTTP server leaves its half open otherwise.
  stream.on('end', () => stream.end())
  stream.on('close', () => {
    if (!isOver) events.closed()
    isOver = true
  })
  const take = ({ opcode, payload }: Frame) => {
    if (events.isDeaf()) return
    if (opcode === OPCODES.text) events.text(payload.toString('utf8'))
    else if (opcode === OPCODES.pong) events.pong()
    else if (opcode === OPCODES.ping) stream.write(frameOf(OPCODES.pong, payload))
    else if (opcode === OPCODES.close) stream.end(frameOf(OPCODES.close, payload))
  }
  return {
    sendText: (text) => void stream.write(frameOf(OPCODES.text, Buffer.from(text))),
    sendBytes: (bytes) => void stream.write(bytes),
    ping: () => void stream.write(frameOf(OPCODES.ping, Buffer.from('p'))),
    sendClose: (code, reason = '') => {
      const payload = Buffer.alloc(2 + Buffer.byteLength(reason))
      payload.writeUInt16BE(code)
      payload.write(reason, 2)
      stream.write(frameOf(OPCODES.close, payload))
    },
    destroy: () => void stream.destroy(),
    get waitingBytes() {
      return stream.writableLength
    },
  }
}

interface Frame {
  readonly opcode: number
  readonly payload: Buffer
  /** Where the next one begins. */
  readonly end: number
}

/** The first frame of the bytes; null while it is not whole. Clients send masked ones, and none of 4 GB. */
function readFrame(bytes: Buffer): Frame | null {
  if (bytes.length < 2) return null
  const short = (bytes[1] as number) & 0x7f
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  const maskAt = 2 + lengthBytes
  const start = maskAt + 4
  if (bytes.length < start) return null
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? bytes.readUInt32BE(6) : short
  const end = start + length
  if (bytes.length < end) return null
  const payload = Buffer.from(bytes.subarray(start, end))
  for (let i = 0; i < length; i++) payload[i] = (payload[i] as number) ^ (bytes[maskAt + (i % 4)] as number)
  return { opcode: (bytes[0] as number) & 0x0f, payload, end }
}

/** One whole frame (RFC 6455, 5.2), not masked. */
function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  if (length < 126) return Buffer.concat([Buffer.of(0x80 | opcode, length), payload])
  const head = Buffer.alloc(length < 0x10000 ? 4 : 10)
  head[0] = 0x80 | opcode
  head[1] = length < 0x10000 ? 126 : 127
  if (length < 0x10000) head.writeUInt16BE(length, 2)
  else head.writeUInt32BE(length, 6)
  return Buffer.concat([head, payload])
}
