// An object store whose answers go wrong as a script says: lost before or after the write, a write that arrives late,
// our own write reported as another's, reads that fail or end early. What it holds stays true: only answers change.

import type { ObjectInfo, ObjectStore, PutOutcome } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'

/** What happens to one conditional write. */
export type PutFault = 'none' | 'lost_before' | 'lost_after' | 'late' | 'own_exists' | 'refused'

/** What happens to one read of an object, or of a part of it. */
export type GetFault = 'none' | 'error' | 'cut'

/** What happens to one listing. */
export type ListFault = 'none' | 'error'

/** The script: asked at each call, in order. */
export interface FaultScript {
  put?(key: string): PutFault
  get?(key: string): GetFault
  list?(prefix: string): ListFault
  /** Whether a late write arrives now, before the call at hand. */
  deliverLate?(): boolean
}

/** The store with faults, and its late writes. */
export interface FaultyStore extends ObjectStore {
  /** Lets every write arrive that is still on its way. */
  deliverAll(): Promise<void>
}

export function faultyStore(inner: ObjectStore, script: FaultScript): FaultyStore {
  const late: { key: string; body: Uint8Array }[] = []

  async function deliverSome(): Promise<void> {
    while (late.length > 0 && script.deliverLate?.()) await deliverNext()
  }

  async function deliverNext(): Promise<void> {
    const write = late.shift()
    if (write !== undefined) await inner.putIfAbsent(write.key, write.body)
  }

  async function read(key: string, from: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    await deliverSome()
    const fault = script.get?.(key) ?? 'none'
    if (fault === 'error') throw lost('GET', key)
    const body = await from()
    return fault === 'cut' ? body?.slice(0, Math.floor(body.length / 2)) : body
  }

  async function create(key: string, body: Uint8Array, write: typeof inner.putIfAbsent): Promise<PutOutcome> {
    await deliverSome()
    const fault = script.put?.(key) ?? 'none'
    if (fault === 'refused') throw new PlatformError('STORE_AUTH_FAILED', `refused: PUT ${key}`)
    if (fault === 'lost_before') throw lost('PUT', key)
    if (fault === 'late') {
      late.push({ key, body: body.slice() })
      throw lost('PUT', key)
    }
    const outcome = await write(key, body)
    if (fault === 'lost_after') throw lost('PUT', key)
    return fault === 'own_exists' ? 'exists' : outcome
  }

  return {
    url: inner.url,
    get: (key) => read(key, () => inner.get(key)),
    sizeOf: (key) => inner.sizeOf(key),
    getRange: (key, range) => read(key, () => inner.getRange(key, range)),
    put: (key, body) => inner.put(key, body),
    async putPartsIfAbsent(key, parts) {
      const bodies: Uint8Array[] = []
      for await (const part of parts) bodies.push(new Uint8Array(part))
      return create(key, Buffer.concat(bodies), async (at, body) => inner.putPartsIfAbsent(at, onePart(body)))
    },
    putIfAbsent: (key, body) => create(key, body, (at, bytes) => inner.putIfAbsent(at, bytes)),
    async *list(prefix, startAfter): AsyncIterable<ObjectInfo> {
      await deliverSome()
      if (script.list?.(prefix) === 'error') throw lost('LIST', prefix)
      yield* inner.list(prefix, startAfter)
    },
    delete: (key) => inner.delete(key),
    async deliverAll() {
      while (late.length > 0) await deliverNext()
    },
  }
}

async function* onePart(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body
}

function lost(verb: string, key: string): PlatformError {
  return new PlatformError('STORE_UNREACHABLE', `the answer to ${verb} ${key} was lost`, { retryable: true })
}
