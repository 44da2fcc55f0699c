// The one way to name a partition: in messages, and as the key of a map.

import type { TopicPartition } from '#log/event_log'

/** `stock-prices/3`. A topic's name holds no slash, so two partitions never share a name. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
