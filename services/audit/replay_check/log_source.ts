// Replay and comparison from the log's topics. The stream may be running meanwhile: its position before the reading
// says what must have been emitted, its position afterwards up to where to replay; the outputs that were read lie
// between.

import type { EventLog, PartitionRange } from '#log/event_log'
import { type PartitionPart, readParts, type TopicReading } from '#log/topic_reading'
import { isRedriveMark } from '#market/headers'
import { PRICES_TOPIC } from '#market/topics'
import { PlatformError } from '#runtime/errors'
import { MINUTE_MS, type Offset, offset } from '#runtime/units'
import { ColdStart } from '#services/audit/replay_check/cold_start'
import { EmittedOutputs } from '#services/audit/replay_check/emitted'
import { OUTPUT_KINDS, type OutputKind, outputTopics } from '#services/audit/replay_check/output'
import {
  newEvidence,
  PartitionCheck,
  type ReplayEvidence,
  type ReplayRequest,
} from '#services/audit/replay_check/partition_check'
import type { Trigger } from '#services/audit/replay_check/partition_replay'
import { STREAM_GROUP } from '#services/stream/group'
import { FORCED_CLOSINGS_MAX } from '#services/stream/limits'
import { decodeMetadata } from '#services/stream/partition/commit_metadata'
import type { ForcedClosing } from '#services/stream/partition/forced_closings'

/** How far a log's clock may be set back between a record and what it causes. */
const CLOCK_STEP_MS = MINUTE_MS

/** Where from. */
export interface LogSource {
  readonly log: EventLog
  readonly newId: () => string
  readonly signal: AbortSignal
}

/** Replays the partitions one after the other. Throws STOPPED. */
export async function checkFromLog(source: LogSource, request: ReplayRequest): Promise<ReplayEvidence> {
  const evidence = newEvidence()
  const ranges = await source.log.ranges(PRICES_TOPIC)
  const asked = ranges.filter(({ partition }) => request.partition === null || partition === request.partition)
  if (asked.length === 0) {
    throw new PlatformError('USAGE', `there is no partition ${request.partition}; ${PRICES_TOPIC} has ${ranges.length}`)
  }
  const [topic] = await source.log.describeTopics([PRICES_TOPIC])
  for (const range of asked) await checkPartition(source, { range, topicId: topic?.id, request, evidence })
  return evidence
}

async function checkPartition(
  source: LogSource,
  work: { range: PartitionRange; topicId: string | undefined; request: ReplayRequest; evidence: ReplayEvidence },
): Promise<void> {
  const { range, topicId, request, evidence } = work
  const { partition } = range
  const before = await positionOf(source, partition)
  if (before === null && range.start === range.end) return
  const left = whyNot(before, topicId)
  if (before === null || left !== null) {
    evidence.notes.push(`${PRICES_TOPIC}/${partition}: ${left}; not compared`)
    return
  }
  request.onProgress(`replay-check: partition ${partition}, reading what was emitted`)
  const emitted = await readEmitted(source, partition, request)
  const after = (await positionOf(source, partition)) ?? before
  const start = startOf(range, request)
  const plan = {
    partition,
    emitted,
    forcedClosings: after.forcedClosings ?? [],
    unknowns: {
      start,
      cold: start === 0 ? null : new ColdStart(request.settings),
      closingsKnownFrom: closingsKnownFrom(after),
      rekeyed: new Set<string>(),
      closingsUnknown: false,
      isEmitted: (trigger: Trigger) => isBefore(trigger, before),
      lagging: false,
    },
  }
  const check = new PartitionCheck(plan, request, evidence)
  const part = { topic: PRICES_TOPIC, partition, start, end: after.offset }
  await readAll(source, [part], (_at, record) => {
    check.take(record, request.settings.decoder.decode(record))
  })
  check.end(after.offset)
}

/** Why a partition cannot be compared at all; null when it can. */
function whyNot(position: StreamPosition | null, topicId: string | undefined): string | null {
  if (position === null) return 'the stream has committed nothing yet'
  if (position.topicId === null || position.topicId === topicId) return null
  return 'it was deleted and created again since the stream read it'
}

function startOf({ start }: PartitionRange, { stretch, warmUp }: ReplayRequest): Offset {
  return warmUp === null ? start : offset(Math.max(start, stretch.from - warmUp))
}

interface StreamPosition {
  readonly offset: Offset
  /** Null when the metadata is not understood, or does not say. */
  readonly topicId: string | null
  /** Null when the metadata is not understood. */
  readonly forcedClosings: readonly ForcedClosing[] | null
}

async function positionOf({ log, signal }: LogSource, partition: number): Promise<StreamPosition | null> {
  const wish = { partitions: [partition], signal }
  const committed = (await log.committed(STREAM_GROUP, PRICES_TOPIC, wish)).get(partition)
  if (committed === undefined) return null
  const { topicId, forcedClosings } = decodeMetadata(committed.metadata) ?? { topicId: null, forcedClosings: null }
  return { offset: committed.offset, topicId, forcedClosings }
}

/** When the list of forced closings is full, older ones may be gone. */
function closingsKnownFrom({ forcedClosings }: StreamPosition): number {
  if (forcedClosings === null) return Number.POSITIVE_INFINITY
  return forcedClosings.length < FORCED_CLOSINGS_MAX ? 0 : (forcedClosings[0]?.offset ?? 0)
}

/** Whether a trigger was committed at a position. At its very offset only the forced closings that it names are. */
function isBefore({ offset, forcedClosing }: Trigger, position: StreamPosition): boolean {
  if (offset !== position.offset || forcedClosing === null) return offset < position.offset
  return (position.forcedClosings ?? []).some(
    (each) => each.offset === offset && each.kind === forcedClosing.kind && each.clock === forcedClosing.clock,
  )
}

/** Outputs that the log took in earlier are not of the stretch: an output comes after the record that caused it. */
async function readEmitted(
  source: LogSource,
  partition: number,
  { settings, stretch }: ReplayRequest,
): Promise<EmittedOutputs> {
  const from = stretch.since - CLOCK_STEP_MS
  const emitted = new EmittedOutputs()
  const topics = outputTopics(settings.barIntervalMs)
  const kinds = new Map<string, OutputKind>(OUTPUT_KINDS.map((kind) => [topics[kind], kind]))
  const parts: PartitionPart[] = []
  for (const topic of kinds.keys()) {
    parts.push(...(await source.log.ranges(topic)).filter((range) => range.partition === partition))
  }
  await readAll(source, parts, ({ topic }, { timestamp, value, headers }) => {
    if (timestamp < from) return
    const kind = kinds.get(topic) as OutputKind
    if (kind === 'dead letters' && isRedriveMark(headers)) return
    emitted.add(kind, Buffer.from(value ?? []).toString('utf8'), timestamp)
  })
  return emitted
}

async function readAll(
  { log, newId, signal }: LogSource,
  parts: readonly PartitionPart[],
  take: TopicReading['take'],
): Promise<void> {
  if (await readParts(log, { parts, group: `replay-check-${newId()}`, signal, take })) return
  throw new PlatformError('STOPPED', 'the replay was stopped before its end; nothing is proved')
}
