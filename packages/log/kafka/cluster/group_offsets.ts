// The offsets that a group has committed, those of transactions included that were committed before the question. A
// broker answers EndTxn before the offsets of the transaction are the group's; asked for stable offsets, it says of
// such a partition that it is undecided, and is asked again. kafkajs speaks OffsetFetch up to version 4 and cannot ask
// that, so version 7 is encoded and decoded here. Kafka has answered it since 2.5. Source: the Kafka protocol guide,
// OffsetFetchRequest and OffsetFetchResponse, version 7; KIP-447.

import type { CommittedOffset } from '#log/event_log'
import { PlatformError } from '#runtime/errors'
import { backoffMs } from '#runtime/retry'
import { type EpochMs, offset } from '#runtime/units'
import type { KafkaClient } from '../kafkajs/client.ts'
import { compactArray, compactString, type FlexibleReader, int32, NO_TAGS, sendFlexible } from './flexible_message.ts'
import type { RawCluster } from './raw_cluster.ts'

/** Whose offsets, and where. */
export interface GroupTopic {
  readonly group: string
  readonly topic: string
}

/** What is asked. */
export interface OffsetsQuestion extends GroupTopic {
  /** All unless given. */
  readonly partitions?: readonly number[] | undefined
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
}

/** What it takes to ask. */
export interface OffsetsSource {
  readonly client: Pick<KafkaClient, 'clock' | 'limits' | 'logger'>
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
 * The offsets by partition, each as soon as it is decided. Throws STOPPED, and LOG_FAILED, which is retryable, when one
 * is not decided in `undecidedMs`.
 */
export async function decidedOffsets(
  source: OffsetsSource,
  { group, topic, ...wish }: OffsetsQuestion,
): Promise<Map<number, CommittedOffset>> {
  const { clock, limits } = source.client
  const of = { group, topic }
  const wait = new UndecidedWait(source.client, of)
  const delays = { delayMinMs: limits.undecidedDelayMinMs, delayMaxMs: limits.undecidedDelayMaxMs }
  const committed = new Map<number, CommittedOffset>()
  let partitions = wish.partitions ?? null
  for (let attempt = 0; ; attempt++) {
    const asked: readonly number[] | null = partitions
    const found = await source.ask((cluster) => fetchOffsets(cluster, of, asked))
    for (const [partition, each] of found.committed) committed.set(partition, each)
    if (found.undecided.length === 0) return committed
    partitions = found.undecided
    wait.goOn(partitions)
    await clock.sleep(
      backoffMs(attempt, delays, () => 1),
      wish.signal,
    )
    if (wish.signal?.aborted) throw wait.stopped(partitions)
  }
}

/** How long a question has waited, and what is said of that. */
class UndecidedWait {
  readonly #client: OffsetsSource['client']
  readonly #of: GroupTopic
  readonly #since: EpochMs
  #isSaid = false

  constructor(client: OffsetsSource['client'], of: GroupTopic) {
    this.#client = client
    this.#of = of
    this.#since = client.clock.now()
  }

  /** Says once that it takes long. Throws LOG_FAILED when it has taken too long. */
  goOn(partitions: readonly number[]): void {
    const { clock, limits, logger } = this.#client
    const waitedMs = clock.now() - this.#since
    if (waitedMs >= limits.undecidedMs) {
      const message = `${this.#what(partitions)}, is not decided after ${limits.undecidedMs} ms`
      const advice = 'try again, and see the log of the broker if that does not help'
      throw new PlatformError('LOG_FAILED', `${message}; ${advice}`, { retryable: true, fields: { ...this.#of } })
    }
    if (this.#isSaid || waitedMs < limits.undecidedSaidMs) return
    this.#isSaid = true
    logger.warn({}, `waiting for ${this.#what(partitions)}, that the broker has not ended yet`)
  }

  stopped(partitions: readonly number[]): PlatformError {
    const message = `stopped while the broker had not ended ${this.#what(partitions)}; nothing was done`
    return new PlatformError('STOPPED', message, { fields: { ...this.#of } })
  }

  #what(partitions: readonly number[]): string {
    return `a transaction of group ${this.#of.group} in ${this.#of.topic}, partition ${partitions.join(', ')}`
  }
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
