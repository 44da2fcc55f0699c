// A process of its own that lives a table's life (table_life.ts) and kills itself, as kill -9 does, at its nth call of
// the store: before the call, while it is on its way, or once it is done. Its one argument is JSON (KilledProcess).
// Every append that was acknowledged is a line on its stdout, written at once.

import { writeSync } from 'node:fs'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import type { ObjectInfo, ObjectStore } from '#object-store/object_store'
import { liveThrough } from '#support/delta/table_life'
import type { S3Address } from '#support/services/addresses'

/** Where the process works and when it dies. */
export interface KilledProcess {
  /** A folder, or a place on S3. */
  readonly place: { readonly root: string } | { readonly s3: S3Address; readonly url: string }
  /** The call that is its last one, from 1 on. */
  readonly call: number
  readonly when: 'before' | 'during' | 'after'
}

const { place, call, when } = JSON.parse(process.argv[2] ?? '') as KilledProcess
const store = 'root' in place ? openFilesystemStore(place) : await s3Store(place)
let calls = 0
await liveThrough(killing(store), (rows) => writeSync(1, `${rows}\n`))
process.exit()

/** Only where it is needed: it is large. */
async function s3Store({ s3, url }: { readonly s3: S3Address; readonly url: string }): Promise<ObjectStore> {
  const { openS3Store } = await import('#object-store/s3/s3_store')
  return openS3Store({ url, ...s3 })
}

function killing(inner: ObjectStore): ObjectStore {
  async function counted<T>(work: () => Promise<T>): Promise<T> {
    const isLast = ++calls === call
    if (isLast && when === 'before') die()
    const working = work()
    if (isLast && when === 'during') setImmediate(die)
    const result = await working
    if (isLast) die()
    return result
  }
  return {
    ...inner,
    get: (key) => counted(() => inner.get(key)),
    put: (key, body) => counted(() => inner.put(key, body)),
    putIfAbsent: (key, body) => counted(() => inner.putIfAbsent(key, body)),
    delete: (key) => counted(() => inner.delete(key)),
    async *list(prefix, startAfter) {
      yield* await counted(async () => {
        const found: ObjectInfo[] = []
        for await (const info of inner.list(prefix, startAfter)) found.push(info)
        return found
      })
    },
  }
}

/** Nothing of this process happens after it. */
function die(): never {
  process.kill(process.pid, 'SIGKILL')
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
