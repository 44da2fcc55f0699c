// The offsets that a group has committed, those of transactions included that were committed before the question. A
// broker answers EndTxn before the offsets of the transaction are the group's; asked for stable offsets, it says of
// such a partition that it is undecided, and is asked again. kafkajs speaks OffsetFetch up to version 4 and cannot ask
// that, so version 7 is encoded and decoded here. Kafka has answered it since 2.5. Source: the Kafka protocol guide,
// OffsetFetchRequest and OffsetFetchResponse, version 7; KIP-447.

import type { CommittedOffset } from '#log/event_log'
import { PlatformError } from '#runtime/errors'
import { backoffMs } from '#runtime/retry'
import { offset } from '#runtime/units'
import type { KafkaClient } from '../kafkajs/client.ts'
import { compactArray, compactString, type FlexibleReader, int32, NO_TAGS, sendFlexible } from './flexible_message.ts'
import type { RawCluster } from './raw_cluster.ts'

/** Whose offsets, and where. */
export interface GroupTopic {
  readonly group: string
  readonly topic: string
}

/** What it takes to ask. */
export interface OffsetsSource {
  readonly client: Pick<KafkaClient, 'clock' | 'limits'>
  /** Asks once, with the patience for what may pass. */
  ask(question: (cluster: RawCluster) => Promise<Found>): Promise<Found>
}

interface Found {
  readonly committed: ReadonlyMap<number, CommittedOffset>
  /** Partitions of which a transaction is under way. */
  readonly undecided: readonly number[]
}

const API = { apiKey: 9, apiVersion: 7, apiName: 'OffsetFetch' }
const REQUIRE_STABLE = 1
const UNSTABLE_OFFSET_COMMIT = 88
/** Of the topic, and of the group. */
const RIGHTS_ERRORS = [29, 30]
/** The coordinator loads the group, there is none, or it is another by now. */
const PASSING_ERRORS = [14, 15, 16]

/**
 * The offsets by partition, each as soon as it is decided. Throws LOG_FAILED, which is retryable, when one is not in
 * `undecidedMs`.
 */
export async function decidedOffsets(source: OffsetsSource, of: GroupTopic): Promise<Map<number, CommittedOffset>> {
  const { clock, limits } = source.client
  const deadline = clock.now() + limits.undecidedMs
  const policy = { attemptsMax: 0, delayMinMs: limits.undecidedDelayMinMs, delayMaxMs: limits.undecidedDelayMaxMs }
  const committed = new Map<number, CommittedOffset>()
  let partitions: readonly number[] | null = null
  for (let attempt = 0; ; attempt++) {
    const asked: readonly number[] | null = partitions
    const found = await source.ask((cluster) => fetchOffsets(cluster, of, asked))
    for (const [partition, each] of found.committed) committed.set(partition, each)
    if (found.undecided.length === 0) return committed
    if (clock.now() >= deadline) throw undecidedError(of, { partitions: found.undecided, ms: limits.undecidedMs })
    await clock.sleep(backoffMs(attempt, policy, () => 1))
    partitions = found.undecided
  }
}

function undecidedError(
  { group, topic }: GroupTopic,
  { partitions, ms }: { partitions: readonly number[]; ms: number },
) {
  const what = `a transaction of group ${group} in ${topic}, partition ${partitions.join(', ')}, is not decided`
  const message = `${what} after ${ms} ms; try again, and see the log of the broker if that does not help`
  return new PlatformError('LOG_FAILED', message, { retryable: true, fields: { group, topic } })
}

/** Asks for these partitions, or for all. */
async function fetchOffsets(
  cluster: RawCluster,
  { group, topic }: GroupTopic,
  partitions: readonly number[] | null,
): Promise<Found> {
  await cluster.addMultipleTargetTopics([topic])
  await cluster.refreshMetadataIfNecessary()
  const wanted = partitions ?? cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
  const coordinator = await cluster.findGroupCoordinator({ groupId: group })
  const request = encodeRequest({ group, topic }, wanted)
  const answer = await sendFlexible(coordinator, API, { request, read: readResponse })
  refuseError(answer.error, { group, topic })
  const committed = new Map<number, CommittedOffset>()
  const undecided: number[] = []
  for (const { partition, at, metadata, error } of answer.partitions) {
    if (error === UNSTABLE_OFFSET_COMMIT) undecided.push(partition)
    else {
      refuseError(error, { group, topic })
      if (at >= 0) committed.set(partition, { offset: offset(at), metadata })
    }
  }
  return { committed, undecided }
}

function refuseError(error: number, { group, topic }: GroupTopic): void {
  if (error === 0) return
  const what = `Kafka says error ${error} of the offsets of group ${group} in ${topic}`
  if (RIGHTS_ERRORS.includes(error)) {
    const advice = 'the user lacks the right; have the access lists of the cluster changed'
    throw new PlatformError('LOG_AUTH_FAILED', `${what}; ${advice}`)
  }
  const retryable = PASSING_ERRORS.includes(error)
  throw new PlatformError('LOG_FAILED', `${what}; see the protocol's error codes`, { retryable })
}

function encodeRequest({ group, topic }: GroupTopic, partitions: readonly number[]): Buffer {
  return Buffer.concat([
    compactString(group),
    compactArray([topic], (name) => [compactString(name), compactArray(partitions, (each) => [int32(each)]), NO_TAGS]),
    Buffer.from([REQUIRE_STABLE]),
    NO_TAGS,
  ])
}

function readResponse(reader: FlexibleReader) {
  reader.int32()
  const topics = reader.array(() => readTopic(reader))
  return { partitions: topics.flat(), error: reader.int16() }
}

function readTopic(reader: FlexibleReader) {
  reader.string()
  const partitions = reader.array(() => {
    const partition = reader.int32()
    const at = reader.int64()
    reader.int32()
    const metadata = reader.string() ?? ''
    const error = reader.int16()
    reader.tags()
    return { partition, at, metadata, error }
  })
  reader.tags()
  return partitions
}
