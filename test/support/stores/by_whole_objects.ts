// Sizes, ranges and parts for stores of tests that know whole objects only.

import type { ObjectStore } from '#object-store/object_store'

/** What the port asks of large objects, made of what the store has for small ones. */
export function byWholeObjects(
  store: Pick<ObjectStore, 'get' | 'putIfAbsent'>,
): Pick<ObjectStore, 'sizeOf' | 'getRange' | 'putPartsIfAbsent'> {
  return {
    sizeOf: async (key) => (await store.get(key))?.byteLength,
    getRange: async (key, { offset, length }) => (await store.get(key))?.slice(offset, offset + length),
    async putPartsIfAbsent(key, parts) {
      const bodies: Uint8Array[] = []
      for await (const part of parts) bodies.push(new Uint8Array(part))
      return store.putIfAbsent(key, Buffer.concat(bodies))
    },
  }
}
