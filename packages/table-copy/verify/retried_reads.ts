// A store whose reads are tried again when they fail in a way that passes: a proof of an hour must not end because one
// answer of a hundred thousand was lost. Writes are not there: who verifies only reads.

import type { ObjectInfo, ObjectStore } from '#object-store/object_store'
import { type RetryContext, retry } from '#runtime/retry'
import { COPY_RETRY_POLICY } from '#table-copy/limits'

/** The store, for reading. A listing that breaks off goes on after the last key that it told. */
export function withRetriedReads(store: ObjectStore, context: RetryContext): ObjectStore {
  const again = <T>(read: () => Promise<T>) => retry(read, COPY_RETRY_POLICY, context)
  return {
    url: store.url,
    get: (key) => again(() => store.get(key)),
    sizeOf: (key) => again(() => store.sizeOf(key)),
    getRange: (key, range) => again(() => store.getRange(key, range)),
    list: (prefix, startAfter) => list(store, { prefix, startAfter, again }),
    put: refused,
    putIfAbsent: refused,
    putPartsIfAbsent: refused,
    delete: refused,
  }
}

function refused(): never {
  throw new Error('a store that is opened for reading was asked to write')
}

interface RetriedListing {
  readonly prefix: string
  readonly startAfter: string | undefined
  again<T>(read: () => Promise<T>): Promise<T>
}

async function* list(store: ObjectStore, { prefix, startAfter, again }: RetriedListing): AsyncIterable<ObjectInfo> {
  let after = startAfter
  let listing: AsyncIterator<ObjectInfo> | undefined
  const next = async () => {
    try {
      listing ??= store.list(prefix, after)[Symbol.asyncIterator]()
      return await listing.next()
    } catch (error) {
      listing = undefined
      throw error
    }
  }
  try {
    for (let result = await again(next); result.done !== true; result = await again(next)) {
      after = result.value.key
      yield result.value
    }
  } finally {
    await listing?.return?.()
  }
}
