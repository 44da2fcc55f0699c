// Local copies of files that are not files already.

import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localFiles } from '#lake-sql/file_cache'
import { SQL_CACHE_GRACE_MS } from '#lake-sql/limits'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { virtualClock } from '#runtime/clock'
import { temporaryFolder } from '#support/temporary_folder'

const NOW = Date.UTC(2026, 10, 21)

function cacheIn(folder: string, bytesMax = 1000) {
  let ids = 0
  return { folder, bytesMax, clock: virtualClock(NOW), newId: () => `id-${++ids}` }
}

/** A store that counts its downloads. */
async function storeWith(sizes: Record<string, number>): Promise<{ store: ObjectStore; gets: string[] }> {
  const memory = openMemoryStore()
  for (const [key, size] of Object.entries(sizes)) await memory.put(key, new Uint8Array(size).fill(key.length))
  const gets: string[] = []
  const get = (key: string) => {
    gets.push(key)
    return memory.get(key)
  }
  return { store: { ...memory, get }, gets }
}

test('files of a folder are used where they are', async () => {
  const root = temporaryFolder()
  const paths = await localFiles(openFilesystemStore({ root }), [{ key: 'a/b.parquet', size: 1 }], cacheIn('/nowhere'))
  expect(paths).toEqual([join(root, 'a', 'b.parquet')])
})

test('files are fetched once, whole and in order', async () => {
  const cache = cacheIn(temporaryFolder())
  const { store, gets } = await storeWith({ a: 10, bb: 20 })
  const files = [
    { key: 'bb', size: 20 },
    { key: 'a', size: 10 },
  ]
  const paths = await localFiles(store, files, cache)
  expect(paths.map((path) => readFileSync(path).length)).toEqual([20, 10])
  expect(await localFiles(store, files, cache)).toEqual(paths)
  expect(gets.sort()).toEqual(['a', 'bb'])
})

test('a copy of the wrong size is fetched again', async () => {
  const cache = cacheIn(temporaryFolder())
  const { store } = await storeWith({ a: 10 })
  const [path] = await localFiles(store, [{ key: 'a', size: 10 }], cache)
  writeFileSync(path as string, 'torn')
  await localFiles(store, [{ key: 'a', size: 10 }], cache)
  expect(readFileSync(path as string)).toHaveLength(10)
})

test('a file that is gone, or not what the log says, is named', async () => {
  const cache = cacheIn(temporaryFolder())
  const { store } = await storeWith({ a: 10 })
  const failure = { code: 'TABLE_CORRUPT' }
  await expect(localFiles(store, [{ key: 'gone', size: 1 }], cache)).rejects.toMatchObject(failure)
  await expect(localFiles(store, [{ key: 'a', size: 11 }], cache)).rejects.toThrow(
    /file a, but it has 10 bytes instead/,
  )
})

test('the longest unused copies go first, those in use and fresh ones stay', async () => {
  const folder = temporaryFolder()
  const { store } = await storeWith({ a: 400, b: 400, c: 400, d: 400 })
  const paths: Record<string, string> = {}
  const fetch = async (key: string) => {
    paths[key] = (await localFiles(store, [{ key, size: 400 }], cacheIn(folder)))[0] as string
  }
  await fetch('a')
  await fetch('b')
  // Unused for long, b longer than a.
  const old = (NOW - SQL_CACHE_GRACE_MS) / 1000
  utimesSync(paths.a as string, old - 10, old - 10)
  utimesSync(paths.b as string, old - 20, old - 20)
  await fetch('c')
  expect(existsSync(paths.b as string)).toBe(false)
  expect(existsSync(paths.a as string)).toBe(true)
  await fetch('d')
  expect(existsSync(paths.a as string)).toBe(false)
  expect(existsSync(paths.c as string)).toBe(true)
  expect(readdirSync(folder)).toHaveLength(1)
})

test('a query that needs more than the cache may hold fetches nothing', async () => {
  const { store, gets } = await storeWith({ a: 10 })
  const options = cacheIn(temporaryFolder(), 9)
  await expect(localFiles(store, [{ key: 'a', size: 10 }], options)).rejects.toMatchObject({ code: 'SQL_LIMIT' })
  expect(gets).toEqual([])
})

test('a cache folder that cannot be made is named with its setting', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const { store } = await storeWith({ a: 10 })
  await expect(localFiles(store, [{ key: 'a', size: 10 }], cacheIn(file))).rejects.toThrow(/SQL_CACHE_DIR/)
})
