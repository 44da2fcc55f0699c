// Objects much larger than what may be held of them. Not for the store in memory, which holds all.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { UPLOAD_PART_BYTES } from '#object-store/parts'
import { releaseBytes } from '#object-store/release_bytes'
import type { MakeStore } from './looking.ts'

const PARTS = 38
/** So many reads leave three times the limit behind, unless they leave nothing. */
const READS = 12
/** A few parts under way and their copies in the client; an object held whole is three times as much. */
const HELD_BYTES_MAX = 100 * 1024 * 1024
/** A part and half of one, and as much again: each was read into one piece of memory. */
const READ_BYTES_MAX = 3 * UPLOAD_PART_BYTES

/** The tests of one kind of store. */
export function largeObjects(make: MakeStore): void {
  test(`holds few parts of an object of ${PARTS}, written and read`, { timeout: 120_000 }, async () => {
    const store = await make()
    const held = heldBytes({ garbage: 'left out' })
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < PARTS; at++) {
        held.measure()
        yield Buffer.alloc(UPLOAD_PART_BYTES, at)
      }
    }
    expect(await store.putPartsIfAbsent('large', pieces())).toBe('created')
    expect(await store.sizeOf('large')).toBe(PARTS * UPLOAD_PART_BYTES)
    for (let at = 0; at < PARTS; at++) {
      const part = await store.getRange('large', { offset: at * UPLOAD_PART_BYTES, length: UPLOAD_PART_BYTES })
      expect([part?.byteLength, part?.[0], part?.at(-1)]).toEqual([UPLOAD_PART_BYTES, at, at])
      held.measure()
    }
    expect(held.max()).toBeLessThan(HELD_BYTES_MAX)
    await store.delete('large')
  })

  test('leaves next to no garbage of what it reads', { timeout: 120_000 }, async () => {
    const store = await make()
    await store.put('large', Buffer.alloc(UPLOAD_PART_BYTES, 'x'))
    const held = heldBytes({ garbage: 'counts' })
    for (let round = 0; round < READS; round++) {
      const half = await store.getRange('large', { offset: 0, length: UPLOAD_PART_BYTES / 2 })
      const whole = await store.get('large')
      held.measure()
      for (const read of [half, whole]) if (read !== undefined) releaseBytes(read)
    }
    expect(held.max()).toBeLessThan(READ_BYTES_MAX)
    await store.delete('large')
  })
}

/** How much more than at the beginning is held outside of the heap; garbage is left out unless it is to count. */
function heldBytes({ garbage }: { readonly garbage: 'counts' | 'left out' }) {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const now = () => {
    if (garbage === 'left out') collectGarbage()
    return process.memoryUsage().arrayBuffers
  }
  collectGarbage()
  const before = now()
  let max = 0
  return {
    measure() {
      max = Math.max(max, now() - before)
    },
    max: () => max,
  }
}
