// A store whose user dies: from its nth call on all fail, that call before or after its effect. As much as a process
// that is killed does to a store; what it holds stays as it is.

import type { ObjectStore } from '#object-store/object_store'

/** How long a store's user lives: so many calls; the last one takes effect or not. Calls count down. */
export interface Life {
  calls: number
  readonly after: boolean
}

/** The store for as long as its user lives; then every call fails. */
export function mortal(store: ObjectStore, life: Life): ObjectStore {
  async function live<T>(call: () => Promise<T>): Promise<T> {
    life.calls--
    if (life.calls < 0 || (life.calls === 0 && !life.after)) throw new Error('the process is dead')
    const result = await call()
    if (life.calls <= 0) throw new Error('the process died')
    return result
  }
  return {
    ...store,
    get: (key) => live(() => store.get(key)),
    sizeOf: (key) => live(() => store.sizeOf(key)),
    getRange: (key, range) => live(() => store.getRange(key, range)),
    put: (key, body) => live(() => store.put(key, body)),
    putIfAbsent: (key, body) => live(() => store.putIfAbsent(key, body)),
    putPartsIfAbsent: (key, parts) => live(() => store.putPartsIfAbsent(key, parts)),
    delete: (key) => live(() => store.delete(key)),
    async *list(prefix, startAfter) {
      await live(async () => undefined)
      yield* store.list(prefix, startAfter)
    },
  }
}
