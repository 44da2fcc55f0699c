// Stores whose process kills itself, as kill -9 does, at its nth call of any of them: before the call, while it is on
// its way, or once it is done.

import type { ObjectInfo, ObjectStore } from '#object-store/object_store'

/** When the process dies. */
export interface Death {
  /** The call that is its last one, from 1 on. */
  readonly call: number
  readonly when: 'before' | 'during' | 'after'
}

/** Lets the process die at that call; to be laid over each of its stores, whose calls then count together. */
export function killing({ call, when }: Death): (store: ObjectStore) => ObjectStore {
  let calls = 0
  async function counted<T>(work: () => Promise<T>): Promise<T> {
    const isLast = ++calls === call
    if (isLast && when === 'before') die()
    const working = work()
    if (isLast && when === 'during') setImmediate(die)
    const result = await working
    if (isLast) die()
    return result
  }
  return (store) => ({
    ...store,
    get: (key) => counted(() => store.get(key)),
    sizeOf: (key) => counted(() => store.sizeOf(key)),
    getRange: (key, range) => counted(() => store.getRange(key, range)),
    put: (key, body) => counted(() => store.put(key, body)),
    putIfAbsent: (key, body) => counted(() => store.putIfAbsent(key, body)),
    putPartsIfAbsent: (key, parts) => counted(() => store.putPartsIfAbsent(key, parts)),
    delete: (key) => counted(() => store.delete(key)),
    async *list(prefix, startAfter) {
      yield* await counted(async () => {
        const found: ObjectInfo[] = []
        for await (const info of store.list(prefix, startAfter)) found.push(info)
        return found
      })
    },
  })
}

/** Nothing of this process happens after it. */
function die(): never {
  process.kill(process.pid, 'SIGKILL')
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
