// Leases in virtual time: who gets one, who is refused, and what becomes of one whose holder died or was cut off.

import { describe, expect, test, vi } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { virtualClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { copierParts } from '#support/stores/copier_parts'
import { LEASE_KEY, withLease } from '#table-copy/lease'
import {
  LEASE_BEAT_MS,
  LEASE_LOOK_MS,
  LEASE_LOOKS_MAX,
  LEASE_RELEASE_MAX_MS,
  LEASE_RELEASE_STOPPED_MAX_MS,
  LEASE_SETTLE_MS,
} from '#table-copy/limits'

const WATCH_MS = LEASE_LOOK_MS * LEASE_LOOKS_MAX

function rig() {
  const system = virtualClock(1_000_000)
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  /** Time that passes once everybody has come to a wait. */
  const advance = async (ms: number) => {
    await turn()
    await system.advance(ms)
    await turn()
  }
  const clock = { ...system, advance }
  const store = openMemoryStore(clock)
  const holder = async () => {
    const bytes = await store.get(LEASE_KEY)
    return bytes && JSON.parse(Buffer.from(bytes).toString()).id
  }
  return { clock, store, holder, parts: (id: string, more = {}) => copierParts(id, clock, more) }
}

/** Work that goes on until it is told to end; `begun` tells that it has. */
function longWork() {
  const end = new AbortController()
  const begun = vi.fn()
  const work = (signal: AbortSignal) => {
    begun()
    return new Promise<string>((resolve, reject) => {
      end.signal.addEventListener('abort', () => resolve('done'))
      signal.addEventListener('abort', () => reject(new Error('told to stop')))
    })
  }
  return { work, begun, end: () => end.abort() }
}

/** What became of a promise: its value, or what it threw. */
function outcomeOf<T>(promise: Promise<T>) {
  const state: { value?: T; error?: PlatformError } = {}
  const settled = promise.then(
    (value) => Object.assign(state, { value }),
    (error) => Object.assign(state, { error }),
  )
  return { state, settled }
}

const store503 = () => new PlatformError('STORE_FAILED', 'the store answered 503', { retryable: true })

describe('a lease', () => {
  test('is there for as long as the work goes on, and not a moment longer', async () => {
    const { store, holder, parts } = rig()
    const seen = await withLease(store, parts('a'), holder)
    expect(seen).toBe('a')
    expect(await holder()).toBeUndefined()
  })

  test('is given back when the work fails, and the failure is passed on', async () => {
    const { store, holder, parts } = rig()
    await expect(withLease(store, parts('a'), () => Promise.reject(store503()))).rejects.toThrow('503')
    expect(await holder()).toBeUndefined()
  })

  test('changes at every beat', async () => {
    const { clock, store, parts } = rig()
    const { work, end } = longWork()
    const { settled, state } = outcomeOf(withLease(store, parts('a'), work))
    const texts = new Set<string>()
    for (let beat = 0; beat < 4; beat++) {
      texts.add(Buffer.from((await store.get(LEASE_KEY)) ?? []).toString())
      await clock.advance(LEASE_BEAT_MS)
    }
    end()
    await settled
    expect(texts.size).toBe(4)
    expect(state.value).toBe('done')
  })
})

describe('a second copier', () => {
  test('is refused at the first beat of the other one, whom it names', async () => {
    const { clock, store, parts } = rig()
    const first = longWork()
    const held = outcomeOf(withLease(store, parts('a'), first.work))
    await clock.advance(1)
    const onWait = vi.fn()
    const refused = outcomeOf(withLease(store, parts('b', { onWait }), async () => 'never'))
    await clock.advance(LEASE_BEAT_MS + LEASE_LOOK_MS)
    expect(refused.state.error).toMatchObject({ code: 'TARGET_IN_USE', retryable: false })
    expect(refused.state.error?.message).toMatch(/process 42 on host-of-a/)
    expect(onWait).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: 'a' }))
    first.end()
    await held.settled
    expect(held.state.value).toBe('done')
  })

  test('is stopped while it waits', async () => {
    const { clock, store, parts } = rig()
    await store.put(LEASE_KEY, Buffer.from('{"id":"x","host":"h","processId":1}'))
    const stop = new AbortController()
    const waiting = outcomeOf(withLease(store, parts('b', { signal: stop.signal }), async () => 'never'))
    await clock.advance(LEASE_LOOK_MS * 2)
    stop.abort()
    await waiting.settled
    expect(waiting.state.error).toMatchObject({ code: 'STOPPED' })
  })

  test.each([2, 16])('of %i that begin at once one works', async (count) => {
    const { clock, store, parts } = rig()
    const works = Array.from({ length: count }, longWork)
    const all = works.map(({ work }, i) => outcomeOf(withLease(store, parts(`copier-${i}`), work)))
    await clock.advance(LEASE_BEAT_MS * 2)
    expect(works.filter(({ begun }) => begun.mock.calls.length > 0)).toHaveLength(1)
    for (const { end } of works) end()
    await Promise.all(all.map(({ settled }) => settled))
    const refused = all.flatMap(({ state }) => state.error ?? [])
    expect(refused.map(({ code }) => code)).toEqual(Array(count - 1).fill('TARGET_IN_USE'))
  })
})

