// Record batches of our own making on their way through kafkajs, which would make an object and several buffers of each
// record. It asks its list of messages for two things only, so a list of batches can stand in for it. Source:
// kafkajs/src/producer/{messageProducer,groupMessagesPerPartition,createTopicData,sendMessages}.js, version 2.2.4.

import type { Message, TopicMessages } from 'kafkajs'
import type { EncodedBatch } from '../record_batch/encode_batch.ts'

/** The records of one partition in one request, in the place of kafkajs's list of its messages. */
export class SentBatch {
  readonly partition: number
  readonly bytes: Uint8Array
  /** See EncodedBatch. */
  readonly release: () => void
  /** A broker has acknowledged it: it is not sent again. */
  isAcknowledged = false
  readonly #recordCount: number
  /** As it was first sent. */
  #numbering: Numbering | null = null

  constructor(partition: number, { bytes, recordCount, release }: EncodedBatch) {
    this.partition = partition
    this.bytes = bytes
    this.release = release
    this.#recordCount = recordCount
  }

  /**
   * Records that have no number yet. kafkajs moves the partition's sequence number on by the length of the list with
   * every try, and back with every failure; here it moves once.
   */
  get length(): number {
    return this.#numbering === null ? this.#recordCount : 0
  }

  /** The number of its first record: that of the first try, whatever is given to later ones. */
  firstSequenceOf(given: Numbering): number {
    this.#numbering ??= given
    const { producerId, producerEpoch, firstSequence } = this.#numbering
    if (producerId === given.producerId && producerEpoch === given.producerEpoch) return firstSequence
    throw new Error(`a batch of partition ${this.partition} is of another producer, by which it may have been sent`)
  }
}

/** Who sends records to a partition, and the number of the first among all that it sends there. */
export interface Numbering {
  readonly producerId: string
  readonly producerEpoch: number
  readonly firstSequence: number
}

/** The batches of one topic in one request, at most one a partition. */
export interface TopicBatches {
  readonly topic: string
  readonly batches: readonly SentBatch[]
}

type ByPartition = Record<number, SentBatch>

/** Stands for the messages of one topic. */
class BatchList {
  readonly #batches: readonly SentBatch[]

  constructor(batches: readonly SentBatch[]) {
    this.#batches = batches
  }

  /** kafkajs looks for a message without a value. */
  find(): undefined {}

  /**
   * kafkajs puts each message into a list of its partition, before every try. Here the batch is that list; `group` is
   * called all the same, since it asks the partitioner, which ends the tries of a producer that was given up.
   */
  reduce(group: (found: object, batch: SentBatch) => object, into: ByPartition): ByPartition {
    for (const batch of this.#batches) {
      group({}, batch)
      if (!batch.isAcknowledged) into[batch.partition] = batch
    }
    return into
  }
}

/** To be called when all brokers have acknowledged the request: kafkajs asks for none of its batches any more. */
export function releaseBatches(request: readonly TopicBatches[]): void {
  for (const { batches } of request) for (const batch of batches) batch.release()
}

/** A request as kafkajs takes it. Each topic may be there once only. */
export function topicMessagesOf(request: readonly TopicBatches[]): TopicMessages[] {
  return request.map(({ topic, batches }) => ({ topic, messages: new BatchList(batches) as unknown as Message[] }))
}

/** A produce request, as far as it matters here. */
export interface ProducedBatches extends Omit<Numbering, 'firstSequence'> {
  readonly topicData: readonly { readonly partitions: readonly ProducedPartition[] }[]
}

type ProducedPartition = Pick<Numbering, 'firstSequence'> & { readonly messages: object }

/** kafkajs's broker, as far as it is changed. */
export interface ProducingBroker {
  produce(given: ProducedBatches): Promise<object>
}

/**
 * Has brokers send no batch that was acknowledged, and each one under the same numbers in every try. When a broker
 * fails, kafkajs begins a second try while others have not answered yet, and gives it the numbers that come next. The
 * broker would take it for more records, and so would one that leads the partition by then; the same numbers it knows.
 * Source: kafkajs/src/producer/sendMessages.js, version 2.2.4; KIP-98, "Idempotent Producer Guarantees".
 */
export function sendOnce({ prototype: broker }: { readonly prototype: ProducingBroker }): void {
  const { produce } = broker
  broker.produce = async function (given) {
    const topicData = given.topicData.map((topic) => ({ ...topic, partitions: numbered(topic.partitions, given) }))
    if (topicData.every(({ partitions }) => partitions.length === 0)) return { topics: [] }
    const answer = await produce.call(this, { ...given, topicData })
    for (const { messages } of topicData.flatMap(({ partitions }) => partitions)) {
      if (messages instanceof SentBatch) messages.isAcknowledged = true
    }
    return answer
  }
}

/** The partitions that are yet to be sent. */
function numbered(partitions: readonly ProducedPartition[], { producerId, producerEpoch }: ProducedBatches) {
  return partitions.filter(isToBeSent).map((partition) => {
    const { messages, firstSequence } = partition
    if (!(messages instanceof SentBatch)) return partition
    return { ...partition, firstSequence: messages.firstSequenceOf({ producerId, producerEpoch, firstSequence }) }
  })
}

function isToBeSent({ messages }: ProducedPartition): boolean {
  return !(messages instanceof SentBatch && messages.isAcknowledged)
}
