// The object store in memory, for tests: the simplest implementation of the port, and the reference for the others.

import {
  assertCopyableKey,
  assertPrefix,
  assertRange,
  assertReadableKey,
  assertWritableKey,
  compareKeys,
} from '#object-store/keys'
import type { ObjectStore, PutOutcome } from '#object-store/object_store'
import { type Clock, systemClock } from '#runtime/clock'
import type { EpochMs } from '#runtime/units'

/** Opens an empty store. The clock stamps `modified`. */
export function openMemoryStore(clock: Clock = systemClock): ObjectStore {
  const objects = new Map<string, { readonly body: Uint8Array; readonly modified: EpochMs }>()
  const write = (key: string, body: Uint8Array) =>
    objects.set(key, { body: new Uint8Array(body), modified: clock.now() })
  return {
    url: 'memory:',
    async get(key) {
      assertReadableKey(key)
      return objects.get(key)?.body.slice()
    },
    async sizeOf(key) {
      assertReadableKey(key)
      return objects.get(key)?.body.byteLength
    },
    async getRange(key, range) {
      assertReadableKey(key)
      assertRange(range)
      return objects.get(key)?.body.slice(range.offset, range.offset + range.length)
    },
    async put(key, body) {
      assertWritableKey(key)
      write(key, body)
    },
    async putIfAbsent(key, body): Promise<PutOutcome> {
      assertWritableKey(key)
      if (objects.has(key)) return 'exists'
      write(key, body)
      return 'created'
    },
    async putPartsIfAbsent(key, parts): Promise<PutOutcome> {
      assertCopyableKey(key)
      const bodies: Uint8Array[] = []
      for await (const part of parts) bodies.push(new Uint8Array(part))
      if (objects.has(key)) return 'exists'
      write(key, Buffer.concat(bodies))
      return 'created'
    },
    async *list(prefix, startAfter) {
      assertPrefix(prefix)
      for (const key of [...objects.keys()].sort(compareKeys)) {
        const wanted = key.startsWith(prefix) && (startAfter === undefined || compareKeys(key, startAfter) > 0)
        const object = wanted ? objects.get(key) : undefined
        if (object !== undefined) yield { key, size: object.body.byteLength, modified: object.modified }
      }
    },
    async delete(key) {
      assertReadableKey(key)
      objects.delete(key)
    },
  }
}
