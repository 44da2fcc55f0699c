// State snapshots as objects: written, found again, passed over when harmed, and the old ones removed.

import { describe, expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { virtualClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { type Logger, silentLogger } from '#runtime/logger'
import { DEFAULT_STREAM_CONFIG, type TopologySettings } from '#services/stream/config'
import {
  STATE_SNAPSHOT_INTERVAL_MS,
  STATE_SNAPSHOT_RECORDS_MAX,
  STATE_SNAPSHOT_REST_FACTOR,
  STATE_SNAPSHOTS_KEPT,
} from '#services/stream/limits'
import { StateSnapshotStore } from '#services/stream/snapshot/state_snapshot_store'
import { StateSnapshotter } from '#services/stream/snapshot/state_snapshotter'
import { createPartitionState } from '#services/stream/state/partition_state'

const settings: TopologySettings = { ...DEFAULT_STREAM_CONFIG, rules: [] }
const place = { topic: 'prices', topicId: 'abc', partition: 0 }
const key = (offset: number) => `stream/prices/abc/0/${String(offset).padStart(20, '0')}.zst`
const EVERYTHING = { from: 0, upTo: Number.MAX_SAFE_INTEGER }

function recordedWarnings() {
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (_: object, text: string) => void warnings.push(text) } as Logger
  return { warnings, logger }
}

/** A state that is told from others by its clock. */
function stateAt(clock: number) {
  const state = createPartitionState(0, settings)
  state.clock = clock
  return state
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = []
  for await (const info of store.list('')) keys.push(info.key)
  return keys
}

const write = (snapshots: StateSnapshotStore, offset: number) => snapshots.write(place, offset, stateAt(offset))

describe('the snapshot store', () => {
  test('gives back the newest snapshot of a range', async () => {
    const snapshots = new StateSnapshotStore({ store: openMemoryStore(), settings, logger: silentLogger })
    for (const offset of [5, 100, 2_000]) await write(snapshots, offset)
    const clockAt = async (range: { from: number; upTo: number }) =>
      (await snapshots.restore(place, range))?.state.clock
    expect(await clockAt(EVERYTHING)).toBe(2_000)
    expect(await clockAt({ from: 0, upTo: 1_999 })).toBe(100)
    expect(await clockAt({ from: 6, upTo: 99 })).toBeUndefined()
    expect(await snapshots.restore({ ...place, partition: 1 }, EVERYTHING)).toBeUndefined()
  })

  test('passes over what is harmed, empty or foreign, and says so', async () => {
    const store = openMemoryStore()
    const { warnings, logger } = recordedWarnings()
    const snapshots = new StateSnapshotStore({ store, settings, logger })
    for (const offset of [1, 2, 3, 4]) await write(snapshots, offset)
    await store.put(key(2), new Uint8Array())
    await store.put(key(3), (await store.get(key(1))) as Uint8Array)
    const harmed = ((await store.get(key(4))) as Uint8Array).slice()
    harmed[harmed.length - 1] = (harmed.at(-1) ?? 0) ^ 1
    await store.put(key(4), harmed)
    await store.put('stream/prices/abc/0/notes.txt', new Uint8Array([1]))
    expect((await snapshots.restore(place, EVERYTHING))?.offset).toBe(1)
    expect(warnings).toHaveLength(3)
    expect(warnings.join()).toContain('it is of another offset')
  })

  test('says so when the store does not answer: what it holds is not known to be nothing', async () => {
    const failing: ObjectStore = {
      ...openMemoryStore(),
      list: () => {
        throw new PlatformError('STORE_UNREACHABLE', 'it does not answer', { retryable: true })
      },
    }
    const snapshots = new StateSnapshotStore({ store: failing, settings, logger: silentLogger })
    await expect(snapshots.restore(place, EVERYTHING)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
  })
})

describe('snapshots are taken', () => {
  function begin(store: ObjectStore = openMemoryStore(), parts: { from?: number; restored?: number } = {}) {
    const clock = virtualClock(1_000_000)
    const { warnings, logger } = recordedWarnings()
    const snapshots = new StateSnapshotStore({ store, settings, logger })
    const { from = 0, restored = null } = parts
    const snapshotter = new StateSnapshotter({ store: snapshots, place, restored, from, clock, logger })
    return { store, snapshots, clock, warnings, snapshotter }
  }

  test('after the interval, if something was committed meanwhile, and named when they are written', async () => {
    const { clock, snapshotter, store } = begin(undefined, { from: 7, restored: 7 })
    snapshotter.committed(stateAt(1), 8)
    await clock.advance(STATE_SNAPSHOT_INTERVAL_MS)
    snapshotter.committed(stateAt(1), 7)
    expect(await keysOf(store)).toEqual([])
    snapshotter.committed(stateAt(1), 9)
    expect(snapshotter.newest).toBe(7)
    await snapshotter.idle()
    expect(snapshotter.newest).toBe(9)
    snapshotter.committed(stateAt(1), 10)
    await snapshotter.idle()
    expect(await keysOf(store)).toEqual([key(9)])
    expect(snapshotter.facts).toMatchObject({ writtenAt: 1_000_000 + STATE_SNAPSHOT_INTERVAL_MS, failures: 0 })
  })

  test('or after many records', async () => {
    const { snapshotter } = begin()
    snapshotter.committed(stateAt(1), STATE_SNAPSHOT_RECORDS_MAX - 1)
    await snapshotter.idle()
    expect(snapshotter.newest).toBe(null)
    snapshotter.committed(stateAt(1), STATE_SNAPSHOT_RECORDS_MAX)
    await snapshotter.idle()
    expect(snapshotter.newest).toBe(STATE_SNAPSHOT_RECORDS_MAX)
  })

  test('one at a time, with a rest after one that took long', async () => {
    const slow = openMemoryStore()
    const landing = Promise.withResolvers<void>()
    const store: ObjectStore = { ...slow, put: (at, body) => landing.promise.then(() => slow.put(at, body)) }
    const { clock, snapshotter } = begin(store)
    await clock.advance(STATE_SNAPSHOT_INTERVAL_MS)
    snapshotter.committed(stateAt(1), 1)
    const tookMs = STATE_SNAPSHOT_INTERVAL_MS * 2
    await clock.advance(tookMs)
    snapshotter.committed(stateAt(2), 2)
    landing.resolve()
    await snapshotter.idle()
    await clock.advance(tookMs * STATE_SNAPSHOT_REST_FACTOR - 1)
    snapshotter.committed(stateAt(3), 3)
    await snapshotter.idle()
    expect(await keysOf(slow)).toEqual([key(1)])
    await clock.advance(1)
    snapshotter.committed(stateAt(4), 4)
    await snapshotter.idle()
    expect(await keysOf(slow)).toEqual([key(1), key(4)])
  })

  test('one partition after the other', async () => {
    const { clock, snapshotter, store, snapshots } = begin()
    const other = { ...place, partition: 1 }
    const second = new StateSnapshotter({
      store: snapshots,
      place: other,
      restored: null,
      from: 0,
      clock,
      logger: silentLogger,
    })
    await clock.advance(STATE_SNAPSHOT_INTERVAL_MS)
    snapshotter.committed(stateAt(1), 1)
    second.committed(stateAt(1), 2)
    await snapshotter.idle()
    expect(await keysOf(store)).toEqual([key(1)])
    second.committed(stateAt(1), 2)
    await second.idle()
    expect(await keysOf(store)).toHaveLength(2)
  })

  test('and the old ones removed, also those of the owners before', async () => {
    const { clock, snapshotter, store } = begin()
    for (const offset of [1, 2, 3, 4]) await store.put(key(offset), new Uint8Array([0]))
    for (const offset of [10, 20]) {
      await clock.advance(STATE_SNAPSHOT_INTERVAL_MS)
      snapshotter.committed(stateAt(1), offset)
      await snapshotter.idle()
    }
    expect(await keysOf(store)).toEqual([key(4), key(10), key(20)].slice(-STATE_SNAPSHOTS_KEPT))
  })

  test('and the one that a restart would ask for stays, however many newer ones no commit has named', async () => {
    const { clock, snapshotter, store } = begin(undefined, { from: 5, restored: 5 })
    for (const offset of [3, 4, 5, 6, 7, 8]) await store.put(key(offset), new Uint8Array([0]))
    const take = async (offset: number) => {
      await clock.advance(STATE_SNAPSHOT_INTERVAL_MS)
      snapshotter.committed(stateAt(1), offset)
      await snapshotter.idle()
    }
    await take(10)
    await take(20)
    expect(await keysOf(store)).toEqual([4, 5, 6, 7, 8, 10, 20].map(key))
    expect(snapshotter.name()).toBe(20)
    await take(30)
    expect(await keysOf(store)).toEqual([10, 20, 30].map(key))
  })

  test('again later when the store has failed, and the stream goes on', async () => {
    const memory = openMemoryStore()
    let down = true
    const store: ObjectStore = {
      ...memory,
      put: async (at, body) => {
        if (down) throw new PlatformError('STORE_UNREACHABLE', 'it does not answer', { retryable: true })
        await memory.put(at, body)
      },
    }
    const { clock, snapshotter, warnings } = begin(store)
    await clock.advance(STATE_SNAPSHOT_INTERVAL_MS)
    snapshotter.committed(stateAt(1), 1)
    await snapshotter.idle()
    expect(snapshotter.newest).toBe(null)
    expect(warnings).toEqual([expect.stringContaining('was not written')])
    down = false
    await clock.advance(STATE_SNAPSHOT_INTERVAL_MS)
    snapshotter.committed(stateAt(1), 2)
    await snapshotter.idle()
    expect(snapshotter.newest).toBe(2)
  })

  test('no more once the partition is lost', async () => {
    const { clock, snapshotter, store } = begin()
    await clock.advance(STATE_SNAPSHOT_INTERVAL_MS)
    snapshotter.close()
    snapshotter.committed(stateAt(1), 1)
    await snapshotter.idle()
    expect(await keysOf(store)).toEqual([])
  })
})
