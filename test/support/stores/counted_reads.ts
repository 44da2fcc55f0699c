// A store that counts the bytes that it handed out and that are still in memory: whoever is done with them frees them.

import type { ObjectStore } from '#object-store/object_store'

/** The store, and how many bytes of what was read of it were in memory at most, those just asked for included. */
export function countedReads(store: ObjectStore): { readonly counted: ObjectStore; readonly heldMax: () => number } {
  const handedOut: Uint8Array[] = []
  let [asked, heldMax] = [0, 0]
  const held = () => handedOut.reduce((sum, bytes) => sum + bytes.byteLength, asked)
  const counted: ObjectStore = {
    ...store,
    async getRange(key, range) {
      asked += range.length
      heldMax = Math.max(heldMax, held())
      const bytes = await store.getRange(key, range)
      asked -= range.length
      if (bytes !== undefined) handedOut.push(bytes)
      return bytes
    },
  }
  return { counted, heldMax: () => heldMax }
}
