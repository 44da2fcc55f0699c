// Replay and comparison from the tables: stocks by its offsets, against alerts, late_quotes and the bars of
// BAR_INTERVAL_MS. Three things the tables do not have. Re-keyed copies: a quote that was re-keyed moves the clock of
// the partition where it came first, as it did then, and the outputs of its symbol are not compared. Forced closings:
// bars that a bounded run's end or a quiet partition brought about are not compared where they differ. Refused records:
// they move nothing, and dead letters are not compared.

import { loadSnapshot } from '#delta/snapshot'
import { findTables } from '#lake/found_tables'
import { lakeTables } from '#lake/lake_tables'
import { queryTables } from '#lake/query_rows'
import { type RecordReader, recordReader, type StoredRecord } from '#lake/row_to_record'
import { BARS_TABLE_PREFIX, barsTableName, liveTablesOf, schemaOf, tableOf } from '#lake/tables'
import { type NamedTable, noTables } from '#lake-sql/lake_source'
import type { ResultRow } from '#lake-sql/result'
import { type Alert, encodeAlert } from '#market/alert'
import { type Bar, encodeBar } from '#market/bar'
import type { Decoded, Rejected } from '#market/decoding/decoder'
import { REPLAYED_HEADERS } from '#market/headers'
import { encodeLateQuote, type LateQuote } from '#market/late_quote'
import type { Quote } from '#market/quote'
import { PRICES_TOPIC, type Topic } from '#market/topics'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import type { AuditContext } from '#services/audit/audit_context'
import { ColdStart } from '#services/audit/replay_check/cold_start'
import { EmittedOutputs } from '#services/audit/replay_check/emitted'
import { type OutputKind, outputTopics } from '#services/audit/replay_check/output'
import {
  newEvidence,
  PartitionCheck,
  type ReplayEvidence,
  type ReplayRequest,
} from '#services/audit/replay_check/partition_check'
import type { Trigger } from '#services/audit/replay_check/partition_replay'

/** The tables at one moment. */
interface TableSource {
  readonly context: AuditContext
  readonly lake: string
  readonly tables: readonly NamedTable[]
  readonly barIntervalMs: number
}

/** What is known of the quotes' places before anything is replayed. */
interface Places {
  /** First offset by partition, and whether all before it is explained by dead letters. */
  readonly starts: Map<number, { readonly start: number; readonly whole: boolean }>
  readonly home: Map<string, number>
  readonly rekeyed: Set<string>
}

/** Replays the partitions one after the other. Throws TABLE_NOT_FOUND, STOPPED. */
export async function checkFromTables(context: AuditContext, request: ReplayRequest): Promise<ReplayEvidence> {
  const source = await openTables(context, request.settings.barIntervalMs)
  const evidence = newEvidence()
  evidence.notes.push('from the tables, dead letters are not compared: stocks does not have what was refused')
  const places = await findPlaces(source)
  const partitions = [...places.starts.keys()].filter(
    (each) => request.partition === null || each === request.partition,
  )
  if (partitions.length === 0 && request.partition !== null) {
    throw new PlatformError('USAGE', `the table stocks has no quote of partition ${request.partition}`)
  }
  for (const partition of partitions.sort((a, b) => a - b)) {
    request.onProgress(`replay-check: partition ${partition}, reading what was emitted`)
    await checkPartition(source, { partition, places, request, evidence })
  }
  return evidence
}

async function openTables(context: AuditContext, barIntervalMs: number): Promise<TableSource> {
  const lake = await context.openLake()
  const tables: NamedTable[] = []
  // All snapshots first, close together, the quotes last: what was emitted is then of quotes that are there.
  for (const table of lakeTables(lake, liveTablesOf([barIntervalMs])).toReversed()) {
    const snapshot = await loadSnapshot(table.store)
    tables.push(snapshot === undefined ? table : { ...table, snapshot })
  }
  const isThere = (name: string) => tables.some((table) => table.name === name && table.snapshot !== undefined)
  if (!isThere('stocks')) throw noTables(lake.url)
  if (!isThere(barsTableName(barIntervalMs))) await requireNoOtherBars(lake, barIntervalMs)
  return { context, lake: lake.url, tables, barIntervalMs }
}

