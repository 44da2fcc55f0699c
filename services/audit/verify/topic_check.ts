// The topics against the tables: every record below the offset that a table wants next stands in it, or, of
// stock-prices, in exactly one of stocks and dead_letters, or is a re-keyed copy of one that does; and no row stands
// for a record that is not in the log. A few bits of memory a record.

import type { Snapshot } from '#delta/snapshot'
import { emptyRow } from '#lake/record_to_row'
import type { TableSpec } from '#lake/tables'
import type { EventLog, LogRecord, PartitionRange, TopicPartition } from '#log/event_log'
import { PartitionOffsets } from '#log/offset_set'
import { partitionName } from '#log/topic_partition'
import { type PartitionPart, readParts, type TopicReading } from '#log/topic_reading'
import { refusedPlace } from '#market/dead_letter'
import { isRedriveMark, originOf, type RecordPlace } from '#market/headers'
import { DEAD_LETTERS_TOPIC, PRICES_TOPIC } from '#market/topics'
import { PlatformError } from '#runtime/errors'
import { type EpochMs, type Offset, offset } from '#runtime/units'
import type { Findings } from '#services/audit/verify/findings'
import { currentProgress, progressOf } from '#services/audit/verify/progress'
import { STREAM_GROUP } from '#services/stream/group'
import { appIdOf } from '#services/writer/commit/txn_progress'
import { StagedRows } from '#services/writer/staging/staged_rows'

/** A table whose rows were read. */
export interface CheckedTable {
  readonly spec: TableSpec
  readonly snapshot: Snapshot
  readonly offsets: PartitionOffsets
  readonly findings: Findings
}

/** What the log is compared with. */
export interface TopicsToCheck {
  readonly tables: readonly CheckedTable[]
  /** Where the rows of dead_letters come from in stock-prices. */
  readonly origins: PartitionOffsets
  /** A name that no other consumer group has. */
  readonly group: string
  readonly signal: AbortSignal
}

/** What was read of a topic. */
export interface TopicCount {
  readonly topic: string
  readonly records: number
  /** Re-keyed copies, which are in no table. */
  readonly copies: number
  /** Refused records whose dead letter is not in its table yet. */
  readonly underway: number
  /** Records that say which dead letters were redriven; they are no letters. */
  readonly marks: number
  /** Records of a derived topic that no version of us wrote; the writer counts and skips them. */
  readonly unreadable: number
}

/** Compares the topics with the tables; findings go to the tables. */
export async function checkTopics(log: EventLog, check: TopicsToCheck): Promise<readonly TopicCount[]> {
  // The stream's position comes before the reading of the dead letters: what it has refused by now is then among them.
  const judged = await log.committed(STREAM_GROUP, PRICES_TOPIC, { signal: check.signal })
  const plan = await readingPlan(log, check.tables)
  const underway = await deadLettersUnderway(log, check, plan)
  const checkers = new Map<string, TopicChecker>()
  for (const table of check.tables) {
    const others = { origins: check.origins, underway, judged: (p: number) => judged.get(p)?.offset ?? offset(0) }
    const isPrices = table.spec.topic === PRICES_TOPIC
    checkers.set(table.spec.topic, isPrices ? pricesChecker(table, { ...others, plan }) : derivedChecker(table))
  }
  const parts = plan.filter((part) => checkers.has(part.topic))
  const seen = new Map([...checkers.keys()].map((topic) => [topic, new PartitionOffsets()]))
  await readAll(log, {
    parts,
    group: `${check.group}-records`,
    signal: check.signal,
    take(at, record) {
      seen.get(at.topic)?.of(at.partition).add(record.offset)
      checkers.get(at.topic)?.take(at, record)
    },
  })
  for (const table of check.tables) {
    for (const part of parts) {
      if (part.topic === table.spec.topic) rowsWithoutRecord(table, { part, seen: seen.get(part.topic) })
    }
  }
  return [...checkers.values()].map((checker) => checker.count())
}

async function readAll(log: EventLog, reading: TopicReading): Promise<void> {
  if (await readParts(log, reading)) return
  throw new PlatformError('VERIFY_FAILED', 'the verification was stopped before its end; nothing is proved')
}

/** What can be compared: from where the log begins to where the table got. */
async function readingPlan(log: EventLog, tables: readonly CheckedTable[]): Promise<readonly PartitionPart[]> {
  const clusterId = await log.clusterId()
  const topics = await log.describeTopics(tables.map((table) => table.spec.topic))
  const parts: PartitionPart[] = []
  for (const table of tables) {
    const { topic } = table.spec
    const info = topics.find((each) => each.topic === topic)
    if (info === undefined) {
      table.findings.note(`the log has no topic ${topic}: nothing to compare with`)
      continue
    }
    for (const range of await log.ranges(topic)) {
      const appId = appIdOf({ clusterId, topic, topicId: info.id, partition: range.partition })
      const part = comparablePart(table, range, appId)
      if (part !== undefined) parts.push(part)
    }
  }
  return parts
}

