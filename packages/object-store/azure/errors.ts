// What Azure answers, or does not, as PlatformErrors that name the account and the container and say what to do.
// Never a secret: the SDK's errors carry requests, whose URLs carry SAS tokens, so none of them is passed on.

import type { AzureIdentityKind } from '#object-store/azure/credentials'
import { type ErrorCode, messageOf, PlatformError } from '#runtime/errors'
import { withoutSecrets } from '#runtime/shown_value'

/** Where a request went, and what it was for. */
export interface AzureRequest {
  /** The Blob service's URL, for people. */
  readonly endpoint: string
  readonly container: string
  readonly identity: AzureIdentityKind
  /** As `read _delta_log/x`. */
  readonly attempt: string
}

/** The facts of a failure that decide what it is. */
interface AzureFailure {
  /** Azure's error code, or the name or code of a network error. */
  readonly name: string
  /** Undefined when no answer came. */
  readonly status: number | undefined
}

/** What the SDK of Entra ID throws when there is no token. */
const NO_TOKEN = new Set([
  'AggregateAuthenticationError',
  'AuthenticationError',
  'AuthenticationRequiredError',
  'ChainedTokenCredentialError',
  'CredentialUnavailableError',
])
/** How an authority begins that will say the same again. */
const REFUSED_TOKEN = /^(invalid|unauthorized|unsupported|access)_/
/** How all begin that an authority says, or that is said of the way to it. */
const OF_AUTHORITY = /^[a-z]+(_[a-z]+)+\b/
/** How the file with a workload's token fails: by an error of the system, or since it is empty. */
const OF_TOKEN_FILE = /^E[A-Z]+: |no content on the file/i
const REFUSED_CREDENTIALS = new Set([
  'AuthenticationFailed',
  'InvalidAuthenticationInfo',
  'NoAuthenticationInformation',
])
const HTTP_NOT_FOUND = 404
const HTTP_INSUFFICIENT_STORAGE = 507

/** Reads what the SDK threw. */
export function failureOf(error: unknown): AzureFailure {
  if (!(error instanceof Error)) return { name: '', status: undefined }
  const { details, code, statusCode } = error as {
    details?: { errorCode?: string }
    code?: unknown
    statusCode?: unknown
  }
  // The answer to HEAD has no body, so its code stands in a header alone.
  const named = details?.errorCode ?? code
  return {
    name: typeof named === 'string' && named !== '' ? named : error.name,
    status: typeof statusCode === 'number' ? statusCode : undefined,
  }
}

/** Any failure of a request. A PlatformError passes unchanged. */
export function azureError(error: unknown, { endpoint, container, identity, attempt }: AzureRequest): unknown {
  if (error instanceof PlatformError) return error
  const failure = failureOf(error)
  const { code, advice, retryable = false } = verdictOn(error, identity)
  return new PlatformError(code, `could not ${attempt} in container ${container} at ${endpoint}: ${advice}`, {
    fields: { endpoint, container, attempt, error: failure.name, status: failure.status },
    retryable,
  })
}

interface Verdict {
  readonly code: ErrorCode
  readonly advice: string
  readonly retryable?: boolean
}

function verdictOn(error: unknown, identity: AzureIdentityKind): Verdict {
  const failure = failureOf(error)
  const said = sayingOf(error)
  if (error instanceof Error && NO_TOKEN.has(error.name)) return verdictOnToken(error.name, said)
  const refusal = refusalAdvice(failure, identity)
  if (refusal !== undefined) return { code: 'STORE_AUTH_FAILED', advice: refusal }
  if (failure.name === 'ContainerNotFound') {
    const advice = 'the container does not exist; run `tickerlake init`, or correct the place'
    return { code: 'STORE_BUCKET_MISSING', advice }
  }
  if (failure.status === HTTP_INSUFFICIENT_STORAGE) {
    return { code: 'STORE_FULL', advice: 'the store has no space left; make room there' }
  }
  if (failure.status === undefined) {
    const check = "check that the account's name and AZURE_STORAGE_ENDPOINT are right and that it can be reached"
    return { code: 'STORE_UNREACHABLE', advice: `no answer (${failure.name}: ${said}); ${check}`, retryable: true }
  }
  const answer = `the store answered ${failure.status} ${failure.name}: ${said}`
  if (failure.status === HTTP_NOT_FOUND) {
    return { code: 'STORE_FAILED', advice: `${answer}; check that the place and AZURE_STORAGE_ENDPOINT are right` }
  }
  const retryable = isPassing(failure.status)
  return { code: 'STORE_FAILED', advice: retryable ? `${answer}; try again` : answer, retryable }
}

