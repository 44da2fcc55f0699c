// Where a key belongs, by the partitioner's own parts.

import { murmur2, partitionOfHash } from '#log/partitioner'

/** The partition of a key, from 0. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return partitionOfHash(murmur2(key), partitions)
}
