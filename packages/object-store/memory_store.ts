// The object store in memory, for tests: the simplest implementation of the port, and the reference for the others.

import { assertPrefix, assertReadableKey, assertWritableKey, compareKeys } from '#object-store/keys'
import type { ObjectStore, PutOutcome } from '#object-store/object_store'
import { type Clock, systemClock } from '#runtime/clock'
import type { EpochMs } from '#runtime/units'

/** Opens an empty store. The clock stamps `modified`. */
export function openMemoryStore(clock: Clock = systemClock): ObjectStore {
  const objects = new Map<string, { readonly body: Uint8Array; readonly modified: EpochMs }>()
  const write = (key: string, body: Uint8Array) => objects.set(key, { body: body.slice(), modified: clock.now() })
  return {
    url: 'memory:',
    async get(key) {
      assertReadableKey(key)
      return objects.get(key)?.body.slice()
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
