import { expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { withErrors } from '#object-store/with_errors'

const cause = new Error('the store says no')
const told = (error: unknown) => new Error(`told: ${(error as Error).message}`)

/** A store of which every call fails. */
function failing(): ObjectStore {
  const fail = () => Promise.reject(cause)
  return {
    ...{ url: 'nowhere', get: fail, sizeOf: fail, getRange: fail, put: fail, putIfAbsent: fail, delete: fail },
    async putPartsIfAbsent(_key, parts) {
      for await (const part of parts) void part
      throw cause
    },
    // biome-ignore lint/correctness/useYield: it fails before anything is listed
    async *list() {
      throw cause
    },
  }
}

async function* partsThat(fail: boolean) {
  yield Buffer.from('a')
  if (fail) throw new Error('the source says no')
}

test('every failure of the store is told in other words', async () => {
  const store = withErrors(failing(), told)
  const range = { offset: 0, length: 1 }
  const calls = [
    () => store.get('a'),
    () => store.sizeOf('a'),
    () => store.getRange('a', range),
    () => store.put('a', Buffer.from('')),
    () => store.putIfAbsent('a', Buffer.from('')),
    () => store.putPartsIfAbsent('a', partsThat(false)),
    () => store.delete('a'),
    async () => {
      for await (const info of store.list('')) void info
    },
  ]
  for (const call of calls) await expect(call()).rejects.toThrow('told: the store says no')
})

test('what the parts throw passes unchanged', async () => {
  const store = withErrors(openMemoryStore(), told)
  await expect(store.putPartsIfAbsent('a', partsThat(true))).rejects.toThrow(/^the source says no$/)
  expect(await store.putPartsIfAbsent('a', partsThat(false))).toBe('created')
})

test('a store that does not fail is as it was', async () => {
  const inner = openMemoryStore()
  const store = withErrors(inner, told)
  await store.put('folder/a', Buffer.from('text'))
  expect(Buffer.from((await store.get('folder/a')) ?? '').toString()).toBe('text')
  const keys: string[] = []
  for await (const { key } of store.list('folder/')) keys.push(key)
  expect(keys).toEqual(['folder/a'])
  expect(store.localPath).toBeUndefined()
})
