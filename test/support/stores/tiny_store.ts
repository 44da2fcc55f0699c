// The smallest object store: a map. For tests that look into what was written.

import type { ObjectInfo, ObjectStore, PutOutcome } from '#object-store/object_store'
import type { EpochMs } from '#runtime/units'
import { byWholeObjects } from '#support/stores/by_whole_objects'

/** A store in memory whose objects the test can reach. Every call yields once, so that callers interleave. */
export function tinyStore(objects = new Map<string, Uint8Array>()): ObjectStore & { readonly objects: typeof objects } {
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const get = async (key: string) => {
    await turn()
    return objects.get(key)
  }
  const putIfAbsent = async (key: string, body: Uint8Array): Promise<PutOutcome> => {
    await turn()
    if (objects.has(key)) return 'exists'
    objects.set(key, body)
    return 'created'
  }
  return {
    objects,
    url: 'memory:test',
    get,
    async put(key, body) {
      await turn()
      objects.set(key, body)
    },
    putIfAbsent,
    ...byWholeObjects({ get, putIfAbsent }),
    async *list(prefix, startAfter = ''): AsyncIterable<ObjectInfo> {
      await turn()
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort()
      for (const key of keys) yield { key, size: objects.get(key)?.length ?? 0, modified: 1_700_000_000_000 as EpochMs }
    },
    async delete(key) {
      await turn()
      objects.delete(key)
    },
  }
}
