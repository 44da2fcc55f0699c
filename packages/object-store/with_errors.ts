// A store whose failures are told in other words, for those who know more of what it is used for.

import type { ObjectStore } from '#object-store/object_store'

/** The store, with each failure of its own handed through. What the parts of an object throw passes unchanged. */
export function withErrors(store: ObjectStore, told: (error: unknown) => unknown): ObjectStore {
  const localPath = store.localPath?.bind(store)
  async function tell<T>(call: Promise<T>): Promise<T> {
    try {
      return await call
    } catch (error) {
      throw told(error)
    }
  }
  return {
    url: store.url,
    get: (key) => tell(store.get(key)),
    sizeOf: (key) => tell(store.sizeOf(key)),
    getRange: (key, range) => tell(store.getRange(key, range)),
    put: (key, body) => tell(store.put(key, body)),
    putIfAbsent: (key, body) => tell(store.putIfAbsent(key, body)),
    async putPartsIfAbsent(key, parts) {
      const given = new GivenParts(parts)
      try {
        return await store.putPartsIfAbsent(key, given)
      } catch (error) {
        throw error === given.failure ? error : told(error)
      }
    },
    async *list(prefix, startAfter) {
      try {
        yield* store.list(prefix, startAfter)
      } catch (error) {
        throw told(error)
      }
    },
    delete: (key) => tell(store.delete(key)),
    ...(localPath === undefined ? {} : { localPath }),
  }
}

/** Parts that remember what they failed with. */
class GivenParts implements AsyncIterable<Uint8Array> {
  readonly #parts: AsyncIterable<Uint8Array>
  failure: unknown

  constructor(parts: AsyncIterable<Uint8Array>) {
    this.#parts = parts
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#parts
    } catch (error) {
      this.failure = error
      throw error
    }
  }
}
