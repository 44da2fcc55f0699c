// One file on its way: in parts, checked, left alone when it is there, and never replaced.

import { describe, expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import type { ByteRange, ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { copy, keysOf, textsOf } from '#support/table-copy/copies'
import { addOf, bytesOf, foreignTable, METADATA, PLAIN, putFile } from '#support/table-copy/foreign_log'

const PART = 16
const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) })

/** A table with one file, by its size as the log has it. */
const tableWith = (logged: number, real = logged) =>
  foreignTable([[PLAIN, METADATA, addOf('a.parquet', logged)]], { 'a.parquet': real })

/** The store, telling which parts of files are read. */
function watched(store: ObjectStore, onRange: (range: ByteRange) => void): ObjectStore {
  return {
    ...store,
    getRange: (key, range) => {
      onRange(range)
      return store.getRange(key, range)
    },
  }
}

describe('a file', () => {
  test.each([0, 1, PART - 1, PART, PART + 1, 2 * PART, 5 * PART + 3])('of %i bytes arrives whole', async (size) => {
    const source = await tableWith(size)
    const target = openMemoryStore()
    expect(await copy(source, target)).toMatchObject({ files: 1, bytes: size })
    expect(Buffer.from((await target.get('a.parquet')) ?? [1])).toEqual(Buffer.from(bytesOf(size)))
  })

  test('is read in parts, and one byte too far at its end', async () => {
    const ranges: ByteRange[] = []
    await copy(
      watched(await tableWith(2 * PART + 3), (range) => ranges.push(range)),
      openMemoryStore(),
    )
    expect(ranges).toEqual([
      { offset: 0, length: PART },
      { offset: PART, length: PART },
      { offset: 2 * PART, length: 4 },
    ])
  })

  test('that is there is not read again', async () => {
    const target = openMemoryStore()
    await putFile(target, 'a.parquet', bytesOf(40))
    const ranges: ByteRange[] = []
    const source = watched(await tableWith(40), (range) => ranges.push(range))
    expect(await copy(source, target)).toMatchObject({ files: 0, skippedFiles: 1 })
    expect(ranges).toEqual([])
  })

  test('that is there with another length is not replaced, and the error says what to do', async () => {
    const target = openMemoryStore()
    await putFile(target, 'a.parquet', bytesOf(39))
    await expect(copy(await tableWith(40), target)).rejects.toThrow(refusal('TABLE_CONFLICT', 'has 39 bytes'))
    expect(await textsOf(target)).toEqual({ 'a.parquet': Buffer.from(bytesOf(39)).toString('latin1') })
  })

  test.each([
    [40, 39],
    [40, 41],
    [0, 1],
    [2 * PART, 2 * PART + 1],
    [2 * PART, PART],
  ])('of which the log says %i bytes, and which has %i, is corrupt', async (logged, real) => {
    const target = openMemoryStore()
    await expect(copy(await tableWith(logged, real), target)).rejects.toThrow(
      refusal('TABLE_CORRUPT', `it has ${real} bytes instead of ${logged}`),
    )
    expect(await keysOf(target)).toEqual([])
  })

  test('that two versions name at once travels once', async () => {
    const again = [{ remove: { path: 'a.parquet', dataChange: true } }, addOf('a.parquet', 40)]
    const source = await foreignTable([[PLAIN, METADATA, addOf('a.parquet', 40)], again, again], { 'a.parquet': 40 })
    let reads = 0
    const outcome = await copy(
      watched(source, ({ offset }) => void (offset === 0 && reads++)),
      openMemoryStore(),
    )
    expect(outcome).toMatchObject({ files: 1, skippedFiles: 2, entries: 3 })
    expect(reads).toBe(1)
  })
})

describe('a pass that is told to stop', () => {
  const reason = new PlatformError('TABLE_CONFLICT', 'another copier took over')

  test.each([
    ['STOPPED', undefined, 'was stopped'],
    ['TABLE_CONFLICT', reason, 'another copier took over'],
  ])('ends within a part of a file, with %s', async (code, why, message) => {
    const stop = new AbortController()
    let parts = 0
    const source = watched(await tableWith(1000 * PART), () => {
      if (++parts === 3) stop.abort(why)
    })
    const target = openMemoryStore()
    await expect(copy(source, target, { signal: stop.signal })).rejects.toThrow(refusal(code, message))
    expect(parts).toBeLessThan(6)
    expect(await keysOf(target)).toEqual([])
  })

  test('before it begins asks nothing', async () => {
    const signal = AbortSignal.abort()
    await expect(copy(await tableWith(3), openMemoryStore(), { signal })).rejects.toThrow(refusal('STOPPED', 'stopped'))
  })
})
