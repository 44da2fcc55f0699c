// The partitioner of a producer that may be given up.

import { describe, expect, test } from 'vitest'
import { givenPartitioner } from '#log/kafka/produce/given_partitioner'

describe('the partitioner that is given to kafkajs', () => {
  test('takes the chosen partition until the producer is given up', () => {
    const partitioner = givenPartitioner()
    const partitionOf = partitioner.create()
    expect(partitionOf({ message: { partition: 2 } })).toBe(2)
    partitioner.giveUp()
    expect(() => partitionOf({ message: { partition: 2 } })).toThrow(TypeError)
  })
})
