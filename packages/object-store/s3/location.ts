// `s3://bucket/prefix`, taken apart.

import { assertWritableKey } from '#object-store/keys'
import { PlatformError } from '#runtime/errors'
import { withoutSecrets } from '#runtime/shown_value'

/** A place in a bucket. */
export interface S3Location {
  readonly url: string
  readonly bucket: string
  /** Empty, or ends with `/`. */
  readonly prefix: string
}

/** As AWS names its buckets, and all others do. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** Reads the URL. Throws CONFIG_INVALID when it is not one, or names what cannot be a bucket or a prefix. */
export function s3Location(url: string): S3Location {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*?)\/*$/.exec(url) ?? []
  if (!BUCKET.test(bucket)) throw wrong(url, 'write s3://bucket or s3://bucket/prefix')
  if (path === '') return { url: `s3://${bucket}`, bucket, prefix: '' }
  try {
    assertWritableKey(path)
  } catch (cause) {
    throw wrong(url, (cause as Error).message)
  }
  return { url: `s3://${bucket}/${path}`, bucket, prefix: `${path}/` }
}

function wrong(url: string, why: string): PlatformError {
  return new PlatformError('CONFIG_INVALID', `not an S3 place: '${withoutSecrets(url)}'; ${why}`)
}
