// The topics of the platform: names, partition counts and settings. Outputs go to the partition of their input.

/** Quotes as the producers sent them. */
export const PRICES_TOPIC = 'stock-prices'
/** One-minute bars and their revisions. */
export const BARS_TOPIC = 'stock-bars-1m'
/** Price-move alerts. */
export const ALERTS_TOPIC = 'stock-alerts'
/** Valid quotes too late for their bar. */
export const LATE_TOPIC = 'stock-prices-late'
/** What could not be decoded. */
export const DEAD_LETTERS_TOPIC = 'stock-dead-letters'

/** All of them, in the order of the flow. */
export const TOPICS = [PRICES_TOPIC, BARS_TOPIC, ALERTS_TOPIC, LATE_TOPIC, DEAD_LETTERS_TOPIC] as const

export type Topic = (typeof TOPICS)[number]

/** Partitions of each topic unless TOPIC_PARTITIONS says otherwise: the unit of parallelism. */
export const PARTITIONS_DEFAULT = 6

/** A dead letter carries a whole record in base64, so its topic takes larger records than the others. */
const DEAD_LETTER_BYTES_MAX = 4 * 1024 * 1024

/** What the init job creates: the same number of partitions everywhere, stamped by the log on arrival. */
export function topicSpecs(partitions: number): { topic: Topic; partitions: number; config: Record<string, string> }[] {
  return TOPICS.map((topic) => ({
    topic,
    partitions,
    config: {
      'message.timestamp.type': 'LogAppendTime',
      ...(topic === DEAD_LETTERS_TOPIC ? { 'max.message.bytes': String(DEAD_LETTER_BYTES_MAX) } : {}),
    },
  }))
}
