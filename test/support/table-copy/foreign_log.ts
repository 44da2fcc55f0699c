// Tables in memory whose log says what a test wants it to say, as other engines might write it.

import { commitKey } from '#delta/log/listing'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { tableVersion } from '#runtime/units'
import { entry } from '#support/delta/delta_table'

/** Plain, and without a schema to speak of. */
export const PLAIN = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } }
export const METADATA = {
  metaData: {
    id: 'foreign',
    format: { provider: 'parquet', options: {} },
    schemaString: '{"type":"struct","fields":[]}',
    partitionColumns: [],
    configuration: {},
  },
}

/** A protocol with these features for readers and writers. */
export function withFeatures(...features: readonly string[]): object {
  const lists = { readerFeatures: features, writerFeatures: features }
  return { protocol: { minReaderVersion: 3, minWriterVersion: 7, ...lists } }
}

/** An add of a file of so many bytes. */
export function addOf(path: string, size: number, more: object = {}): object {
  return { add: { path, partitionValues: {}, size, modificationTime: 1, dataChange: true, ...more } }
}

/** A store whose log has these entries, from version 0 on, and whose files have so many bytes. */
export async function foreignTable(
  entries: readonly (readonly object[])[],
  files: Readonly<Record<string, number>> = {},
): Promise<ObjectStore> {
  const store = openMemoryStore()
  for (const [version, actions] of entries.entries()) await putForeign(store, version, actions)
  for (const [key, size] of Object.entries(files)) await putFile(store, key, bytesOf(size))
  return store
}

/** Puts an entry. */
export function putForeign(store: ObjectStore, version: number, actions: readonly object[]): Promise<void> {
  return store.put(commitKey(tableVersion(version)), entry(...actions))
}

/** Puts a file under any name that another engine may give it. */
export async function putFile(store: ObjectStore, key: string, body: Uint8Array): Promise<void> {
  await store.putPartsIfAbsent(
    key,
    (async function* () {
      yield body
    })(),
  )
}

/** So many bytes, each unlike its neighbours. */
export function bytesOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * 7 + 3) % 251)
}
