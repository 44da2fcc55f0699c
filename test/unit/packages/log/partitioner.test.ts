// The partitioner against known vectors of the Java client and against kafkajs's own.

import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { murmur2, roundRobin } from '#log/partitioner'
import { partitionOfKey } from '#support/log/partition_of_key'

const VECTORS: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

describe('murmur2', () => {
  test.each(VECTORS)('hashes %s as the Java client does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })

  test('hashes an empty key', () => {
    expect(murmur2(new Uint8Array(0))).toBe(275646681)
  })
})

describe('partitionOfKey', () => {
  test('chooses the partition that kafkajs chooses', () => {
    const theirs = Partitioners.DefaultPartitioner()
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 70 }),
        fc.integer({ min: 1, max: 64 }),
        (key, partitions) => {
          const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
            ...{ partitionErrorCode: 0, partitionId, leader: 0, replicas: [], isr: [] },
          }))
          const message = { key: Buffer.from(key), value: null }
          expect(partitionOfKey(key, partitions)).toBe(theirs({ topic: 't', partitionMetadata, message }))
        },
      ),
    )
  })

  test('stays in range for every key', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 1000 }), (key, partitions) => {
        const partition = partitionOfKey(key, partitions)
        expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true)
      }),
    )
  })
})

describe('roundRobin', () => {
  test('gives each topic its partitions in turn', () => {
    const next = roundRobin()
    expect([next('a', 3), next('a', 3), next('b', 2), next('a', 3), next('a', 3), next('b', 2)]).toEqual([
      0, 1, 0, 2, 0, 1,
    ])
  })
})