/** An authority that is down, or not to be reached, is so for a while; one that refuses us stays with that. */
function verdictOnToken(name: string, said: string): Verdict {
  if (REFUSED_TOKEN.test(said)) {
    const names = 'AZURE_TENANT_ID, AZURE_CLIENT_ID and the secret or the token file'
    return { code: 'STORE_AUTH_FAILED', advice: `Entra ID gives us no token (${said}); check ${names}` }
  }
  if (OF_TOKEN_FILE.test(said)) {
    const advice = `there is no token in AZURE_FEDERATED_TOKEN_FILE (${said}); name the file that Kubernetes mounts`
    return { code: 'STORE_AUTH_FAILED', advice }
  }
  if (name !== 'AuthenticationError' && !OF_AUTHORITY.test(said)) {
    const ways = 'AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_CLIENT_SECRET, or log in with `az login`'
    const advice = `no credentials are set, and this machine has none (${said}); set ${ways}`
    return { code: 'STORE_AUTH_FAILED', advice }
  }
  const advice = `no token came from Entra ID (${said}); try again, or check AZURE_AUTHORITY_HOST`
  return { code: 'STORE_UNREACHABLE', advice, retryable: true }
}

/** What to look at when credentials are refused. */
const TO_CHECK: Readonly<Record<AzureIdentityKind, string>> = {
  key: 'AZURE_STORAGE_KEY',
  sas: 'AZURE_STORAGE_SAS_TOKEN (has it expired?)',
  entra: "that the identity is of the account's tenant",
}
/** What to do when they are known, but may not do it. */
const TO_ALLOW: Readonly<Record<AzureIdentityKind, string>> = {
  key: 'a key has all rights, so look at the account in the portal',
  sas: 'use a SAS token with the rights to read, add, create, write, delete and list there',
  entra: 'give the identity the role Storage Blob Data Contributor there',
}

/** Codes and statuses that mean: these credentials will not do. */
function refusalAdvice({ name, status }: AzureFailure, identity: AzureIdentityKind): string | undefined {
  if (REFUSED_CREDENTIALS.has(name)) {
    return `the credentials are refused (${name}); check ${TO_CHECK[identity]}, and this machine's clock`
  }
  if (name === 'AuthorizationFailure') {
    const firewall = "that the account's firewall lets this machine in"
    return `access is denied (${name}); check ${TO_CHECK[identity]}, and ${firewall}`
  }
  if (name === 'KeyBasedAuthenticationNotPermitted') {
    const ways = 'AZURE_CLIENT_SECRET with its two ids, or an identity of this machine'
    return `the account takes no key, nor a SAS token signed by one (${name}); use Entra ID: ${ways}`
  }
  return status === 401 || status === 403 ? `access is denied (${name}); ${TO_ALLOW[identity]}` : undefined
}

/**
 * What was said, without what follows its first line (request ids, and the text that was to be signed), without URLs'
 * queries, and without the empty forms that the SDK of Entra ID wraps an authority's words in.
 */
function sayingOf(error: unknown): string {
  const said = messageOf(error instanceof Error ? firstLine(error) : error)
    .replace(/Error\(s\):.*? - Description: (.*?) - Correlation ID:.*/, '$1')
    .replace(/\?[^\s'")]*/g, '?...')
  return withoutSecrets(said)
}

function firstLine(error: Error): string {
  return error.message.trim().split('\n')[0] || error.name
}

/** Server errors, throttling and conflicts pass; what else was answered stays as it is. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 429 || status === 409 || status === 408
}
