// Objects in an S3 bucket, on AWS or any store that keeps If-None-Match on PUT (conditional_put_probe.ts asks it).
// Invariant: putIfAbsent sends its PUT once, and says 'created' or 'exists' only when the store did.

import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { assertPrefix, assertReadableKey, assertWritableKey } from '#object-store/keys'
import type { ObjectInfo, ObjectStore, PutOutcome } from '#object-store/object_store'
import { openS3Clients, type S3Limits, type S3Settings } from '#object-store/s3/clients'
import { failureOf, type S3Request, s3Error } from '#object-store/s3/errors'
import { type S3Location, s3Location } from '#object-store/s3/location'
import { PlatformError } from '#runtime/errors'
import { epochMs } from '#runtime/units'

/** How to open a bucket, or a part of one. */
export interface S3StoreOptions extends S3Settings {
  /** `s3://bucket` or `s3://bucket/prefix`. */
  readonly url: string
  readonly limits?: S3Limits
}

/** A store in a bucket. */
export interface S3Store extends ObjectStore {
  /** Makes the bucket if it is not there: for `init`, and as often as one likes. */
  createBucket(): Promise<PutOutcome>
}

/**
 * Opens a store in a bucket. Nothing is sent until the first call. Throws CONFIG_INVALID when the settings are wrong.
 */
export function openS3Store(options: S3StoreOptions): S3Store {
  return new BucketStore(options)
}

const NOT_IMPLEMENTED = 501
const CONFLICT = 409
const PRECONDITION_FAILED = 412
const NOT_FOUND = 404

class BucketStore implements S3Store {
  readonly url: string
  readonly #retrying: S3Client
  readonly #single: S3Client
  readonly #at: S3Location
  readonly #endpoint: string
  readonly #region: string | undefined

  constructor(options: S3StoreOptions) {
    const clients = openS3Clients(options, options.limits)
    this.#retrying = clients.retrying
    this.#single = clients.single
    this.#at = s3Location(options.url)
    this.url = this.#at.url
    this.#endpoint = options.endpoint || `AWS ${options.region}`
    // AWS wants the region named in all but its first; other stores have their own idea of it.
    this.#region = options.endpoint || options.region === 'us-east-1' ? undefined : options.region
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    assertReadableKey(key)
    try {
      const answer = await this.#retrying.send(new GetObjectCommand(this.#object(key)))
      const bytes = await answer.Body?.transformToByteArray()
      return this.#whole(key, bytes ?? new Uint8Array(), answer.ContentLength)
    } catch (error) {
      if (failureOf(error).name === 'NoSuchKey') return undefined
      throw this.#failed(error, `read ${key}`)
    }
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    assertWritableKey(key)
    try {
      await this.#retrying.send(new PutObjectCommand({ ...this.#object(key), Body: body }))
    } catch (error) {
      throw this.#failed(error, `write ${key}`)
    }
  }

  async putIfAbsent(key: string, body: Uint8Array): Promise<PutOutcome> {
    assertWritableKey(key)
    try {
      await this.#single.send(new PutObjectCommand({ ...this.#object(key), Body: body, IfNoneMatch: '*' }))
      return 'created'
    } catch (error) {
      const { status } = failureOf(error)
      if (status === PRECONDITION_FAILED) return 'exists'
      if (status === CONFLICT && (await this.#isThere(key))) return 'exists'
      if (status === NOT_IMPLEMENTED) throw this.#unconditional(error)
      throw this.#failed(error, `create ${key}`)
    }
  }

  async *list(prefix: string, startAfter?: string): AsyncIterable<ObjectInfo> {
    assertPrefix(prefix)
    let token: string | undefined
    do {
      const page = await this.#page(prefix, startAfter, token)
      for (const { Key: key = '', Size: size = 0, LastModified: modified } of page.Contents ?? []) {
        // Consoles keep folders alive by empty objects whose name ends with a slash; they are no objects of ours.
        if (key.endsWith('/')) continue
        yield { key: key.slice(this.#at.prefix.length), size, modified: epochMs(modified?.getTime() ?? 0) }
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  async delete(key: string): Promise<void> {
    assertReadableKey(key)
    try {
      await this.#retrying.send(new DeleteObjectCommand(this.#object(key)))
    } catch (error) {
      throw this.#failed(error, `delete ${key}`)
    }
  }

  async createBucket(): Promise<PutOutcome> {
    const bucket = { Bucket: this.#at.bucket }
    try {
      if (await this.#hasBucket()) return 'exists'
      const place = this.#region === undefined ? {} : { LocationConstraint: this.#region as 'eu-west-1' }
      await this.#retrying.send(new CreateBucketCommand({ ...bucket, CreateBucketConfiguration: place }))
      return 'created'
    } catch (error) {
      if (failureOf(error).name === 'BucketAlreadyOwnedByYou') return 'exists'
      throw this.#failed(error, 'make the bucket')
    }
  }

  async #hasBucket(): Promise<boolean> {
    try {
      await this.#retrying.send(new HeadBucketCommand({ Bucket: this.#at.bucket }))
      return true
    } catch (error) {
      if (failureOf(error).status === NOT_FOUND) return false
      throw error
    }
  }

  async #page(prefix: string, startAfter?: string, token?: string): Promise<ListObjectsV2CommandOutput> {
    try {
      return await this.#retrying.send(
        new ListObjectsV2Command({
          Bucket: this.#at.bucket,
          Prefix: this.#at.prefix + prefix,
          StartAfter: startAfter === undefined ? undefined : this.#at.prefix + startAfter,
          ContinuationToken: token,
        }),
      )
    } catch (error) {
      throw this.#failed(error, `list ${prefix || 'all'}`)
    }
  }

  /**
   * 409 says only that another request on this key was at work, a delete perhaps: our write did not happen, but whether
   * there is an object now must be asked. When there is none, the 409 is passed on as a failure to be tried again.
   */
  async #isThere(key: string): Promise<boolean> {
    try {
      await this.#retrying.send(new HeadObjectCommand(this.#object(key)))
      return true
    } catch (error) {
      if (failureOf(error).status === NOT_FOUND) return false
      throw this.#failed(error, `look for ${key}`)
    }
  }

  /** A connection that breaks amid the body must not pass for a shorter object. */
  #whole(key: string, bytes: Uint8Array, length: number | undefined): Uint8Array {
    if (length === undefined || bytes.byteLength === length) return bytes
    const message = `${this.url}/${key} was cut short: ${bytes.byteLength} of ${length} bytes came; try again`
    throw new PlatformError('STORE_FAILED', message, { retryable: true, fields: { store: this.url, key } })
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#at.bucket, Key: this.#at.prefix + key }
  }

  #unconditional(cause: unknown): PlatformError {
    const message = `the store at ${this.#endpoint} does not implement If-None-Match on PUT; use one that does`
    return new PlatformError('STORE_NO_CONDITIONAL_PUT', message, { cause, fields: { store: this.url } })
  }

  #failed(error: unknown, attempt: string): unknown {
    const request: S3Request = { endpoint: this.#endpoint, bucket: this.#at.bucket, attempt }
    return s3Error(error, request)
  }
}
