// Which partition a key belongs to: murmur2 as Kafka's Java client computes it, so that producers in any language that
// hash the same way keep a symbol on one partition. Source: org.apache.kafka.common.utils.Utils.murmur2.

const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995
const ROTATION = 24

/** The hash of the bytes from `start` up to `end`, as a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const length = end - start
  const tail = end - (length & 3)
  let hash = SEED ^ length
  for (let i = start; i < tail; i += 4) {
    const word = byte(bytes, i) | (byte(bytes, i + 1) << 8) | (byte(bytes, i + 2) << 16) | (byte(bytes, i + 3) << 24)
    let mixed = Math.imul(word, MULTIPLIER)
    mixed = Math.imul(mixed ^ (mixed >>> ROTATION), MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ mixed
  }
  const rest = length & 3
  if (rest > 2) hash ^= byte(bytes, tail + 2) << 16
  if (rest > 1) hash ^= byte(bytes, tail + 1) << 8
  if (rest > 0) hash = Math.imul(hash ^ byte(bytes, tail), MULTIPLIER)
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}

/** The partition of a key by its hash, from 0. The sign bit is dropped, as the Java client's toPositive does. */
export function partitionOfHash(hash: number, partitions: number): number {
  return (hash & 0x7fffffff) % partitions
}

/** Spreads records without a key: hands out the partitions in turn, for each topic by itself. */
export function roundRobin(): (topic: string, partitions: number) => number {
  const turns = new Map<string, number>()
  return (topic, partitions) => {
    const turn = turns.get(topic) ?? 0
    turns.set(topic, turn + 1)
    return turn % partitions
  }
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}
