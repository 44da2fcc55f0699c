// What must be known of a topic before records are sent to it: how many partitions it has and how large a batch it
// takes. Asked for once and believed for a while; a partition added later is used when the time is up.

import { messageOf, PlatformError } from '#runtime/errors'
import type { KafkaAdmin } from './admin.ts'
import type { KafkaClient } from './client.ts'
import { MESSAGE_BYTES_DEFAULT } from './limits.ts'

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

  /** The facts of each topic. Throws LOG_TOPIC_MISSING. */
  async of(topics: Iterable<string>): Promise<ReadonlyMap<string, TopicFacts>> {
    const found = new Map<string, TopicFacts>()
    const now = this.#client.clock.now()
    for (const topic of topics) {
      const known = this.#facts.get(topic)
      found.set(topic, known !== undefined && now < known.until ? known.facts : await this.#read(topic))
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

/** The failure of naming a topic that is not there. */
export function topicMissing(topic: string, brokers: readonly string[]): PlatformError {
  const message = `topic ${topic} does not exist at ${brokers.join(',')}; create it, \`tickerlake init\` does`
  return new PlatformError('LOG_TOPIC_MISSING', message, { fields: { topic, brokers: brokers.join(',') } })
}