describe('the lease of a copier that is no more', () => {
  const dead = { id: 'dead', host: 'host-of-dead', machine: 'm', processId: 7 }
  const leave = (store: ObjectStore, more = {}) =>
    store.put(LEASE_KEY, Buffer.from(JSON.stringify({ ...dead, ...more })))

  test('is over once it was watched without a change', async () => {
    const { clock, store, parts } = rig()
    await leave(store, { beat: 3 })
    const taken = outcomeOf(withLease(store, parts('b'), async () => 'done'))
    await clock.advance(WATCH_MS - 1)
    expect(taken.state).toEqual({})
    await clock.advance(1 + LEASE_SETTLE_MS)
    expect(taken.state.value).toBe('done')
    expect(await store.get(LEASE_KEY)).toBeUndefined()
  })

  test('is over at once when its process is known to be gone', async () => {
    const { clock, store, parts } = rig()
    await leave(store, { beat: 3 })
    const isGone = vi.fn(() => true)
    const taken = outcomeOf(withLease(store, parts('b', { isGone }), async () => 'done'))
    await clock.advance(LEASE_SETTLE_MS)
    expect(taken.state.value).toBe('done')
    expect(isGone).toHaveBeenCalledWith(expect.objectContaining(dead))
  })

  test('is over at once when it says so, having found no right to delete', async () => {
    const { clock, store, parts } = rig()
    const noDelete = { ...store, delete: () => Promise.reject(new PlatformError('STORE_AUTH_FAILED', 'no')) }
    await withLease(noDelete, parts('a'), async () => 'done')
    expect(await store.get(LEASE_KEY)).toBeDefined()
    const taken = outcomeOf(withLease(noDelete, parts('b'), async () => 'done'))
    await clock.advance(LEASE_SETTLE_MS)
    expect(taken.state.value).toBe('done')
  })

  test.each(['', 'no JSON', '[]', '{"id":7}', 'null'])('is over even when it is %j', async (text) => {
    const { clock, store, parts } = rig()
    await store.put(LEASE_KEY, Buffer.from(text))
    const taken = outcomeOf(withLease(store, parts('b'), async () => 'done'))
    await clock.advance(WATCH_MS + LEASE_SETTLE_MS)
    expect(taken.state.value).toBe('done')
  })

  test('is taken over by one of many', async () => {
    const { clock, store, parts } = rig()
    await leave(store)
    const works = Array.from({ length: 8 }, longWork)
    const all = works.map(({ work }, i) => outcomeOf(withLease(store, parts(`copier-${i}`), work)))
    await clock.advance(WATCH_MS + LEASE_SETTLE_MS + LEASE_BEAT_MS * 2)
    expect(works.filter(({ begun }) => begun.mock.calls.length > 0)).toHaveLength(1)
    for (const { end } of works) end()
    await Promise.all(all.map(({ settled }) => settled))
    expect(all.flatMap(({ state }) => state.value ?? [])).toEqual(['done'])
  })

  test('counts looks, not time: a machine that was suspended takes nothing over when it wakes', async () => {
    const { clock, store } = rig()
    await leave(store)
    const asleep = { ...clock, sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms * 1_000, signal) }
    const { state } = outcomeOf(withLease(store, copierParts('b', asleep), async () => 'done'))
    await clock.advance(LEASE_LOOK_MS * 1_000 * 2)
    expect(state).toEqual({})
    await leave(store, { beat: 1 })
    await clock.advance(LEASE_LOOK_MS * 1_000)
    expect(state.error).toMatchObject({ code: 'TARGET_IN_USE' })
  })
})

