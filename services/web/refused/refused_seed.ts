// What the tables hold of today's late quotes and dead letters: how many, the newest of each, and how far the tables
// have taken their topics in. All of one version of each table.

import { INGEST_TIME_COLUMN, type TableSpec, tableNamed } from '#lake/tables'
import type { ReadRow } from '#lake-sql/reader/lake_reader'
import type { EventLog } from '#log/event_log'
import { partitionName } from '#log/topic_partition'
import type { ObjectStore } from '#object-store/object_store'
import type { Clock } from '#runtime/clock'
import { messageOf } from '#runtime/errors'
import type { Logger } from '#runtime/logger'
import type { EpochMs, Offset } from '#runtime/units'
import type { DeadLettersOfReason, LateQuotesState } from '#services/web/api'
import { instantSql, timeFrom } from '#services/web/history/conditions'
import type { HistoryTables } from '#services/web/history/history_tables'
import { PinnedTable, takenBy } from '#services/web/history/pinned_table'
import type { LiveHistory } from '#services/web/live/seam'
import { shownText, valueText } from '#services/web/refused/refused_records'
import { dayOf, type RefusedSeed, type RefusedToday } from '#services/web/refused/refused_today'

/** What it is asked of. */
export interface RefusedSeedParts {
  readonly lake: ObjectStore
  readonly log: Pick<EventLog, 'describeTopics'>
  readonly tables: Pick<HistoryTables, 'read'>
  readonly clock: Clock
}

/** The same history, which gives what was refused its beginning too; without that the topics alone tell of it. */
export function withRefusedSeed(
  history: Pick<LiveHistory, 'seeds'>,
  refused: RefusedToday,
  parts: RefusedSeedParts & { readonly logger: Logger },
): Pick<LiveHistory, 'seeds'> {
  const seedRefused = async (signal: AbortSignal) => {
    try {
      refused.seed(await refusedSeed(parts, dayOf(parts.clock.now()), signal))
    } catch (error) {
      const reason = messageOf(error)
      if (!signal.aborted) parts.logger.warn({ reason }, 'the tables do not say what was refused today')
    }
  }
  return {
    async seeds(since, signal) {
      const [seeds] = await Promise.all([history.seeds(since, signal), seedRefused(signal)])
      return seeds
    },
  }
}

/** Reads the tables. `day`: when today began. Throws what the store, the tables and the log throw. */
export async function refusedSeed(parts: RefusedSeedParts, day: EpochMs, signal: AbortSignal): Promise<RefusedSeed> {
  const [late, dead] = await Promise.all([
    readToday(parts, { name: 'late_quotes', sql: lateSql(day), day }, signal),
    readToday(parts, { name: 'dead_letters', sql: deadSql(day), day }, signal),
  ])
  return {
    day,
    lateQuotes: late.rows.map(lateOf)[0] ?? { count: 0, example: null },
    deadLetters: dead.rows.map(reasonOf),
    next: new Map([...late.next, ...dead.next]),
  }
}

interface Today {
  readonly rows: readonly ReadRow[]
  readonly next: ReadonlyMap<string, Offset>
}

async function readToday(
  { lake, log, tables, clock }: RefusedSeedParts,
  { name, sql, day }: { readonly name: string; readonly sql: string; readonly day: EpochMs },
  signal: AbortSignal,
): Promise<Today> {
  const spec = tableNamed(name) as TableSpec
  const table = new PinnedTable({ lake, spec, clock })
  const snapshot = await table.version(0)
  // Rows of today may be of any date: quotes come late by days.
  const conditions = [timeFrom(INGEST_TIME_COLUMN, day)]
  const rows = await tables.read(sql, [{ table, snapshot, conditions }], signal)
  const taken = takenBy(snapshot, spec.topic)
  const [topic] = await log.describeTopics([spec.topic])
  // Of a topic that was made anew the table has nothing yet.
  const next = taken === null || taken.topicId !== topic?.id ? [] : taken.next
  return { rows, next: new Map(next.map((at, partition) => [partitionName({ topic: spec.topic, partition }), at])) }
}

function lateSql(day: EpochMs): string {
  return `SELECT count::DOUBLE, newest.symbol, newest.price, epoch_ms(newest.event_time)::DOUBLE,
    newest.late_by_ms::DOUBLE
    FROM (
      SELECT count(*) AS count, arg_max(
        {symbol: symbol, price: price, event_time: event_time, late_by_ms: late_by_ms},
        row(ingest_time, source_offset)
      ) AS newest
      FROM late_quotes WHERE ingest_time >= ${instantSql(day)}
    )`
}

function lateOf(row: ReadRow): LateQuotesState {
  const [count, symbol, price, eventTime, lateByMs] = row
  if (count === 0) return { count: 0, example: null }
  const example = { symbol: shownText(symbol as string), price: price as number, eventTime: eventTime as EpochMs }
  return { count: count as number, example: { ...example, lateByMs: lateByMs as number } }
}

function deadSql(day: EpochMs): string {
  return `SELECT reason, count::DOUBLE, newest.detail, to_base64(newest.value), epoch_ms(newest.ingest_time)::DOUBLE,
    newest.origin_topic, newest.origin_partition::DOUBLE, newest.origin_offset::DOUBLE
    FROM (
      SELECT reason, count(*) AS count, arg_max(
        {detail: detail, value: value, ingest_time: ingest_time, origin_topic: origin_topic,
         origin_partition: origin_partition, origin_offset: origin_offset},
        row(ingest_time, source_offset)
      ) AS newest
      FROM dead_letters WHERE ingest_time >= ${instantSql(day)} GROUP BY reason
    )`
}

function reasonOf(row: ReadRow): DeadLettersOfReason {
  const [reason, count, detail, value, ingestTime, topic, partition, offset] = row
  return {
    reason: shownText(reason as string),
    count: count as number,
    example: {
      detail: shownText(detail as string),
      value: value === null ? null : valueText(Buffer.from(value as string, 'base64')),
      ingestTime: ingestTime as EpochMs,
      topic: shownText(topic as string),
      partition: partition as number,
      offset: offset as number,
    },
  }
}
