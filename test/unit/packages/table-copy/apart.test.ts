// One place under two names, as two URLs of one server have it: told by what is there, not by the URL.

import { expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import { type ObjectStore, within } from '#object-store/object_store'
import { type CopyEnds, isSourceInTarget, overlapByObject } from '#table-copy/apart'

const KEY = '_probe/1'

/** Two views of one bucket, or of two, each under a name of its own. */
async function ends(source: string, target: string, bucket = openMemoryStore(), other = bucket): Promise<CopyEnds> {
  await bucket.put(`${source}/stocks/_delta_log/00000000000000000000.json`, Buffer.from('{}'))
  const view = (store: ObjectStore, host: string, path: string) => ({
    ...within(store, path),
    url: `s3://${host}/${path}`,
  })
  return { source: view(bucket, 'one-name', source), target: view(other, 'another.name', target) }
}

/** As a copy does: an object of the target is there for a while. */
async function overlap(at: CopyEnds) {
  await at.target.put(KEY, Uint8Array.of(1))
  const found = await overlapByObject(at, KEY)
  await at.target.delete(KEY)
  return found ?? ((await isSourceInTarget(at, '_probe/2')) ? 'source in target' : undefined)
}

test('one place under two names is told', async () => {
  expect(await overlap(await ends('lake/bronze', 'lake/bronze'))).toBe('same')
  expect(await overlap(await ends('lake', 'lake/bronze'))).toBe('target in source')
  expect(await overlap(await ends('lake', 'lake/a/b/c'))).toBe('target in source')
  expect(await overlap(await ends('lake/bronze', 'lake'))).toBe('source in target')
  expect(await overlap(await ends('a/b/c/lake', 'a'))).toBe('source in target')
})

test('places that only look alike are apart, and nothing is left in them', async () => {
  const bucket = openMemoryStore()
  expect(await overlap(await ends('lake', 'lake-2', bucket))).toBeUndefined()
  expect(await overlap(await ends('lake', 'copy/lake', bucket))).toBeUndefined()
  const other = openMemoryStore()
  await other.put('lake/stocks/_delta_log/00000000000000000000.json', Buffer.from('{}'))
  await other.put('lake/lake/stocks/_delta_log/00000000000000000000.json', Buffer.from('{}'))
  expect(await overlap(await ends('lake', 'lake', bucket, other))).toBeUndefined()
  for (const store of [bucket, other]) {
    for await (const { key } of store.list('')) expect(key).not.toContain('_probe')
  }
})

test('a source that cannot be asked is no proof of anything: the failure is told', async () => {
  const at = await ends('lake', 'other')
  const source = { ...at.source, sizeOf: () => Promise.reject(new Error('denied')) }
  await expect(overlapByObject({ ...at, source }, KEY)).rejects.toThrow('denied')
})