describe('a copier whose lease was taken over', () => {
  test('ends, with that as its reason, and leaves the lease to the other one', async () => {
    const { clock, store, parts, holder } = rig()
    const first = longWork()
    const cut = outcomeOf(withLease(store, parts('a'), first.work))
    await clock.advance(1)
    await store.put(LEASE_KEY, Buffer.from('{"id":"b","host":"host-of-b","processId":8}'))
    await clock.advance(LEASE_BEAT_MS)
    await cut.settled
    expect(cut.state.error).toMatchObject({ code: 'TARGET_IN_USE' })
    expect(cut.state.error?.message).toMatch(/process 8 on host-of-b\) has taken over/)
    expect(await holder()).toBe('b')
  })

  test('says so even when its work went on to the end', async () => {
    const { clock, store, parts } = rig()
    const cut = outcomeOf(withLease(store, parts('a'), () => clock.sleep(LEASE_BEAT_MS * 3)))
    await clock.advance(1)
    await store.put(LEASE_KEY, Buffer.from('{"id":"b","host":"host-of-b","processId":8}'))
    await clock.advance(LEASE_BEAT_MS * 4)
    expect(cut.state.error).toMatchObject({ code: 'TARGET_IN_USE' })
  })
})

describe('a store that does not answer', () => {
  test('costs a beat, not the lease', async () => {
    const { clock, store, parts, holder } = rig()
    let failing = false
    const flaky = { ...store, get: (key: string) => (failing ? Promise.reject(store503()) : store.get(key)) }
    const first = longWork()
    const held = outcomeOf(withLease(flaky, parts('a'), first.work))
    await clock.advance(1)
    failing = true
    await clock.advance(LEASE_BEAT_MS * 3)
    failing = false
    await clock.advance(LEASE_BEAT_MS)
    expect(await holder()).toBe('a')
    first.end()
    await held.settled
    expect(held.state.value).toBe('done')
  })

  test('is asked again for the lease, and an answer that was lost is looked up', async () => {
    const { clock, store, parts } = rig()
    let tries = 0
    const losing: ObjectStore = {
      ...store,
      async putIfAbsent(key, body) {
        if (++tries > 1) await store.putIfAbsent(key, body)
        throw store503()
      },
    }
    const held = outcomeOf(withLease(losing, parts('a'), async () => 'done'))
    await clock.advance(5_000)
    expect(held.state.value).toBe('done')
    expect(tries).toBe(2)
  })

  test('ends a copier that has not begun, by its own failure', async () => {
    const { clock, store, parts } = rig()
    const refused = new PlatformError('STORE_AUTH_FAILED', 'access is denied')
    const closed = { ...store, putIfAbsent: () => Promise.reject(refused) }
    const held = outcomeOf(withLease(closed, parts('a'), async () => 'done'))
    await clock.advance(5_000)
    expect(held.state.error).toBe(refused)
  })

  test('has time to take the lease away, once the work is done', async () => {
    const { clock, store, parts, holder } = rig()
    const slow = { ...store, delete: (key: string) => clock.sleep(20_000).then(() => store.delete(key)) }
    const held = outcomeOf(withLease(slow, parts('a'), async () => 'done'))
    await clock.advance(19_999)
    expect(held.state).toEqual({})
    await clock.advance(1)
    expect(held.state.value).toBe('done')
    expect(await holder()).toBeUndefined()
  })

  test('holds nobody up for longer', async () => {
    const { clock, store, parts } = rig()
    const silent = { ...store, delete: () => new Promise<void>(() => {}) }
    const held = outcomeOf(withLease(silent, parts('a'), async () => 'done'))
    await clock.advance(LEASE_RELEASE_MAX_MS)
    expect(held.state.value).toBe('done')
  })

  test('holds nobody up whose work has failed', async () => {
    const { clock, store, parts } = rig()
    const silent = { ...store, delete: () => new Promise<void>(() => {}) }
    const held = outcomeOf(withLease(silent, parts('a'), () => Promise.reject(store503())))
    await clock.advance(LEASE_RELEASE_STOPPED_MAX_MS - 1)
    expect(held.state).toEqual({})
    await clock.advance(1)
    expect(held.state.error).toMatchObject({ code: 'STORE_FAILED' })
  })

  test.each([
    ['before', 0],
    ['while the lease is given back', 10_000],
  ])('holds nobody up who is told to stop, %s', async (_when, afterMs) => {
    const { clock, store, parts } = rig()
    const silent = { ...store, delete: () => new Promise<void>(() => {}) }
    const stop = new AbortController()
    if (afterMs === 0) stop.abort()
    const held = outcomeOf(withLease(silent, parts('a', { signal: stop.signal }), async () => 'done'))
    await clock.advance(afterMs)
    stop.abort()
    await clock.advance(1_999)
    expect(held.state).toEqual({})
    await clock.advance(1)
    expect(held.state.value).toBe('done')
  })
})
