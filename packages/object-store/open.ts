// From a place as the settings name it to the store behind it.

import { fileURLToPath } from 'node:url'
import { createFolder, openFilesystemStore } from '#object-store/filesystem'
import type { ObjectStore } from '#object-store/object_store'
import type { S3Settings } from '#object-store/s3_client'
import { PlatformError } from '#runtime/errors'

/** Two letters at least: one is a drive of Windows. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i

/**
 * Opens the store at `s3://bucket/prefix`, at `file:///a/folder`, or in a folder by its path. The S3 settings count only
 * for S3. Nothing is sent or made. Throws CONFIG_INVALID for any other place.
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

/** The SDK takes some 60 ms and 35 MB to load, which a lake in a folder need not pay. */
async function openBucket(url: string, s3: S3Settings) {
  const { openS3Store } = await import('#object-store/s3')
  return openS3Store({ url, ...s3 })
}

function placeOf(url: string): { readonly kind: 'folder'; readonly path: string } | { readonly kind: 's3' } {
  if (url === '')
    throw new PlatformError('CONFIG_INVALID', 'the place of the data is empty; name a folder or s3://bucket')
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined) return { kind: 'folder', path: url }
  if (scheme === 's3') return { kind: 's3' }
  if (scheme === 'file') return { kind: 'folder', path: pathOf(url) }
  const hint = scheme === 's3a' || scheme === 's3n' ? `; write s3:// in place of ${scheme}://` : ''
  const message = `'${url}' is not a place for data: use s3://bucket/prefix, or a folder${hint}`
  throw new PlatformError('CONFIG_INVALID', message)
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw new PlatformError('CONFIG_INVALID', `'${url}' names no folder: write file:///the/folder`, { cause })
  }
}
