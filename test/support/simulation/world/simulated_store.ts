// The object store of state snapshots as a process reaches it: over the network that loses answers and lands writes
// late, and a disk that damages some of what is written. What it holds is one store in memory for all.

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { ObjectInfo, ObjectStore } from '#object-store/object_store'
import { messageOf, PlatformError } from '#runtime/errors'
import type { ImageSlicing } from '#services/stream/snapshot/sliced_image'
import type { StateSnapshotPacking } from '#services/stream/snapshot/state_snapshot_store'
import { byWholeObjects } from '#support/stores/by_whole_objects'
import type { Network } from './network.ts'
import type { Random } from './random.ts'
import type { SimulatedProcess } from './simulated_process.ts'
import type { VirtualTime } from './virtual_time.ts'

/** How a process reaches the store. */
export interface StoreAccess {
  readonly process: SimulatedProcess
  readonly network: Network
  readonly random: Random
  /** How often an object is damaged as it is written. */
  readonly damages: number
}

/** The store as the process sees it. */
export function simulatedStore(inner: ObjectStore, { process, network, random, damages }: StoreAccess): ObjectStore {
  const ask = async <T>(name: string, effect: () => Promise<T>): Promise<T> => {
    try {
      return await network.request(process, { name, effect, refusal: 'REQUEST_TIMED_OUT' })
    } catch (error) {
      throw new PlatformError('STORE_UNREACHABLE', messageOf(error), { retryable: true })
    }
  }
  const damaged = (body: Uint8Array) => (random.chance(damages) ? withHarm(body, random) : body)
  const listed = async (prefix: string, startAfter?: string) => {
    const found: ObjectInfo[] = []
    for await (const info of inner.list(prefix, startAfter)) found.push(info)
    return found
  }
  const get = (key: string) => ask(`GET ${key}`, () => inner.get(key))
  const putIfAbsent = (key: string, body: Uint8Array) => ask(`PUT ${key}`, () => inner.putIfAbsent(key, body))
  return {
    url: inner.url,
    get,
    put: (key, body) => ask(`PUT ${key}`, () => inner.put(key, damaged(body))),
    putIfAbsent,
    ...byWholeObjects({ get, putIfAbsent }),
    list: async function* (prefix, startAfter) {
      yield* await ask(`LIST ${prefix}`, () => listed(prefix, startAfter))
    },
    delete: (key) => ask(`DELETE ${key}`, () => inner.delete(key)),
  }
}

/** One byte is another, or the end is missing. */
function withHarm(body: Uint8Array, random: Random): Uint8Array {
  const at = random.whole(0, body.length - 1)
  if (random.chance(0.5)) return body.slice(0, at)
  const harmed = body.slice()
  harmed[at] = (harmed[at] ?? 0) ^ 0xff
  return harmed
}

/** As the service packs, but not on a thread pool, whose time is not virtual. */
export const packingAtOnce: StateSnapshotPacking = {
  pack: async (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  unpack: async (bytes) => zstdDecompressSync(bytes),
}

/** At pace 1, between two slices: long enough for batches to come in between. */
const SLICE_MS = 40

/** One symbol a slice, so that a snapshot of a few takes as long as one of many thousands. */
export function simulatedSlicing(process: SimulatedProcess, time: VirtualTime, pace: number): ImageSlicing {
  const nextTurn = () =>
    new Promise<void>((resolve) => {
      time.after(SLICE_MS * pace, () => process.deliver('answer', resolve))
    })
  return { entriesMax: 1, changesMax: 5, nextTurn }
}
