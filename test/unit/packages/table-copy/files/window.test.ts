// Files of many entries travel at once, within bounds; entries are put in order, each behind its files.

import { describe, expect, test } from 'vitest'
import { openMemoryStore } from '#object-store/memory_store'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { copy, keysOf, SMALL_LIMITS } from '#support/table-copy/copies'
import { addOf, foreignTable, METADATA, PLAIN } from '#support/table-copy/foreign_log'
import { openCopyRoom } from '#table-copy/side_by_side'

const COMMITS = 30
const SIZE = 10
const ENTRY = /(\d{20})\.json$/

/** A table of many small commits, each with a file. */
const manyCommits = () =>
  foreignTable(
    [[PLAIN, METADATA], ...Array.from({ length: COMMITS }, (_, at) => [addOf(`${at}.parquet`, SIZE)])],
    Object.fromEntries(Array.from({ length: COMMITS }, (_, at) => [`${at}.parquet`, SIZE])),
  )

/** A target whose writes take some turns, and what was seen of them. */
function slowly(store: ObjectStore, turns: number) {
  const seen = { atOnce: 0, order: [] as string[] }
  let now = 0
  const slow: ObjectStore = {
    ...store,
    async putPartsIfAbsent(key, parts) {
      seen.atOnce = Math.max(seen.atOnce, ++now)
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
      const outcome = await store.putPartsIfAbsent(key, parts)
      now--
      return outcome
    },
    putIfAbsent(key, body) {
      seen.order.push(key)
      return store.putIfAbsent(key, body)
    },
  }
  return { slow, seen }
}

describe('the window', () => {
  test.each([
    [{ filesMax: 5, bytesMax: 1000 }, 5],
    [{ filesMax: 100, bytesMax: 4 * SIZE }, 4],
    [{ filesMax: 100, bytesMax: 1000, entriesMax: 7 }, 7],
    [{ filesMax: 1, bytesMax: 1 }, 1],
  ])('of %o lets %i files travel at once, whatever commits they are of', async (limits, atOnce) => {
    const { slow, seen } = slowly(openMemoryStore(), 5)
    const whole = { partBytes: 16, entriesMax: 50, ...limits }
    await copy(await manyCommits(), slow, { limits: whole })
    expect(seen.atOnce).toBe(atOnce)
    expect(seen.order).toEqual([...seen.order].sort())
    expect(seen.order).toHaveLength(COMMITS + 1)
  })

  test('holds few entries when they are long', async () => {
    const long = { commitInfo: { note: 'x'.repeat(1_000) } }
    const source = await foreignTable([[PLAIN, METADATA], ...Array.from({ length: 2 * COMMITS }, () => [long])])
    const target = openMemoryStore()
    let [read, held] = [0, 0]
    const counting: ObjectStore = {
      ...source,
      get(key) {
        if (ENTRY.test(key)) read++
        return source.get(key)
      },
    }
    const slow: ObjectStore = {
      ...target,
      async putIfAbsent(key, body) {
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
        const version = Number(ENTRY.exec(key)?.[1])
        // The plan has read each of them once. At first it is not known how long they are.
        if (version > COMMITS) held = Math.max(held, read - (2 * COMMITS + 1) - version)
        return target.putIfAbsent(key, body)
      },
    }
    await copy(counting, slow, { limits: { entriesMax: 50, entryBytesMax: 4_500 } })
    expect(await keysOf(target, '_delta_log/')).toHaveLength(2 * COMMITS + 1)
    // Four in the window and four on their way.
    expect(held).toBeGreaterThan(2)
    expect(held).toBeLessThanOrEqual(8)
  })

  test('finishes what comes before a failure, begins little after it, and throws when nothing is at work', async () => {
    const source = await manyCommits()
    const target = openMemoryStore()
    let [reads, underWay] = [0, 0]
    const failing: ObjectStore = {
      ...source,
      async getRange(key, range) {
        reads++
        underWay++
        await new Promise((resolve) => setImmediate(resolve))
        underWay--
        if (key === '11.parquet') throw new PlatformError('STORE_AUTH_FAILED', 'not this one')
        return source.getRange(key, range)
      },
    }
    const limits = { filesMax: 4, bytesMax: 1000, partBytes: 16, entriesMax: 10 }
    await expect(copy(failing, target, { limits })).rejects.toThrow('not this one')
    expect(underWay).toBe(0)
    expect(reads).toBeLessThan(20)
    // Version 0 has no file: file n is of version n + 1.
    expect(await keysOf(target, '_delta_log/')).toHaveLength(12)
  })

  test('of tables side by side is one, also after one of them has failed', async () => {
    const limits = { ...SMALL_LIMITS, filesMax: 4, bytesMax: 1_000, entriesMax: 30, entryBytesMax: 10_000 }
    const room = openCopyRoom(limits, 3)
    let [now, atOnce] = [0, 0]
    const target = () => {
      const store = openMemoryStore()
      const counted: ObjectStore = {
        ...store,
        async putPartsIfAbsent(key, parts) {
          atOnce = Math.max(atOnce, ++now)
          for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
          return store.putPartsIfAbsent(key, parts).finally(() => now--)
        },
      }
      return counted
    }
    const broken = await manyCommits()
    const failing: ObjectStore = {
      ...broken,
      async getRange(key, range) {
        if (key === '11.parquet') throw new PlatformError('STORE_AUTH_FAILED', 'not this one')
        return broken.getRange(key, range)
      },
    }
    const sources = [await manyCommits(), failing, await manyCommits(), failing]
    const ended = await Promise.allSettled(sources.map((source) => copy(source, target(), { limits, room })))
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
    expect(atOnce).toBe(4)
    // Nothing is left in it: a piece as large as the room comes in at once.
    for (const each of [room.files, room.entries]) {
      let isIn = false
      void each.enter(1_000_000).then(() => {
        isIn = true
      })
      await new Promise((resolve) => setImmediate(resolve))
      expect(isIn).toBe(true)
    }
  })
})
