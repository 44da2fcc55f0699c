// State snapshots as objects: `stream/<topic>/<topic id>/<partition>/<offset>`, packed by Zstandard with its checksum.
// They are a cache of what the log holds: one that cannot be written costs the next restart some time, one that cannot
// be used is passed over for an older one, and then for the start of the log.

import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import type { ObjectStore } from '#object-store/object_store'
import { messageOf } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import type { TopologySettings } from '#services/stream/config'
import {
  STATE_SNAPSHOT_BYTES_MAX,
  STATE_SNAPSHOT_CHANGES_MAX,
  STATE_SNAPSHOT_SLICE_ENTRIES,
  STATE_SNAPSHOTS_KEPT,
} from '#services/stream/limits'
import { type ImageSlicing, SlicedImage, type SnapshotSlices } from '#services/stream/snapshot/sliced_image'
import { decodeStateSnapshot, type StateSnapshotIdentity } from '#services/stream/snapshot/state_snapshot'
import type { PartitionState } from '#services/stream/state/partition_state'

/** How state snapshots are packed; both may be done elsewhere than on the event loop. */
export interface StateSnapshotPacking {
  pack(bytes: Uint8Array): Promise<Uint8Array>
  /** Throws when the bytes are damaged or unpack to more than a snapshot may have. */
  unpack(bytes: Uint8Array): Promise<Uint8Array>
}

/** Fast rather than small: most of a state is doubles, which packs poorly anyhow. */
const ZSTD_OPTIONS = { params: { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_compressionLevel]: 1 } }

/** Zstandard, on Node's thread pool. */
export const zstdPacking: StateSnapshotPacking = {
  pack: (bytes) => promisify(zstdCompress)(bytes, ZSTD_OPTIONS),
  unpack: (bytes) => promisify(zstdDecompress)(bytes, { maxOutputLength: STATE_SNAPSHOT_BYTES_MAX }),
}

/** How the service cuts the work of an image. */
export const SERVICE_SLICING: ImageSlicing = {
  entriesMax: STATE_SNAPSHOT_SLICE_ENTRIES,
  changesMax: STATE_SNAPSHOT_CHANGES_MAX,
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
}

/** A partition of one life of a topic. */
export type StateSnapshotPlace = Omit<StateSnapshotIdentity, 'offset' | 'settings'>

/** What a restart begins with. */
export interface RestoredState {
  readonly state: PartitionState
  readonly offset: number
}

/** What the store needs from outside. */
export interface StateSnapshotStoreParts {
  readonly store: ObjectStore
  readonly settings: TopologySettings
  readonly logger: Logger
  readonly packing?: StateSnapshotPacking
  readonly slicing?: ImageSlicing
}

/** The snapshots of one topology. */
export class StateSnapshotStore {
  readonly #store: ObjectStore
  readonly #settings: TopologySettings
  readonly #logger: Logger
  readonly #packing: StateSnapshotPacking
  readonly #slicing: ImageSlicing
  #writing = false

  constructor(parts: StateSnapshotStoreParts) {
    const { store, settings, logger, packing = zstdPacking, slicing = SERVICE_SLICING } = parts
    this.#store = store
    this.#settings = settings
    this.#logger = logger
    this.#packing = packing
    this.#slicing = slicing
  }

  /** Whether a snapshot is being written. The next should wait: each holds a whole state in memory meanwhile. */
  get isWriting(): boolean {
    return this.#writing
  }

  /**
   * Writes the state as it is now, whatever happens to it meanwhile; its size as packed. Throws STORE_ errors.
   */
  async write(place: StateSnapshotPlace, offset: number, state: PartitionState): Promise<number> {
    this.#writing = true
    try {
      const image = new SlicedImage(state, this.#slicing)
      const bytes = await this.#inTurns(image.slices({ ...place, offset, settings: this.#settings }))
      const packed = await this.#packing.pack(bytes)
      await this.#store.put(keyOf(place, offset), packed)
      return packed.length
    } finally {
      this.#writing = false
    }
  }

  /**
   * The newest snapshot that can be used, of those in [from, upTo]; undefined when there is none. Throws STORE_ errors:
   * a store that does not answer may hold what it takes, and going on without is not the same.
   */
  async restore(place: StateSnapshotPlace, range: { from: number; upTo: number }): Promise<RestoredState | undefined> {
    const within = (await this.list(place)).filter((offset) => offset >= range.from && offset <= range.upTo)
    for (const offset of within.reverse()) {
      const decoded = await this.#read(place, offset)
      if (decoded.kind === 'state') return { state: decoded.state, offset }
      const fields = { topic: place.topic, partition: place.partition, offset }
      this.#logger.warn(fields, `a state snapshot cannot be used and is passed over: ${decoded.reason}`)
    }
    return undefined
  }

  /** The offsets of the partition's snapshots, ascending. */
  async list(place: StateSnapshotPlace): Promise<number[]> {
    const prefix = folderOf(place)
    const offsets: number[] = []
    for await (const { key } of this.#store.list(prefix)) {
      const name = key.slice(prefix.length)
      if (NAME.test(name)) offsets.push(Number.parseInt(name, 10))
    }
    return offsets
  }

  /**
   * Deletes the old ones of these snapshots; those that are left: the newest, and from the one before `named` on all,
   * since that is what a restart asks for.
   */
  async prune(
    place: StateSnapshotPlace,
    offsets: ReadonlySet<number>,
    named: number | null,
  ): Promise<readonly number[]> {
    const left = [...offsets].sort((a, b) => a - b)
    const before = left.findLastIndex((offset) => offset < (named ?? Number.POSITIVE_INFINITY))
    const sorted = left.splice(0, Math.max(0, Math.min(before, left.length - STATE_SNAPSHOTS_KEPT)))
    for (const offset of sorted) {
      try {
        await this.#store.delete(keyOf(place, offset))
      } catch (error) {
        left.push(offset)
        this.#logger.debug({ ...place, offset, reason: messageOf(error) }, 'an old state snapshot was not deleted')
      }
    }
    return left
  }

  async #inTurns(slices: SnapshotSlices): Promise<Uint8Array> {
    for (;;) {
      const { done, value } = slices.next()
      if (done) return value
      await this.#slicing.nextTurn()
    }
  }

  async #read(place: StateSnapshotPlace, offset: number): Promise<ReturnType<typeof decodeStateSnapshot>> {
    const packed = await this.#store.get(keyOf(place, offset))
    if (packed === undefined) return { kind: 'unusable', reason: 'it is not there any more' }
    try {
      const bytes = await this.#packing.unpack(packed)
      return decodeStateSnapshot({ ...place, offset, settings: this.#settings }, bytes)
    } catch (error) {
      return { kind: 'unusable', reason: `it is damaged: ${messageOf(error)}` }
    }
  }
}

const NAME = /^\d{20}\.zst$/

function folderOf({ topic, topicId, partition }: StateSnapshotPlace): string {
  return `stream/${topic}/${topicId}/${partition}/`
}

/** Padded, so that the order of names is the order of offsets. */
function keyOf(place: StateSnapshotPlace, offset: number): string {
  return `${folderOf(place)}${String(offset).padStart(20, '0')}.zst`
}
