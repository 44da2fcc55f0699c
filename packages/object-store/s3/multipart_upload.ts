// A large object on its way to S3, part by part. Invariant: there is no object before `complete`, which is sent once
// and carries If-None-Match. Whoever begins an upload completes or aborts it; the parts of one whose process was killed
// stay in the bucket, unseen, until a lifecycle rule takes them away (docs/operations.md).

import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { S3_PART_TIMEOUT_MS, type S3Clients } from '#object-store/s3/clients'
import { PlatformError } from '#runtime/errors'

/** S3's own limit. */
const PARTS_MAX = 10_000

/** An upload that was begun. Its calls throw what the SDK throws. */
export interface MultipartUpload {
  /** Sends a part again and again, as the client does. Parts count from 0. */
  send(body: Uint8Array, at: number): Promise<CompletedPart>
  /** Makes the object of its parts if there is none: one try. */
  complete(parts: readonly CompletedPart[]): Promise<void>
  /** Throws the parts away. That it fails is no failure of the caller's: they are no object. */
  abort(): Promise<void>
}

/** Begins an upload of the object. */
export async function beginUpload(
  { retrying, single }: S3Clients,
  object: { readonly Bucket: string; readonly Key: string },
): Promise<MultipartUpload> {
  const { UploadId } = await retrying.send(new CreateMultipartUploadCommand(object))
  const upload = { ...object, UploadId }
  return {
    async send(body, at) {
      if (at >= PARTS_MAX) throw tooManyParts(object.Key)
      const part = { PartNumber: at + 1 }
      const command = new UploadPartCommand({ ...upload, ...part, Body: body })
      const { ETag, ChecksumCRC32 } = await retrying.send(command, { requestTimeout: S3_PART_TIMEOUT_MS })
      return { ...part, ETag, ChecksumCRC32 }
    },
    async complete(parts) {
      const MultipartUpload = { Parts: [...parts] }
      await single.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload, IfNoneMatch: '*' }))
    },
    async abort() {
      await retrying.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
    },
  }
}

function tooManyParts(key: string): PlatformError {
  const message = `${key} is too large to be uploaded: it has more than ${PARTS_MAX} parts; write smaller files`
  return new PlatformError('STORE_FAILED', message, { fields: { key, partsMax: PARTS_MAX } })
}
