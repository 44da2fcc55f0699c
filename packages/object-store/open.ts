// Opens the store at a place that the settings name. A new kind of store takes its URLs in place.ts, is opened here,
// lives in a folder beside filesystem/ and s3/, and has to pass test/contract/object_store.ts.

import { createFolder, openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { placeOf } from '#object-store/place'
import type { S3Settings } from '#object-store/s3/clients'

export type { S3Settings } from '#object-store/s3/clients'

/**
 * Opens the store at `s3://bucket/prefix`, at `file:///a/folder`, or in a folder by its path. The S3 settings count
 * only for S3. Nothing is sent or made. Throws CONFIG_INVALID for any other place.
 */
export async function openObjectStore(url: string, s3: S3Settings): Promise<ObjectStore> {
  const place = placeOf(url)
  return place.kind === 'folder' ? openFilesystemStore({ root: place.path }) : openBucket(url, s3)
}

/** Makes what the store stands on, if it is not there yet: the bucket, or the folder. */
export async function createStoreRoot(url: string, s3: S3Settings): Promise<void> {
  const place = placeOf(url)
  if (place.kind === 'folder') await createFolder(place.path)
  else await (await openBucket(url, s3)).createBucket()
}

/** The folder that a place is; undefined when it is on S3. */
export function folderOf(url: string): string | undefined {
  const place = placeOf(url)
  return place.kind === 'folder' ? place.path : undefined
}

/** The SDK takes some 60 ms and 35 MB to load, which a lake in a folder need not pay. */
async function openBucket(url: string, s3: S3Settings) {
  const { openS3Store } = await import('#object-store/s3/s3_store')
  return openS3Store({ url, ...s3 })
}
