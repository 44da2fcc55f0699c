// How we speak to S3: addresses, credentials, limits. Two clients share their sockets: one that tries again by itself
// and one that never does, for the write whose outcome must not be hidden.

import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { openAgent } from '#object-store/http/agent'
import { PlatformError } from '#runtime/errors'
import { withoutSecrets } from '#runtime/shown_value'
import { MINUTE_MS } from '#runtime/units'

/** Where the store is and who we are. */
export interface S3Settings {
  /** Unset: AWS itself. */
  readonly endpoint?: string | undefined
  readonly region: string
  /** Both unset: the SDK's own chain (the machine's role, the shared profile). */
  readonly accessKeyId?: string | undefined
  readonly secretAccessKey?: string | undefined
}

/** The two clients of a store. */
export interface S3Clients {
  readonly retrying: S3Client
  /** One try, whatever happens. */
  readonly single: S3Client
}

/** Tries of a request that may be repeated, the first included. */
export const S3_ATTEMPTS_MAX = 3
/** How long a connection may take to come about. */
export const S3_CONNECT_TIMEOUT_MS = 5_000
/** How long a request may take until its answer begins. */
export const S3_REQUEST_TIMEOUT_MS = MINUTE_MS
/** As before, for a part of a large object: a slow line takes its time, and one that is silent is noticed anyway. */
export const S3_PART_TIMEOUT_MS = 5 * MINUTE_MS
/** How long a connection may be silent amid a request or an answer. */
export const S3_SILENCE_TIMEOUT_MS = 30_000
/** Connections a client holds at most; more requests wait. */
export const S3_SOCKETS_MAX = 64

/** Lower limits, for tests of what happens when they are reached. */
export interface S3Limits {
  readonly requestTimeoutMs?: number
  readonly silenceTimeoutMs?: number
  readonly partBytes?: number
}

/** Builds the clients. Throws CONFIG_INVALID when only one of the two keys is given or the endpoint is no URL. */
export function openS3Clients(settings: S3Settings, limits: S3Limits = {}): S3Clients {
  const config = clientConfig(settings, limits)
  const retrying = new S3Client({ ...config, maxAttempts: S3_ATTEMPTS_MAX })
  const single = new S3Client({ ...config, requestHandler: retrying.config.requestHandler, maxAttempts: 1 })
  return { retrying, single }
}

function clientConfig(settings: S3Settings, limits: S3Limits): S3ClientConfig {
  const agent = { keepAlive: true, maxSockets: S3_SOCKETS_MAX }
  return {
    region: settings.region,
    ...credentialsOf(settings),
    ...endpointOf(settings),
    // It makes a connection of its own for each large write, to be told to go on first; with ours it would not wait.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: S3_CONNECT_TIMEOUT_MS,
      requestTimeout: limits.requestTimeoutMs ?? S3_REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      socketTimeout: limits.silenceTimeoutMs ?? S3_SILENCE_TIMEOUT_MS,
      httpAgent: openAgent('http:', agent),
      httpsAgent: openAgent('https:', agent),
    },
  }
}

function credentialsOf({ accessKeyId, secretAccessKey }: S3Settings): S3ClientConfig {
  if (accessKeyId && secretAccessKey) return { credentials: { accessKeyId, secretAccessKey } }
  if (!accessKeyId && !secretAccessKey) return {}
  const missing = accessKeyId ? 'AWS_SECRET_ACCESS_KEY' : 'AWS_ACCESS_KEY_ID'
  throw new PlatformError('CONFIG_INVALID', `wrong setting: ${missing} is missing, while the other key is given`)
}

/**
 * Stores that are not AWS are reached by path, since their buckets have no host names, and without the checksum
 * trailers that not all of them understand.
 */
function endpointOf({ endpoint }: S3Settings): S3ClientConfig {
  if (!endpoint) return {}
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    const wanted = 'must be a URL such as http://127.0.0.1:9000'
    const message = `wrong setting: S3_ENDPOINT ${wanted}, not '${withoutSecrets(endpoint)}'`
    throw new PlatformError('CONFIG_INVALID', message)
  }
  return {
    endpoint,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  }
}
