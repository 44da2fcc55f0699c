// Connections to a store, kept for many requests. Each reads into one buffer over and over: Node would take another
// 64 KiB for every read, and a copy at full speed would leave tens of megabytes of them behind before they are freed.

import { type AgentOptions, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { releaseBytes } from '#object-store/release_bytes'

/** What one read of a connection takes at most; as Node's own reads. */
const READ_BYTES = 64 * 1024

/** Whether this Node's parser of answers was seen to copy what it hands on: else the next read would overwrite it. */
const IS_PARSER_KNOWN = process.versions.node.startsWith('24.')

/** An agent for the protocol, `http:` or `https:`. */
export function openAgent(protocol: string, options: AgentOptions): HttpAgent {
  const agent = protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options)
  if (!IS_PARSER_KNOWN) return agent
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (address, ...others) => {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    // The parser of answers listens, and has copied what it hands on when this returns.
    const callback = (bytesRead: number) => {
      socket?.emit('data', buffer.subarray(0, bytesRead))
      return true
    }
    const reading = { onread: { buffer, callback } }
    const socket = connect({ ...address, ...reading }, ...others)
    // A server may end a connection with each answer: Azurite does after one that says that there is no object.
    socket?.once('close', () => releaseBytes(buffer))
    return socket
  }
  return agent
}
