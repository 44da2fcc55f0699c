// Record batches of our own making on their way through kafkajs, which would make an object and several buffers of each
// record. It asks its list of messages for two things only, so a list of batches can stand in for it. Source:
// kafkajs/src/producer/{messageProducer,groupMessagesPerPartition,createTopicData,sendMessages}.js, version 2.2.4.

import type { Message, TopicMessages } from 'kafkajs'
import type { EncodedBatch } from '../record_batch/encode_batch.ts'

/** The records of one partition in one request, in the place of kafkajs's list of its messages. */
export class SentBatch {
  readonly partition: number
  readonly bytes: Uint8Array
  /** Its records: kafkajs moves the partition's sequence number on by the length of the list. */
  readonly length: number
  /** See EncodedBatch. */
  readonly release: () => void

  constructor(partition: number, { bytes, recordCount, release }: EncodedBatch) {
    this.partition = partition
    this.bytes = bytes
    this.length = recordCount
    this.release = release
  }
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
      into[batch.partition] = batch
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
