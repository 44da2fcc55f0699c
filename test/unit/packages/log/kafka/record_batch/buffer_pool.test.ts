// A pool hands out what was given back, and no buffer to two at once.

import { describe, expect, test } from 'vitest'
import { BufferPool, DEMANDS_WAITED_MAX } from '#log/kafka/record_batch/buffer_pool'

const MIB = 1024 * 1024

describe('a buffer pool', () => {
  test('hands a large buffer out again, to one at a time', () => {
    const pool = new BufferPool()
    const first = pool.take(MIB)
    pool.give(first)
    expect(pool.take(MIB - 100)).toBe(first)
    expect(pool.take(MIB - 100)).not.toBe(first)
  })

  test('refuses a buffer that it has already', () => {
    const pool = new BufferPool()
    const buffer = pool.take(MIB)
    pool.give(buffer)
    expect(() => pool.give(buffer)).toThrow('given back twice')
  })

  test('serves no demand with a buffer that is too small, or much too large', () => {
    const pool = new BufferPool()
    const buffer = pool.take(MIB)
    pool.give(buffer)
    expect(pool.take(MIB + 1).length).toBeGreaterThan(MIB)
    expect(pool.take(1_000)).not.toBe(buffer)
    expect(pool.take(MIB / 4)).toBe(buffer)
  })

  test('keeps no small buffers, and of large ones no more than its limit', () => {
    const pool = new BufferPool()
    const small = pool.take(1_000)
    pool.give(small)
    expect(pool.take(1_000)).not.toBe(small)
    const large = Array.from({ length: 40 }, () => pool.take(MIB))
    for (const buffer of large) pool.give(buffer)
    const kept = large.map(() => pool.take(MIB)).filter((buffer) => large.includes(buffer))
    expect(kept.length).toBe(16)
  })

  test('lets the oldest go when those of another size come', () => {
    const pool = new BufferPool()
    const small = Array.from({ length: 256 }, () => pool.take(64 * 1024))
    for (const buffer of small) pool.give(buffer)
    const large = pool.take(MIB)
    pool.give(large)
    expect(pool.take(MIB)).toBe(large)
    expect(pool.take(64 * 1024)).toBe(small.at(-1))
  })

  test('lets go of what nobody has taken for a long time', () => {
    const pool = new BufferPool()
    const [used, unused] = [pool.take(MIB), pool.take(MIB)]
    pool.give(unused)
    pool.give(used)
    for (let turn = 0; turn <= DEMANDS_WAITED_MAX; turn++) pool.give(pool.take(MIB))
    expect(pool.take(MIB)).toBe(used)
    expect(pool.take(MIB)).not.toBe(unused)
  })

  test('keeps no buffer for the sake of small demands', () => {
    const pool = new BufferPool()
    const burst = pool.take(MIB)
    pool.give(burst)
    for (let turn = 0; turn <= DEMANDS_WAITED_MAX; turn++) pool.give(pool.take(1_000))
    expect(pool.take(MIB)).not.toBe(burst)
  })
})
