// The sample lake twice: in a folder, and the same on a remote store that tells which data files are fetched from it.

import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectStore } from '#object-store/object_store'
import { createSampleLake } from '#support/lake/sql_lake'
import { byWholeObjects } from '#support/stores/by_whole_objects'
import type { RemoteStore } from '#support/stores/remote_store'
import { temporaryFolder } from '#support/temporary_folder'

/** Both lakes, and the keys of the data files that were read from the remote one, in order. */
export interface TwoLakes {
  readonly folder: string
  readonly files: ObjectStore
  readonly remote: ObjectStore
  readonly fetched: readonly string[]
}

/** Makes them. */
export async function sampleLakeOn(kind: RemoteStore): Promise<TwoLakes> {
  const folder = temporaryFolder()
  await createSampleLake(folder)
  const files = openFilesystemStore({ root: folder })
  const store = await kind.open(`${await kind.newRoot('sample')}/bronze`)
  for await (const { key } of files.list('')) await store.put(key, (await files.get(key)) ?? new Uint8Array())
  const fetched: string[] = []
  const remote: ObjectStore = {
    url: store.url,
    ...byWholeObjects(store),
    put: (key, body) => store.put(key, body),
    putIfAbsent: (key, body) => store.putIfAbsent(key, body),
    list: (prefix, startAfter) => store.list(prefix, startAfter),
    delete: (key) => store.delete(key),
    get: (key) => {
      if (key.endsWith('.parquet')) fetched.push(key)
      return store.get(key)
    },
  }
  return { folder, files, remote, fetched }
}