/** Where there are bars, but none of the interval, a replay would find a difference in every one. */
async function requireNoOtherBars(lake: ObjectStore, barIntervalMs: number): Promise<void> {
  const bars = barsTableName(barIntervalMs)
  const { tables } = await findTables(lake, barIntervalMs)
  const others = tables.map(({ name }) => name).filter((name) => name.startsWith(BARS_TABLE_PREFIX) && name !== bars)
  if (others.length === 0) return
  const message = `there is no table ${bars} in ${lake.url}, but there is ${others.join(', ')}`
  const advice = "give replay-check the stream's own BAR_INTERVAL_MS"
  throw new PlatformError('TABLE_NOT_FOUND', `${message}: ${advice}`, { fields: { table: bars } })
}

async function ask(source: TableSource, statements: readonly string[], take: (row: ResultRow, at: number) => void) {
  const { context, lake, tables } = source
  await queryTables(context, { lake, tables, statements }, take)
  if (context.signal.aborted) {
    throw new PlatformError('STOPPED', 'the replay was stopped before its end; nothing is proved')
  }
}

async function findPlaces(source: TableSource): Promise<Places> {
  const [starts, home, rekeyed]: [Places['starts'], Places['home'], Places['rekeyed']] = [
    new Map(),
    new Map(),
    new Set(),
  ]
  const takers = [
    ([partition, start, refused]: ResultRow) =>
      starts.set(Number(partition), { start: Number(start), whole: Number(refused) >= Number(start) }),
    ([symbol, partition]: ResultRow) => home.set(String(symbol), Number(partition)),
    ([symbol]: ResultRow) => rekeyed.add(String(symbol)),
    ([symbol]: ResultRow) => rekeyed.add(String(symbol)),
  ]
  const bars = barsTableName(source.barIntervalMs)
  await ask(source, [STARTS, homesIn(bars), scatteredIn(bars), copiedIn(bars)], (row, at) => void takers[at]?.(row))
  return { starts, home, rekeyed }
}

const STARTS = `SELECT p, s, (SELECT count(DISTINCT origin_offset) FROM dead_letters
      WHERE origin_partition = p AND origin_offset < s)
    FROM (SELECT source_partition AS p, min(source_offset) AS s FROM stocks GROUP BY 1)`

/** Where a symbol's bars are is where its quotes were taken; without a bar, where its quotes came first. */
const homesIn = (bars: string) => `SELECT symbol, coalesce(b, q) FROM
      (SELECT symbol, min(source_partition) AS q FROM stocks GROUP BY 1)
      LEFT JOIN (SELECT symbol, min(source_partition) AS b FROM ${bars} GROUP BY 1) USING (symbol)`

const scatteredIn = (bars: string) => `SELECT symbol FROM (SELECT symbol, source_partition FROM stocks
      UNION SELECT symbol, source_partition FROM ${bars})
    GROUP BY 1 HAVING count(*) > 1`

/** Bars that name an offset which is no row of stocks, though its neighbours are: that of a copy. */
const copiedIn = (bars: string) => `SELECT DISTINCT symbol FROM (
      SELECT symbol, source_partition AS p, first_offset AS o FROM ${bars}
      UNION SELECT symbol, source_partition, last_offset FROM ${bars}) AS named
    JOIN (SELECT source_partition AS p, min(source_offset) AS low, max(source_offset) AS high
      FROM stocks GROUP BY 1) USING (p)
    WHERE o BETWEEN low AND high
      AND NOT EXISTS (SELECT 1 FROM stocks WHERE source_partition = named.p AND source_offset = named.o)`

