// How we speak to Azure: addresses and limits. Two clients share their sockets: one that tries again by itself and one
// that never does, for the write whose outcome must not be hidden.

import type { Agent } from 'node:http'
import type { Socket } from 'node:net'
import {
  ContainerClient,
  newPipeline,
  type RequestPolicyFactory,
  StorageRetryPolicyType,
  type WebResource,
} from '@azure/storage-blob'
import { type AzureCredential, type AzureIdentityKind, credentialOf } from '#object-store/azure/credentials'
import type { AzureLocation } from '#object-store/azure/location'
import type { AzureSettings } from '#object-store/azure/settings'
import { openAgent } from '#object-store/http/agent'
import { PlatformError } from '#runtime/errors'
import { MINUTE_MS } from '#runtime/units'

/** The two clients of a container. */
export interface AzureClients {
  readonly retrying: ContainerClient
  /** One try, whatever happens. */
  readonly single: ContainerClient
  /** Where the account's Blob service is asked, for people. */
  readonly endpoint: string
  /** Who we are there, for advice. */
  readonly identity: AzureIdentityKind
}

/** Tries of a request that may be repeated, the first included. */
export const AZURE_ATTEMPTS_MAX = 3
/** The wait before the third try; the second follows at once. */
const RETRY_DELAY_MS = 500
/** How long a connection may take to come about. */
export const AZURE_CONNECT_TIMEOUT_MS = 5_000
/** How long a request may take until its answer begins, a try. */
export const AZURE_REQUEST_TIMEOUT_MS = MINUTE_MS
/** The same for a request that carries a part of a large object. */
export const AZURE_PART_TIMEOUT_MS = 5 * MINUTE_MS
/** A request that carries more than this has the time of a part. */
const SMALL_BODY_BYTES = 1024 * 1024
/** How long a connection may be silent amid a request or an answer. */
export const AZURE_SILENCE_TIMEOUT_MS = 30_000
/** Connections a client holds at most; more requests wait. */
export const AZURE_SOCKETS_MAX = 64

/** Shorter limits, for tests of what happens when they are reached. */
export interface AzureLimits {
  readonly requestTimeoutMs?: number
  readonly silenceTimeoutMs?: number
  readonly tokenTimeoutMs?: number
}

/** Builds the clients. Throws CONFIG_INVALID when the settings are wrong. */
export async function openAzureClients(
  at: AzureLocation,
  settings: AzureSettings,
  limits: AzureLimits = {},
): Promise<AzureClients> {
  const endpoint = serviceUrlOf(at, settings.endpoint)
  const audience = { account: at.account, endpoint, tokenTimeoutMs: limits.tokenTimeoutMs }
  const { kind, credential, sasToken } = await credentialOf(settings, audience)
  const url = `${endpoint}/${at.container}${sasToken === undefined ? '' : `?${sasToken}`}`
  const agent = boundAgent(endpoint, limits)
  const client = (triesMax: number) =>
    new ContainerClient(url, pipelineOf(credential, { triesMax, bounds: boundsOf(agent, { ...limits, triesMax }) }))
  return { retrying: client(AZURE_ATTEMPTS_MAX), single: client(1), endpoint, identity: kind }
}

/** The address of the account's Blob service: AZURE_STORAGE_ENDPOINT's, or the one that the place says. */
function serviceUrlOf({ serviceUrl, account, isPathStyle }: AzureLocation, endpoint: string | undefined): string {
  if (!endpoint || isPathStyle) return serviceUrl
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    const form = 'http://127.0.0.1:10000/devstoreaccount1'
    throw wrongEndpoint(`must be the URL of an account's Blob service such as ${form}`)
  }
  const { origin, pathname } = new URL(endpoint)
  const path = pathname.replace(/\/+$/, '')
  if (path !== '' && path !== `/${account}`) {
    throw wrongEndpoint(`is of account '${path.slice(1)}', but the place is in account '${account}'`)
  }
  return origin + path
}

function wrongEndpoint(what: string): PlatformError {
  return new PlatformError('CONFIG_INVALID', `wrong setting: AZURE_STORAGE_ENDPOINT ${what}`)
}

interface PipelineParts {
  readonly bounds: RequestPolicyFactory
  readonly triesMax: number
}

function pipelineOf(credential: AzureCredential, { bounds, triesMax }: PipelineParts) {
  const pipeline = newPipeline(credential, {
    retryOptions: {
      retryPolicyType: StorageRetryPolicyType.EXPONENTIAL,
      maxTries: triesMax,
      retryDelayInMs: RETRY_DELAY_MS,
    },
  })
  pipeline.factories.push(bounds)
  return pipeline
}

/** Connections that many requests share, each of which is given up when it takes too long or goes silent. */
function boundAgent(endpoint: string, { silenceTimeoutMs = AZURE_SILENCE_TIMEOUT_MS }: AzureLimits): Agent {
  // With a timeout of its own the agent leaves that of its sockets alone when they are used again.
  const options = { keepAlive: true, maxSockets: AZURE_SOCKETS_MAX, timeout: silenceTimeoutMs }
  const agent = openAgent(new URL(endpoint).protocol, options)
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (...words) => {
    const socket = connect(...words)
    if (socket) boundSocket(socket as Socket)
    return socket
  }
  // Between two requests it may have had the shorter time that its server keeps idle connections for.
  const reuse = agent.reuseSocket.bind(agent)
  agent.reuseSocket = (kept, request) => {
    reuse(kept, request)
    const socket = kept as Socket
    socket.setTimeout(silenceTimeoutMs)
  }
  return agent
}

/** The error may be tried again. */
function boundSocket(socket: Socket): void {
  const giveUp = (what: string) => socket.destroy(Object.assign(new Error(what), { code: 'ETIMEDOUT' }))
  const timer = setTimeout(() => giveUp('no connection in time'), AZURE_CONNECT_TIMEOUT_MS)
  socket.once('connect', () => clearTimeout(timer))
  socket.once('close', () => clearTimeout(timer))
  socket.on('timeout', () => giveUp('the connection went silent'))
}

/**
 * Gives every request the shared connections, and an end to its waiting. Not by the SDK's own timeout, whose timer goes
 * on after a failure and keeps the process from ending.
 */
function boundsOf(agent: Agent, limits: AzureLimits & { readonly triesMax: number }): RequestPolicyFactory {
  return {
    create: (next) => ({
      async sendRequest(request: WebResource) {
        const waiting = new AbortController()
        const timer = setTimeout(
          () => waiting.abort(),
          (limits.requestTimeoutMs ?? timeoutOf(request)) * limits.triesMax,
        )
        request.agent = agent
        request.abortSignal = waiting.signal
        try {
          return await next.sendRequest(request)
        } finally {
          clearTimeout(timer)
        }
      },
    }),
  }
}

function timeoutOf({ body }: WebResource): number {
  const isLarge = ArrayBuffer.isView(body) && body.byteLength > SMALL_BODY_BYTES
  return isLarge ? AZURE_PART_TIMEOUT_MS : AZURE_REQUEST_TIMEOUT_MS
}
