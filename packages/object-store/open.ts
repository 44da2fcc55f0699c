// Opens the store at a place that the settings name. A new kind of store takes its URLs in place.ts, is opened here,
// lives in a folder beside filesystem/, s3/ and azure/, and has to pass test/contract/object_store.ts.

import type { AzureSettings } from '#object-store/azure/settings'
import { createFolder, openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { placeOf } from '#object-store/place'
import type { S3Settings } from '#object-store/s3/clients'

/** How to reach stores that are not on this machine; each counts only for places of its kind. */
export interface StoreSettings {
  readonly s3: S3Settings
  readonly azure: AzureSettings
}

/**
 * Opens the store at `s3://bucket/prefix`, in a container of Azure, at `file:///a/folder`, or in a folder by its path.
 * Nothing is sent or made. Throws CONFIG_INVALID for any other place.
 */
export async function openObjectStore(url: string, settings: StoreSettings): Promise<ObjectStore> {
  const place = placeOf(url)
  if (place.kind === 'folder') return openFilesystemStore({ root: place.path })
  return place.kind === 's3' ? openBucket(url, settings.s3) : openContainer(url, settings.azure)
}

/** Makes what the store stands on, if it is not there yet: the bucket, the container, or the folder. */
export async function createStoreRoot(url: string, settings: StoreSettings): Promise<void> {
  const place = placeOf(url)
  if (place.kind === 'folder') await createFolder(place.path)
  else if (place.kind === 's3') await (await openBucket(url, settings.s3)).createBucket()
  else await (await openContainer(url, settings.azure)).createContainer()
}

/** The folder that a place is; undefined when it is elsewhere than on this machine. */
export function folderOf(url: string): string | undefined {
  const place = placeOf(url)
  return place.kind === 'folder' ? place.path : undefined
}

/** The SDK takes some 60 ms and 35 MB to load, which a lake in a folder need not pay. */
async function openBucket(url: string, s3: S3Settings) {
  const { openS3Store } = await import('#object-store/s3/s3_store')
  return openS3Store({ url, ...s3 })
}

/** As openBucket: another SDK, that takes more. */
async function openContainer(url: string, azure: AzureSettings) {
  const { openAzureStore } = await import('#object-store/azure/azure_store')
  return openAzureStore({ url, ...azure })
}
