// The port of the object store: whole objects by key, and one conditional write that commits are built on.
// Implementations: filesystem/, s3/, azure/, memory_store.ts. All must pass test/contract/object_store.ts.

import type { EpochMs } from '#runtime/units'

/** An object as a listing names it. */
export interface ObjectInfo {
  readonly key: string
  readonly size: number
  readonly modified: EpochMs
}

/** Which bytes of an object: those from `offset` on, at most `length` of them. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/** How a conditional write ended when its outcome is known. */
export type PutOutcome = 'created' | 'exists'

/** When a store asks for the next part of an object it is done with all bytes but so many of the last ones, at most. */
export const BYTES_HELD_MAX = 15 * 1024 * 1024

/**
 * Objects below one root. Keys are relative, with `/` between segments, no empty, `.` or `..` segment, and made of
 * characters that need no escaping. Reads see every finished write; the bytes that they return are the caller's alone.
 * Failures are PlatformErrors with a STORE_ code.
 */
export interface ObjectStore {
  /** Where the root is, for people and logs: `s3://bucket/prefix`, a path, or `memory:`. */
  readonly url: string
  /** The object's bytes, or undefined when there is none. */
  get(key: string): Promise<Uint8Array | undefined>
  /** How many bytes the object has, or undefined when there is none. */
  sizeOf(key: string): Promise<number | undefined>
  /** Some of the object's bytes, fewer where it ends; undefined when there is none. */
  getRange(key: string, range: ByteRange): Promise<Uint8Array | undefined>
  /** Writes an object whole, over one that may be there. */
  put(key: string, body: Uint8Array): Promise<void>
  /**
   * Writes an object only if there is none: one try, no retries of its own. Throws when the outcome is unknown; the
   * object may then be there or appear later.
   */
  putIfAbsent(key: string, body: Uint8Array): Promise<PutOutcome>
  /**
   * Writes a large object out of its parts, in their order, only if there is none; holds BYTES_HELD_MAX of it.
   * Nothing is there before all of it is. Takes any key that may be read, since it also takes over what others wrote.
   * What the parts throw passes unchanged, and then nothing is written. A part must not change as long as the store may
   * use it. A process that is killed may leave what it wrote so far where no reader sees it: see docs/operations.md.
   */
  putPartsIfAbsent(key: string, parts: AsyncIterable<Uint8Array>): Promise<PutOutcome>
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
    sizeOf: (key) => store.sizeOf(prefix + key),
    getRange: (key, range) => store.getRange(prefix + key, range),
    put: (key, body) => store.put(prefix + key, body),
    putIfAbsent: (key, body) => store.putIfAbsent(prefix + key, body),
    putPartsIfAbsent: (key, parts) => store.putPartsIfAbsent(prefix + key, parts),
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
