// What an S3 store answers, or does not, as PlatformErrors that name the endpoint and the bucket and say what to do.
// Never a secret: neither key is put into a message or a field.

import { messageOf, PlatformError, type PlatformErrorOptions } from '#runtime/errors'

/** Where a request went, and what it was for. */
export interface S3Request {
  /** For people: the endpoint's URL, or AWS with its region. */
  readonly endpoint: string
  readonly bucket: string
  /** As `read _delta_log/x`. */
  readonly attempt: string
}

/** The facts of a failure that decide what it is. */
interface S3Failure {
  /** S3's error code, or the name or code of a network error. */
  readonly name: string
  /** Undefined when no answer came. */
  readonly status: number | undefined
}

const REFUSED_KEYS = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken'])
const WRONG_REGION = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
])
const FULL = new Set(['XMinioStorageFull', 'XMinioDiskQuotaExceeded', 'QuotaExceeded', 'InsufficientStorage'])
const HTTP_INSUFFICIENT_STORAGE = 507

/** Reads what the SDK threw. */
export function failureOf(error: unknown): S3Failure {
  if (!(error instanceof Error)) return { name: '', status: undefined }
  const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : {}
  const code = 'code' in error ? String(error.code) : undefined
  // Without an answer the name says nothing ('Error') or the SDK's metadata counts the tries only; the code is the
  // cause.
  return { name: code ?? error.name, status: metadata.httpStatusCode }
}

/** Any failure of a request. A RangeError, which is a bug of the caller, and a PlatformError pass unchanged. */
export function s3Error(error: unknown, request: S3Request): unknown {
  if (error instanceof RangeError || error instanceof PlatformError) return error
  const failure = failureOf(error)
  const { endpoint, bucket, attempt } = request
  const fields = { endpoint, bucket, attempt, error: failure.name, status: failure.status }
  const build = (code: PlatformError['code'], advice: string, options: PlatformErrorOptions = {}) =>
    new PlatformError(code, `could not ${attempt} in bucket ${bucket} at ${endpoint}: ${advice}`, {
      cause: error,
      fields,
      ...options,
    })
  const refusal = refusalAdvice(failure)
  if (refusal !== undefined) return build('STORE_AUTH_FAILED', refusal)
  if (failure.name === 'NoSuchBucket') {
    return build('STORE_BUCKET_MISSING', 'the bucket does not exist; run `tickerlake init`, or correct LAKE_URL')
  }
  if (FULL.has(failure.name) || failure.status === HTTP_INSUFFICIENT_STORAGE) {
    return build('STORE_FULL', 'the store has no space left; make room there')
  }
  if (failure.status === undefined) {
    const advice = 'check that the store runs and S3_ENDPOINT is right'
    return build('STORE_UNREACHABLE', `no answer (${failure.name}: ${messageOf(error)}); ${advice}`, {
      retryable: true,
    })
  }
  return build('STORE_FAILED', answerAdvice(failure, error), { retryable: isPassing(failure.status) })
}

/** Codes and statuses that mean: these credentials will not do. */
function refusalAdvice({ name, status }: S3Failure): string | undefined {
  if (name === 'RequestTimeTooSkewed') return "this machine's clock is wrong (RequestTimeTooSkewed); set it"
  if (REFUSED_KEYS.has(name)) {
    return `the credentials are refused (${name}); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`
  }
  if (name === 'CredentialsProviderError') {
    return 'there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
  }
  if (status !== 401 && status !== 403) return undefined
  return `access is denied (${name}); give these credentials the right to read, write, list and delete there`
}

function answerAdvice({ name, status }: S3Failure, error: unknown): string {
  const answer = `the store answered ${status} ${name}: ${messageOf(error)}`
  if (WRONG_REGION.has(name)) return `${answer}; the bucket is in another region, set AWS_REGION`
  return isPassing(status) ? `${answer}; try again` : answer
}

/** Server errors, throttling and conflicts pass; what else was answered stays as it is. */
function isPassing(status: number | undefined): boolean {
  return status === undefined || status >= 500 || status === 429 || status === 409 || status === 408
}
