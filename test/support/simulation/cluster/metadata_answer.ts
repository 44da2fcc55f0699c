// A request that the log encodes itself (topic_ids.ts), as a broker reads and answers it: Metadata version 12.
// Names and counts are short enough for lengths of one byte.

const UUID_BYTES = 16
const NO_TAGS = 0
const UNKNOWN_TOPIC = 3

/** The topics that a request names. */
export function namesIn(request: Buffer): string[] {
  const names: string[] = []
  let at = 2
  for (let left = request.readUInt8(1) - 1; left > 0; left--) {
    const length = request.readUInt8(at + UUID_BYTES) - 1
    at += UUID_BYTES + 1
    names.push(request.toString('utf8', at, at + length))
    at += length + 1
  }
  return names
}

/** The answer: one broker, which leads everything. */
export function encodeTopics(topics: readonly { readonly topic: string; readonly partitions: number }[]): Buffer {
  const broker = [...int32(0), ...text('simulated'), ...int32(9092), 0, NO_TAGS]
  const head = [NO_TAGS, ...int32(0), ...array([broker]), ...text('simulated'), ...int32(0)]
  return Buffer.from([...head, ...array(topics.map(encodeTopic)), NO_TAGS])
}

function encodeTopic({ topic, partitions }: { readonly topic: string; readonly partitions: number }): number[] {
  const error = partitions === 0 ? UNKNOWN_TOPIC : 0
  const id = Buffer.alloc(UUID_BYTES, topic)
  const noReplicas = [1, 1, 1]
  const leaders = Array.from({ length: partitions }, (_, partition) => {
    return [...int16(0), ...int32(partition), ...int32(0), ...int32(0), ...noReplicas, NO_TAGS]
  })
  return [...int16(error), ...text(topic), ...id, 0, ...array(leaders), ...int32(0), NO_TAGS]
}

function array(items: readonly number[][]): number[] {
  return [items.length + 1, ...items.flat()]
}

function text(value: string): number[] {
  return [value.length + 1, ...Buffer.from(value)]
}

function int32(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
}

function int16(value: number): number[] {
  return [(value >>> 8) & 255, value & 255]
}
