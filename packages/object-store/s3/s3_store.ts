// Objects in an S3 bucket, on AWS or any store that keeps If-None-Match on PUT (conditional_put_probe.ts asks it).
// Invariant: putIfAbsent sends its PUT once, and says 'created' or 'exists' only when the store did.

import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { readBody } from '#object-store/http/body'
import { assertCopyableKey, assertPrefix, assertRange, assertReadableKey, assertWritableKey } from '#object-store/keys'
import type { ByteRange, ObjectInfo, ObjectStore, PutOutcome } from '#object-store/object_store'
import { sendParts, upload } from '#object-store/parts'
import { openS3Clients, type S3Clients, type S3Limits, type S3Settings } from '#object-store/s3/clients'
import { failureOf, type S3Request, s3Error } from '#object-store/s3/errors'
import { type S3Location, s3Location } from '#object-store/s3/location'
import { beginUpload } from '#object-store/s3/multipart_upload'
import { PlatformError } from '#runtime/errors'
import { withoutSecrets } from '#runtime/shown_value'
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
const RANGE_NOT_SATISFIABLE = 416

class BucketStore implements S3Store {
  readonly url: string
  readonly #clients: S3Clients
  readonly #at: S3Location
  readonly #endpoint: string
  readonly #region: string | undefined
  readonly #partBytes: number | undefined

  constructor(options: S3StoreOptions) {
    this.#clients = openS3Clients(options, options.limits)
    this.#partBytes = options.limits?.partBytes
    this.#at = s3Location(options.url)
    this.url = this.#at.url
    this.#endpoint = options.endpoint ? withoutSecrets(options.endpoint) : `AWS ${options.region}`
    // AWS wants the region named in all but its first; other stores have their own idea of it.
    this.#region = options.endpoint || options.region === 'us-east-1' ? undefined : options.region
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    assertReadableKey(key)
    try {
      const answer = await this.#clients.retrying.send(new GetObjectCommand(this.#object(key)))
      return await this.#bodyOf(key, answer)
    } catch (error) {
      if (failureOf(error).name === 'NoSuchKey') return undefined
      throw this.#failed(error, `read ${key}`)
    }
  }