function comparablePart(table: CheckedTable, range: PartitionRange, appId: string): PartitionPart | undefined {
  const { topic, partition, start, end } = range
  const where = partitionName(range)
  const progress = currentProgress(progressOf(table.snapshot, topic).get(partition), appId)
  if (progress.kind === 'other_lives') {
    table.findings.note(`${where}: the table has rows of another life of the topic; not compared with the log`)
  }
  if (progress.kind !== 'known') return undefined
  if (progress.next > end) {
    table.findings.add(`${where}: the log ends at ${end}, but the table has got to ${progress.next}: records are lost`)
  }
  if (start > 0) table.findings.note(`${where}: the log begins at ${start}; what was before it is not compared`)
  return { topic, partition, start, end: Math.min(progress.next, end) as Offset }
}

/** The origins of the dead letters that are in the log and not in their table yet. */
async function deadLettersUnderway(
  log: EventLog,
  check: TopicsToCheck,
  plan: readonly PartitionPart[],
): Promise<PartitionOffsets> {
  const origins = new PartitionOffsets()
  const topics = await log.describeTopics([DEAD_LETTERS_TOPIC])
  const ranges = topics.length === 0 ? [] : await log.ranges(DEAD_LETTERS_TOPIC)
  const parts = ranges.map((range) => {
    const landed = plan.find((part) => part.topic === DEAD_LETTERS_TOPIC && part.partition === range.partition)
    return { ...range, start: landed === undefined ? range.start : landed.end }
  })
  const take = (_at: TopicPartition, { value }: LogRecord) => {
    const place = refusedPlace(value)
    if (place?.topic === PRICES_TOPIC) origins.of(place.partition).add(place.offset)
  }
  await readAll(log, { parts, group: `${check.group}-letters`, signal: check.signal, take })
  return origins
}

interface TopicChecker {
  take(at: TopicPartition, record: LogRecord): void
  count(): TopicCount
}

interface PricesContext {
  readonly origins: PartitionOffsets
  readonly underway: PartitionOffsets
  /** Up to where the stream has decided what is a dead letter. */
  readonly judged: (partition: number) => Offset
  readonly plan: readonly PartitionPart[]
}

function pricesChecker({ offsets, findings }: CheckedTable, context: PricesContext): TopicChecker {
  const { origins, underway, judged, plan } = context
  const ends = new Map(plan.filter((part) => part.topic === PRICES_TOPIC).map((part) => [part.partition, part.end]))
  const counts = { records: 0, copies: 0, underway: 0 }
  return {
    take({ partition }, record) {
      const at = record.offset
      counts.records++
      const where = `${PRICES_TOPIC}/${partition}/${at}`
      const [landed, dead] = [offsets.of(partition).has(at), origins.of(partition).has(at)]
      const origin = originOf(record, partition)
      if (origin !== null) {
        counts.copies++
        const wrong = dead ? undefined : copyWithoutOriginal(origin, { offsets, ends })
        if (landed) findings.add(`${where} is a re-keyed copy, and stands in stocks beside its original`)
        if (wrong !== undefined) findings.add(`${where} is ${wrong}`)
      } else if (landed && dead) findings.add(`${where} stands in stocks and in dead_letters`)
      else if (!landed && !dead) {
        if (underway.of(partition).has(at) || at >= judged(partition)) counts.underway++
        else findings.add(`${where} stands neither in stocks nor in dead_letters`)
      }
    },
    count: () => ({ topic: PRICES_TOPIC, ...counts, marks: 0, unreadable: 0 }),
  }
}

/** What is wrong with a copy by its origin; undefined when that is landed, or beyond what is compared. */
function copyWithoutOriginal(
  { partition, offset: at }: RecordPlace,
  { offsets, ends }: { offsets: PartitionOffsets; ends: ReadonlyMap<number, Offset> },
): string | undefined {
  const end = ends.get(partition)
  if (end !== undefined && at >= end) return undefined
  return offsets.of(partition).has(at) ? undefined : `a re-keyed copy of ${partition}/${at}, which is not in stocks`
}

function derivedChecker(table: CheckedTable): TopicChecker {
  const { spec, offsets, findings } = table
  let [records, marks, unreadable] = [0, 0, 0]
  return {
    take({ partition }, record) {
      records++
      if (offsets.of(partition).has(record.offset)) return
      if (isReadable(spec, { partition, record })) {
        findings.add(`${spec.topic}/${partition}/${record.offset} is not in the table`)
      } else if (spec.topic === DEAD_LETTERS_TOPIC && isRedriveMark(record.headers)) marks++
      else unreadable++
    },
    count: () => ({ topic: spec.topic, records, copies: 0, underway: 0, marks, unreadable }),
  }
}

/** Whether the writer would make a row of it: asked of the writer's own code. */
function isReadable(spec: TableSpec, { partition, record }: { partition: number; record: LogRecord }): boolean {
  const row = emptyRow()
  row.record = record
  row.partition = partition
  row.processingTime = 0 as EpochMs
  return spec.read(row) === 'row' && new StagedRows(spec).add(row, 0) !== null
}

function rowsWithoutRecord(
  { spec, offsets, findings }: CheckedTable,
  { part, seen }: { part: PartitionPart; seen: PartitionOffsets | undefined },
): void {
  if (seen === undefined) return
  const { partition, start, end } = part
  for (const at of offsets.of(partition).without(seen.of(partition), { from: start, to: end })) {
    findings.add(`${spec.topic}/${partition}/${at} is a row of the table, but the log has no such record`)
  }
}