async function checkPartition(
  source: TableSource,
  work: { partition: number; places: Places; request: ReplayRequest; evidence: ReplayEvidence },
): Promise<void> {
  const { partition, places, request, evidence } = work
  const emitted = await readEmitted(source, partition)
  const first = places.starts.get(partition) ?? { start: 0, whole: true }
  const asked = request.warmUp === null ? 0 : request.stretch.from - request.warmUp
  const start = Math.max(first.start, asked)
  const isWhole = first.whole && asked <= first.start
  const unknowns = {
    start: isWhole ? 0 : start,
    cold: isWhole ? null : new ColdStart(request.settings),
    closingsKnownFrom: 0,
    rekeyed: places.rekeyed,
    closingsUnknown: true,
    isEmitted: ({ offset }: Trigger) => offset < emitted.reached,
    lagging: true,
  }
  const check = new PartitionCheck({ partition, emitted, forcedClosings: [], unknowns }, request, evidence)
  let next = start
  const { sql, reader } = quotesOf(source, partition, start)
  await ask(source, [sql], (row) => {
    const { offset, ingestTime, isReplayed, quote } = reader.read(row)
    const isHere = places.home.get(quote.symbol) === partition
    const key = isHere ? Buffer.from(quote.symbol) : null
    const headers = isReplayed ? REPLAYED_HEADERS : null
    next = offset + 1
    check.take(
      { offset, timestamp: ingestTime, key, value: null, headers },
      judged(quote, ingestTime + request.settings.decoder.settings.futureToleranceMs),
    )
  })
  check.end(next)
}

/** The table has what the writer took by its settings then; those of this replay may allow less. */
function judged(quote: Quote, timestampMaxMs: number): Decoded | Rejected {
  if (quote.timestamp <= timestampMaxMs) return { kind: 'quote', quote }
  return { kind: 'rejected', reason: 'timestamp_in_future', detail: `timestamp: ${quote.timestamp}` }
}

function quotesOf({ tables }: TableSource, partition: number, start: number): { sql: string; reader: RecordReader } {
  const reader = readerOf(tables, PRICES_TOPIC)
  const sql = `SELECT ${reader.columns} FROM stocks
    WHERE source_partition = ${partition} AND source_offset >= ${start} ORDER BY source_offset`
  return { sql, reader }
}

/** By the columns that the table has: one that no writer has opened for long may lack some. */
function readerOf(tables: readonly NamedTable[], topic: Topic): RecordReader {
  const spec = tableOf(topic)
  const stored = tables.find(({ name }) => name === spec.name)?.snapshot?.schema ?? schemaOf(spec)
  return recordReader(spec, stored.fields)
}

type EmittedKind = Exclude<OutputKind, 'dead letters'>

/** The values as the stream wrote them. */
const VALUE_OF: Readonly<Record<EmittedKind, (record: StoredRecord) => string>> = {
  bars: ({ fields }) => encodeBar(fields as unknown as Bar),
  alerts: ({ fields }) => encodeAlert(fields as unknown as Alert),
  'late quotes': ({ quote, fields }) => encodeLateQuote({ quote, ...fields } as LateQuote),
}

const EMITTED_KINDS = Object.keys(VALUE_OF) as readonly EmittedKind[]

/** Holds what the tables have of the outputs of a partition. */
async function readEmitted(source: TableSource, partition: number): Promise<EmittedOutputs> {
  const emitted = new EmittedOutputs()
  const topics = outputTopics(source.barIntervalMs)
  const tables = EMITTED_KINDS.map((kind) => ({ kind, reader: readerOf(source.tables, topics[kind]) }))
  const statements = tables.map(({ kind, reader }) => {
    const table = tableOf(topics[kind]).name
    return `SELECT ${reader.columns} FROM ${table} WHERE source_partition = ${partition} ORDER BY source_offset`
  })
  await ask(source, statements, (row, at) => {
    const { kind, reader } = tables[at] as (typeof tables)[number]
    const record = reader.read(row)
    emitted.add(kind, VALUE_OF[kind](record), record.ingestTime)
  })
  return emitted
}
