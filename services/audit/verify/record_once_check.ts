// What a table's rows must keep: a record stands once, and below the offset that the table wants next of its partition.
// Counted, since DISTINCT would hide what is looked for. Where a topic was created again its offsets begin anew, so
// there an offset may stand as often as the topic had lives that reached it.

import { rowsIn } from '#delta/data_file/statistics'
import type { Snapshot } from '#delta/snapshot'
import type { QueryContext } from '#lake/query_context'
import { queryTables } from '#lake/query_rows'
import type { TableSpec } from '#lake/tables'
import type { ResultRow } from '#lake-sql/result'
import type { PartitionOffsets } from '#log/offset_set'
import { PRICES_TOPIC } from '#market/topics'
import type { ObjectStore } from '#object-store/object_store'
import type { Findings } from '#services/audit/verify/findings'
import { type PartitionProgress, progressOf } from '#services/audit/verify/progress'

/** A table at one version. */
export interface RowsToCheck {
  readonly lake: string
  readonly store: ObjectStore
  readonly spec: TableSpec
  /** With those files only that can be read. */
  readonly snapshot: Snapshot
  /** Filled with the offsets of the table's rows, if given. */
  readonly offsets?: PartitionOffsets
  /** Filled with where the rows of dead_letters come from, if given. */
  readonly origins?: Origins
}

/** The records of stock-prices that are dead letters. */
export interface Origins {
  readonly offsets: PartitionOffsets
  /** How many lives stock-prices had, by partition. */
  readonly lives: (partition: number) => number
}

/** Doubles that are looked at for being explained by a topic's lives; more than that is listed as it is. */
const DOUBLES_MAX = 100_000

/** Checks that each record has one row; returns how many rows there are. */
export async function checkEachOnce(context: QueryContext, rows: RowsToCheck, findings: Findings): Promise<number> {
  const { lake, store, spec, snapshot } = rows
  const progress = progressOf(snapshot, spec.topic)
  for (const [partition, lives] of progress) {
    if (lives.length < 2) continue
    const what = `${spec.topic}/${partition} was created again (${lives.length} lives)`
    findings.note(`${what}: doubles are seen only where an offset stands more often than lives reached it`)
  }
  let total = 0
  const { offsets, origins } = rows
  const takers = [
    (row: ResultRow) => {
      total += Number(row[2])
      checkPartition(row, { spec, progress }, findings)
    },
    (row: ResultRow) => checkDouble(row, progress, findings),
    ...(offsets === undefined ? [] : [(row: ResultRow) => addRange(offsets, row)]),
    ...(origins === undefined
      ? []
      : [(row: ResultRow) => addRange(origins.offsets, row), (row: ResultRow) => checkOrigin(row, origins, findings)]),
  ]
  const statements = statementsFor(rows)
  const tables = [{ name: spec.name, store, snapshot }]
  await queryTables(context, { lake, tables, statements }, (row, statement) => takers[statement]?.(row))
  const recorded = rowsIn([...snapshot.files.values()])
  if (recorded !== null && recorded !== total) {
    findings.add(`the files hold ${total} rows that can be read, but the log says ${recorded}`)
  }
  return total
}

function statementsFor({ spec: { name, topic }, offsets, origins }: RowsToCheck): readonly string[] {
  const statements = [
    `SELECT source_topic, source_partition, count(*), min(source_offset), max(source_offset)
     FROM ${name} GROUP BY ALL ORDER BY ALL`,
    `SELECT source_topic, source_partition, source_offset, count(*) FROM ${name}
     GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT ${DOUBLES_MAX}`,
  ]
  if (offsets !== undefined) {
    statements.push(
      rangesOf(`SELECT source_partition AS p, source_offset AS o FROM ${name} WHERE source_topic = '${topic}'`),
    )
  }
  if (origins !== undefined) {
    const all = `SELECT origin_partition AS p, origin_offset AS o FROM ${name} WHERE origin_topic = '${PRICES_TOPIC}'`
    statements.push(
      rangesOf(all),
      `SELECT p, o, count(*) FROM (${all}) GROUP BY ALL HAVING count(*) > 1 LIMIT ${DOUBLES_MAX}`,
    )
  }
  return statements
}

/** The ranges without holes. Offsets in a row differ from their rank by the same number. */
function rangesOf(positions: string): string {
  return `SELECT p, min(o), max(o) FROM (
      SELECT p, o, o - dense_rank() OVER (PARTITION BY p ORDER BY o) AS island FROM (${positions}))
    GROUP BY p, island`
}

type Progress = ReadonlyMap<number, readonly PartitionProgress[]>

function checkPartition(row: ResultRow, parts: { spec: TableSpec; progress: Progress }, findings: Findings): void {
  const [topic, partition, , , newest] = row
  if (topic !== parts.spec.topic) {
    findings.add(`rows of the topic ${topic}, which is not this table's`)
    return
  }
  const nexts = parts.progress.get(Number(partition))?.map((life) => life.next) ?? []
  const next = nexts.reduce<bigint | undefined>(
    (most, each) => (most === undefined || each > most ? each : most),
    undefined,
  )
  if (next !== undefined && BigInt(newest ?? 0) < next) return
  findings.add(`${topic}/${partition}: a row of offset ${newest}, but the txn action says ${next ?? 'nothing'}`)
}

function checkDouble([topic, partition, at, times]: ResultRow, progress: Progress, findings: Findings): void {
  const lives = progress.get(Number(partition)) ?? []
  const reached = lives.filter((life) => life.next > BigInt(at ?? 0)).length
  if (Number(times) > Math.max(reached, 1)) findings.add(`${topic}/${partition}/${at} stands ${times} times`)
}

function checkOrigin([partition, at, times]: ResultRow, { lives }: Origins, findings: Findings): void {
  if (Number(times) <= Math.max(lives(Number(partition)), 1)) return
  findings.add(`the record ${PRICES_TOPIC}/${partition}/${at} is a dead letter ${times} times`)
}

function addRange(offsets: PartitionOffsets, [partition, first, last]: ResultRow): void {
  offsets.of(Number(partition)).addRange(Number(first), Number(last))
}