  async sizeOf(key: string): Promise<number | undefined> {
    assertReadableKey(key)
    try {
      return (await this.#clients.retrying.send(new HeadObjectCommand(this.#object(key)))).ContentLength
    } catch (error) {
      if (failureOf(error).status === NOT_FOUND) return undefined
      throw this.#failed(error, `look for ${key}`)
    }
  }

  async getRange(key: string, range: ByteRange): Promise<Uint8Array | undefined> {
    assertReadableKey(key)
    assertRange(range)
    // No header asks for nothing.
    if (range.length === 0) return (await this.sizeOf(key)) === undefined ? undefined : new Uint8Array()
    const Range = `bytes=${range.offset}-${range.offset + range.length - 1}`
    try {
      const answer = await this.#clients.retrying.send(new GetObjectCommand({ ...this.#object(key), Range }))
      const bytes = await this.#bodyOf(key, answer)
      // Who does not know ranges answers with the whole object.
      return answer.ContentRange === undefined ? bytes.slice(range.offset, range.offset + range.length) : bytes
    } catch (error) {
      const failure = failureOf(error)
      if (failure.name === 'NoSuchKey') return undefined
      if (failure.status === RANGE_NOT_SATISFIABLE) return new Uint8Array()
      throw this.#failed(error, `read ${key}`)
    }
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    assertWritableKey(key)
    try {
      await this.#clients.retrying.send(new PutObjectCommand({ ...this.#object(key), Body: body }))
    } catch (error) {
      throw this.#failed(error, `write ${key}`)
    }
  }

  async putIfAbsent(key: string, body: Uint8Array): Promise<PutOutcome> {
    assertWritableKey(key)
    return this.#create(key, body)
  }

  async putPartsIfAbsent(key: string, parts: AsyncIterable<Uint8Array>): Promise<PutOutcome> {
    assertCopyableKey(key)
    return upload(
      parts,
      { whole: (body) => this.#create(key, body), inParts: (cut) => this.#createFrom(key, cut) },
      this.#partBytes,
    )
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
      await this.#clients.retrying.send(new DeleteObjectCommand(this.#object(key)))
    } catch (error) {
      throw this.#failed(error, `delete ${key}`)
    }
  }

  async createBucket(): Promise<PutOutcome> {
    const bucket = { Bucket: this.#at.bucket }
    try {
      if (await this.#hasBucket()) return 'exists'
      const place = this.#region === undefined ? {} : { LocationConstraint: this.#region as 'eu-west-1' }
      await this.#clients.retrying.send(new CreateBucketCommand({ ...bucket, CreateBucketConfiguration: place }))
      return 'created'
    } catch (error) {
      if (failureOf(error).name === 'BucketAlreadyOwnedByYou') return 'exists'
      throw this.#failed(error, 'make the bucket')
    }
  }

  #create(key: string, body: Uint8Array): Promise<PutOutcome> {
    const command = new PutObjectCommand({ ...this.#object(key), Body: body, IfNoneMatch: '*' })
    return this.#conditionally(key, () => this.#clients.single.send(command))
  }

  async #createFrom(key: string, parts: AsyncIterable<Uint8Array>): Promise<PutOutcome> {
    const attempt = `create ${key}`
    const started = await this.#trying(attempt, () => beginUpload(this.#clients, this.#object(key)))
    let outcome: PutOutcome | undefined
    try {
      const sent = await sendParts(parts, (body, at) => this.#trying(attempt, () => started.send(body, at)))
      // A store may keep the condition for a PUT and ignore it here: what was there before is safe from that too.
      if (await this.#isThere(key)) outcome = 'exists'
      else outcome = await this.#conditionally(key, () => started.complete(sent))
      return outcome
    } finally {
      if (outcome !== 'created') await started.abort()
    }
  }

  /** The one write that carries the condition: 'exists' is said only when the store did. */
  async #conditionally(key: string, write: () => Promise<unknown>): Promise<PutOutcome> {
    try {
      await write()
      return 'created'
    } catch (error) {
      const { name, status } = failureOf(error)
      // A completion may begin its answer with 200 and name the failure in it.
      if (status === PRECONDITION_FAILED || name === 'PreconditionFailed') return 'exists'
      const isConflict = status === CONFLICT || name === 'ConditionalRequestConflict'
      if (isConflict && (await this.#isThere(key))) return 'exists'
      if (status === NOT_IMPLEMENTED) throw this.#unconditional(error)
      throw this.#failed(error, `create ${key}`)
    }
  }

  async #trying<T>(attempt: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#failed(error, attempt)
    }
  }

  async #hasBucket(): Promise<boolean> {
    try {
      await this.#clients.retrying.send(new HeadBucketCommand({ Bucket: this.#at.bucket }))
      return true
    } catch (error) {
      if (failureOf(error).status === NOT_FOUND) return false
      throw error
    }
  }

  async #page(prefix: string, startAfter?: string, token?: string): Promise<ListObjectsV2CommandOutput> {
    try {
      return await this.#clients.retrying.send(
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
   * Whether there is an object. After a 409 that must be asked: it says only that another request on this key was at
   * work, a delete perhaps, and our write did not happen. When there is none, the 409 is a failure to be tried again.
   */
  async #isThere(key: string): Promise<boolean> {
    try {
      await this.#clients.retrying.send(new HeadObjectCommand(this.#object(key)))
      return true
    } catch (error) {
      if (failureOf(error).status === NOT_FOUND) return false
      throw this.#failed(error, `look for ${key}`)
    }
  }

  #bodyOf(key: string, { Body, ContentLength }: GetObjectCommandOutput): Promise<Uint8Array> {
    const body = Body as NodeJS.ReadableStream | undefined
    return readBody({ body, length: ContentLength, store: this.url, key })
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
