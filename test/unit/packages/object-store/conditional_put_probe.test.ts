// The probe of the conditional write: it must be red on stores that break the promise, each in its own way.

import { describe, expect, test } from 'vitest'
import { probeConditionalPut } from '#object-store/conditional_put_probe'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'

function probe(change: (store: ObjectStore) => Partial<ObjectStore>): Promise<void> {
  const store = openMemoryStore()
  let ids = 0
  return probeConditionalPut({ ...store, ...change(store) }, { newId: () => `id-${ids++}` })
}

const refused = (saw: RegExp) => ({ code: 'STORE_NO_CONDITIONAL_PUT', message: expect.stringMatching(saw) })

describe('probing a store', () => {
  test('is silent when the store keeps the condition', async () => {
    await expect(probe(() => ({}))).resolves.toBeUndefined()
  })

  test('refuses a store that ignores the condition and says success', async () => {
    const ignoring = probe((store) => ({
      async putIfAbsent(key, body) {
        await store.put(key, body)
        return 'created'
      },
    }))
    await expect(ignoring).rejects.toMatchObject(refused(/memory: does not keep .* created, created/))
  })

  test('refuses a store that says "exists" but has overwritten', async () => {
    const overwriting = probe((store) => ({
      async putIfAbsent(key, body) {
        const there = (await store.get(key)) !== undefined
        await store.put(key, body)
        return there ? 'exists' : 'created'
      },
    }))
    await expect(overwriting).rejects.toMatchObject(refused(/a created object was overwritten/))
  })

  test('refuses a store that looks first and writes then', async () => {
    const racy = probe((store) => ({
      async putIfAbsent(key, body) {
        const there = (await store.get(key)) !== undefined
        await new Promise((resolve) => setImmediate(resolve))
        if (there) return 'exists'
        await store.put(key, body)
        return 'created'
      },
    }))
    await expect(racy).rejects.toMatchObject(refused(/8 creates of one object at once: 8 created/))
  })

  test('refuses a store that creates nothing', async () => {
    const refusing = probe(() => ({ putIfAbsent: async () => 'exists' }))
    await expect(refusing).rejects.toMatchObject(refused(/exists, exists/))
  })

  test('passes on a failure that says nothing about the condition', async () => {
    const down = new PlatformError('STORE_UNREACHABLE', 'down', { retryable: true })
    await expect(probe(() => ({ putIfAbsent: () => Promise.reject(down) }))).rejects.toBe(down)
  })

  test('takes losers that fail for losers', async () => {
    const conflict = new PlatformError('STORE_FAILED', '409', { retryable: true })
    const conflicting = probe((store) => {
      let calls = 0
      return {
        async putIfAbsent(key, body) {
          const outcome = await store.putIfAbsent(key, body)
          if (++calls > 2 && outcome === 'exists') throw conflict
          return outcome
        },
      }
    })
    await expect(conflicting).resolves.toBeUndefined()
  })

  test('does not mind that it may not delete', async () => {
    const denied = new PlatformError('STORE_AUTH_FAILED', 'no')
    await expect(probe(() => ({ delete: () => Promise.reject(denied) }))).resolves.toBeUndefined()
  })
})
