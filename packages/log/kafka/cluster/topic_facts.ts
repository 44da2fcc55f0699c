// What must be known of a topic before records are sent to it: how many partitions it has and how large a batch it
// takes. Asked for once and believed for a while; a partition added later is used when the time is up.

import type { NewRecord } from '#log/event_log'
import { messageOf, PlatformError } from '#runtime/errors'
import type { KafkaClient } from '../kafkajs/client.ts'
import { MESSAGE_BYTES_DEFAULT } from '../limits.ts'
import type { KafkaAdmin } from './admin.ts'

/** The facts of one topic. */
export interface TopicFacts {
  readonly partitions: number
  /** The largest batch, so also the largest record, in bytes. */
  readonly batchBytesMax: number
}

/** Finds and remembers facts. */
export class TopicFactsCache {
  readonly #client: KafkaClient
  readonly #admin: KafkaAdmin
  readonly #facts = new Map<string, { readonly facts: TopicFacts; readonly until: number }>()

  constructor(client: KafkaClient, admin: KafkaAdmin) {
    this.#client = client
    this.#admin = admin
  }

  /**
   * The facts of each topic that the records are for. What is known of fewer partitions than a record names is asked
   * anew: partitions may have been added. Throws LOG_TOPIC_MISSING.
   */
  async of(records: Iterable<Pick<NewRecord, 'topic' | 'partition'>>): Promise<ReadonlyMap<string, TopicFacts>> {
    const found = new Map<string, TopicFacts>()
    const now = this.#client.clock.now()
    for (const [topic, highest] of highestPartitions(records)) {
      const known = this.#facts.get(topic)
      const isGood = known !== undefined && now < known.until && highest < known.facts.partitions
      found.set(topic, isGood ? known.facts : await this.#read(topic))
    }
    return found
  }

  /** Asks anew the next time: something sent on the ground of them failed. */
  forget(): void {
    this.#facts.clear()
  }

  async #read(topic: string): Promise<TopicFacts> {
    const [found] = await this.#admin.topics([topic])
    if (found === undefined) throw topicMissing(topic, this.#client.brokers)
    const facts = { partitions: found.partitions, batchBytesMax: await this.#batchBytesMax(topic) }
    this.#facts.set(topic, { facts, until: this.#client.clock.now() + this.#client.limits.topicFactsMs })
    return facts
  }

  async #batchBytesMax(topic: string): Promise<number> {
    try {
      return await this.#admin.messageBytesMax(topic)
    } catch (error) {
      this.#client.logger.debug({ topic, reason: messageOf(error) }, 'the size limit of a topic cannot be read')
      return MESSAGE_BYTES_DEFAULT
    }
  }
}

function highestPartitions(records: Iterable<Pick<NewRecord, 'topic' | 'partition'>>): ReadonlyMap<string, number> {
  const highest = new Map<string, number>()
  for (const { topic, partition = 0 } of records) highest.set(topic, Math.max(highest.get(topic) ?? 0, partition))
  return highest
}

/** The failure of naming a topic that is not there. */
export function topicMissing(topic: string, brokers: readonly string[]): PlatformError {
  const message = `topic ${topic} does not exist at ${brokers.join(',')}; create it, \`tickerlake init\` does`
  return new PlatformError('LOG_TOPIC_MISSING', message, { fields: { topic, brokers: brokers.join(',') } })
}
