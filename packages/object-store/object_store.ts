// The port of the object store: whole objects by key, and one conditional write that commits are built on.
// Implementations: filesystem/, s3/, memory_store.ts. All must pass test/contract/object_store.ts.

import type { EpochMs } from '#runtime/units'

/** An object as a listing names it. */
export interface ObjectInfo {
  readonly key: string
  readonly size: number
  readonly modified: EpochMs
}

/** How a conditional write ended when its outcome is known. */
export type PutOutcome = 'created' | 'exists'

/**
 * Objects below one root. Keys are relative, with `/` between segments, no empty, `.` or `..` segment, and made of
 * characters that need no escaping. Reads see every finished write. Failures are PlatformErrors with a STORE_ code.
 */
export interface ObjectStore {
  /** Where the root is, for people and logs: `s3://bucket/prefix`, a path, or `memory:`. */
  readonly url: string
  /** The object's bytes, or undefined when there is none. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Writes an object whole, over one that may be there. */
  put(key: string, body: Uint8Array): Promise<void>
  /**
   * Writes an object only if there is none: one try, no retries of its own. Throws when the outcome is unknown; the
   * object may then be there or appear later.
   */
  putIfAbsent(key: string, body: Uint8Array): Promise<PutOutcome>
  /** The objects whose key begins with `prefix` and is greater than `startAfter`, in ascending order of key. */
  list(prefix: string, startAfter?: string): AsyncIterable<ObjectInfo>
  /** Deletes an object; one that is not there is no failure. */
  delete(key: string): Promise<void>
  /** The file that holds the object, where objects are files. */
  localPath?(key: string): string
}

/** The part of a store below a folder, as a store of its own. */
export function within(store: ObjectStore, folder: string): ObjectStore {
  const prefix = `${folder}/`
  const localPath = store.localPath?.bind(store)
  return {
    url: `${store.url}/${folder}`,
    get: (key) => store.get(prefix + key),
    put: (key, body) => store.put(prefix + key, body),
    putIfAbsent: (key, body) => store.putIfAbsent(prefix + key, body),
    async *list(keyPrefix, startAfter) {
      const after = startAfter === undefined ? undefined : prefix + startAfter
      for await (const info of store.list(prefix + keyPrefix, after)) {
        yield { ...info, key: info.key.slice(prefix.length) }
      }
    },
    delete: (key) => store.delete(prefix + key),
    ...(localPath === undefined ? {} : { localPath: (key: string) => localPath(prefix + key) }),
  }
}
