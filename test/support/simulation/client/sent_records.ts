// What a simulated broker finds in a batch that was sent: the bytes as they go over the wire, read back.

import { encodeProduce } from '#log/kafka/kafkajs/produce_request'
import type { SentBatch } from '#log/kafka/kafkajs/sent_batches'
import { decodeFetched } from '#log/kafka/record_batch/decode_fetched'
import type { ProducerEpoch, SimulatedRecord } from '../cluster/partition_log.ts'

/** A batch on its way. */
interface Sending extends ProducerEpoch {
  readonly transactionalId: string
  readonly batch: SentBatch
  readonly sequence: number
}

/** The records of a batch. Throws DamagedBatch when a broker would refuse it. */
export function recordsSent({ transactionalId, producerId, epoch, batch, sequence }: Sending): SimulatedRecord[] {
  const partitions = [{ partition: batch.partition, firstSequence: sequence, messages: batch }]
  const producer = { transactionalId, producerId: String(producerId), producerEpoch: epoch }
  const request = encodeProduce({ ...producer, acks: -1, timeout: 0, topicData: [{ topic: '', partitions }] }, 0).buffer
  // The only batch is the last part of the request.
  const bytes = request.subarray(request.length - batch.bytes.length)
  const { columns } = decodeFetched({ bytes, from: 0, aborted: [] })
  return Array.from({ length: columns.count }, (_, row) => {
    const { key, value, headers } = columns.recordAt(row)
    const named = Object.entries(headers ?? {}).map(([name, content]) => [name, Buffer.from(content)])
    return {
      key: key && Buffer.from(key),
      value: value && Buffer.from(value),
      ...(headers && { headers: Object.fromEntries(named) }),
    }
  })
}
