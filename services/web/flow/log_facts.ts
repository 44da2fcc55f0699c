// What the log tells of the flow: the topics that are there, where they end, and how far the stream has come.

import type { Snapshot } from '#delta/snapshot'
import type { CommittedOffset, EventLog } from '#log/event_log'
import { PRICES_TOPIC } from '#market/topics'
import type { Offset } from '#runtime/units'
import { STREAM_GROUP } from '#services/stream/group'
import type { SampledTopic } from '#services/web/flow/end_samples'
import type { Waiting } from '#services/web/flow/waiting_records'
import { appIdOf } from '#services/writer/commit/txn_progress'

/** The log at one moment. */
export interface LogFacts {
  readonly clusterId: string
  /** Those that are there, by name. */
  readonly topics: ReadonlyMap<string, SampledTopic>
  /** By partition of stock-prices. */
  readonly stream: ReadonlyMap<number, CommittedOffset>
}

/** Asks the log. Throws LOG_ errors. */
export async function readLogFacts(log: EventLog, names: readonly string[]): Promise<LogFacts> {
  const [clusterId, infos] = await Promise.all([log.clusterId(), log.describeTopics(names)])
  const topics = await Promise.all(
    infos.map(async ({ topic, id }): Promise<SampledTopic> => ({ topic, id, ranges: await log.ranges(topic) })),
  )
  const isThere = infos.some(({ topic }) => topic === PRICES_TOPIC)
  const stream = isThere ? await committedNow(log) : new Map<number, CommittedOffset>()
  return { clusterId, topics: new Map(topics.map((topic) => [topic.topic, topic])), stream }
}

/** A lag is no judgement: it is shown at once, though a stream that died may have left something undecided. */
function committedNow(log: EventLog): Promise<ReadonlyMap<number, CommittedOffset>> {
  return log.committed(STREAM_GROUP, PRICES_TOPIC, { undecided: 'passed_over' })
}

/** Where the stream stands in stock-prices. */
export function streamPositions({ topics, stream }: LogFacts): readonly Waiting[] {
  return positionsIn(topics.get(PRICES_TOPIC), (partition) => stream.get(partition)?.offset)
}

/** Where a table stands in its topic: nowhere yet when it is not there. */
export function tablePositions(facts: LogFacts, topic: string, snapshot: Snapshot | undefined): readonly Waiting[] {
  const sampled = facts.topics.get(topic)
  return positionsIn(sampled, (partition) => {
    const appId = appIdOf({ clusterId: facts.clusterId, topic, topicId: sampled?.id ?? '', partition })
    const version = snapshot?.txns.get(appId)?.version
    return version === undefined ? undefined : (Number(version) as Offset)
  })
}

function positionsIn(
  topic: SampledTopic | undefined,
  nextOf: (partition: number) => Offset | undefined,
): readonly Waiting[] {
  return (topic?.ranges ?? []).map(({ topic: name, partition, start, end }) => {
    return { topic: name, partition, next: Math.max(start, nextOf(partition) ?? start) as Offset, end }
  })
}
