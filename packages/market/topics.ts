// The topics of the platform: names, partition counts and settings. Outputs go to the partition of their input.
// Bars of each interval have a topic of their own, so that no reader meets bars of two lengths.

import { BAR_INTERVAL_DEFAULT_MS, intervalName } from '#market/interval'

/** Quotes as the producers sent them. */
export const PRICES_TOPIC = 'stock-prices'
/** Price-move alerts. */
export const ALERTS_TOPIC = 'stock-alerts'
/** Valid quotes too late for their bar. */
export const LATE_TOPIC = 'stock-prices-late'
/** What could not be decoded. */
export const DEAD_LETTERS_TOPIC = 'stock-dead-letters'

/** Bars out of a source's history. */
export const HISTORY_BARS_TOPIC = 'stock-history-bars'
/** What is known of each trading day of that history. */
export const HISTORY_DAYS_TOPIC = 'stock-history-days'
/** Splits and dividends. */
export const CORPORATE_ACTIONS_TOPIC = 'stock-corporate-actions'

/** What every topic of bars is called before its interval. */
export const BARS_TOPIC_PREFIX = 'stock-bars-'

/** Where bars of that interval and their revisions go. */
export function barsTopic(barIntervalMs: number): `${typeof BARS_TOPIC_PREFIX}${string}` {
  return `${BARS_TOPIC_PREFIX}${intervalName(barIntervalMs)}`
}

/** What a backfill fills. Live data needs none of them, so a log from before they came is good enough for it. */
export const HISTORY_TOPICS = [HISTORY_BARS_TOPIC, HISTORY_DAYS_TOPIC, CORPORATE_ACTIONS_TOPIC] as const

/** What live data flows through on a platform with bars of that interval, in the order of the flow. */
export function liveTopicsOf(barIntervalMs: number) {
  return [PRICES_TOPIC, barsTopic(barIntervalMs), ALERTS_TOPIC, LATE_TOPIC, DEAD_LETTERS_TOPIC] as const
}

/** All topics of such a platform. */
export function topicsOf(barIntervalMs: number) {
  return [...liveTopicsOf(barIntervalMs), ...HISTORY_TOPICS] as const
}

export type Topic = ReturnType<typeof topicsOf>[number]

/** The topic of bars of the default interval, for tests and tools: services go by BAR_INTERVAL_MS. */
export const BARS_TOPIC = barsTopic(BAR_INTERVAL_DEFAULT_MS)

/** All topics with bars of the default interval, for tests and tools. */
export const TOPICS = topicsOf(BAR_INTERVAL_DEFAULT_MS)

/** Partitions of each topic unless TOPIC_PARTITIONS says otherwise: the unit of parallelism. */
export const PARTITIONS_DEFAULT = 6

/** A dead letter carries a whole record in base64, so its topic takes larger records than the others. */
const DEAD_LETTER_BYTES_MAX = 4 * 1024 * 1024

/** A topic as it is created. */
export interface TopicCreation {
  readonly topic: Topic
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

/** What the init job creates: the same number of partitions everywhere, stamped by the log on arrival. */
export function topicSpecs(partitions: number, topics: readonly Topic[] = TOPICS): readonly TopicCreation[] {
  return topics.map((topic) => ({
    topic,
    partitions,
    config: {
      'message.timestamp.type': 'LogAppendTime',
      ...(topic === DEAD_LETTERS_TOPIC ? { 'max.message.bytes': String(DEAD_LETTER_BYTES_MAX) } : {}),
    },
  }))
}
