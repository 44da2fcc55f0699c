// A lake in a folder for tests of SQL: true Parquet files, committed to true Delta tables.

import { mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { commitAppend } from '#delta/commit'
import { createTable } from '#delta/create'
import { newDataFilePath } from '#delta/data_file/new_path'
import type { StructType } from '#delta/schema/schema'
import { loadSnapshot } from '#delta/snapshot'
import { duckdbType } from '#duckdb/types'
import { DATE_COLUMN, schemaOf, TABLES, type TableSpec } from '#lake/tables'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { testContext } from '#support/delta/delta_table'

/** Creates the lake's tables, all empty; those that are there stay. */
export async function createLake(folder: string, tables: readonly TableSpec[] = TABLES): Promise<void> {
  for (const spec of tables) await createTestTable(folder, { name: spec.name, schema: schemaOf(spec) })
}

/** Creates one table, partitioned by date. */
export async function createTestTable(folder: string, table: { name: string; schema: StructType }): Promise<void> {
  const store = openFilesystemStore({ root: join(folder, table.name) })
  await createTable(store, { ...table, partitionColumns: [DATE_COLUMN] }, testContext(table.name))
}

let files = 0

/** Appends the rows of a query in one commit, a file a date. Columns that the query does not give are NULL. */
export async function appendRows(folder: string, name: string, query: string): Promise<void> {
  const root = join(folder, name)
  const store = openFilesystemStore({ root })
  const snapshot = await loadSnapshot(store)
  if (snapshot === undefined) throw new Error(`no table ${name}`)
  const rows = await stagedRows(snapshot.schema, query)
  const adds = []
  for (const date of await rows.dates()) {
    const partitionValues = { [DATE_COLUMN]: date }
    const path = newDataFilePath({ partitionColumns: [DATE_COLUMN], partitionValues, id: `${name}-${++files}` })
    const numRecords = await rows.copyTo(join(root, path), date)
    const size = statSync(join(root, path)).size
    const stats = JSON.stringify({ numRecords })
    adds.push({ path, partitionValues, size, modificationTime: snapshot.timestamp, dataChange: true, stats })
  }
  const context = { ...testContext(`${name}-${files}`), random: () => 0 }
  const outcome = await commitAppend(store, snapshot, { files: adds, txns: [], operation: 'WRITE' }, context)
  if (outcome.kind !== 'committed') throw new Error(`not committed: ${outcome.kind}`)
}

async function stagedRows(schema: StructType, query: string) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run("SET TimeZone = 'UTC'")
  const columns = schema.fields.map((field) => `"${field.name}" ${duckdbType(field.type)}`)
  await connection.run(`CREATE TABLE staged (${columns.join(', ')})`)
  await connection.run(`INSERT INTO staged BY NAME ${query}`)
  return {
    async dates() {
      const reader = await connection.runAndReadAll('SELECT DISTINCT date::VARCHAR FROM staged ORDER BY 1')
      return reader.getRows().map(([date]) => String(date))
    },
    async copyTo(path: string, date: string) {
      mkdirSync(dirname(path), { recursive: true })
      const rows = `SELECT * EXCLUDE (date) FROM staged WHERE date = '${date}'`
      const reader = await connection.runAndReadAll(`COPY (${rows}) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`)
      return Number(reader.getRows()[0]?.[0])
    },
  }
}

/**
 * Appends AAPL's bars of that many minutes, two an hour apart of six quotes each, of which the second was revised: of
 * 2026-11-21, from 10:00 UTC.
 */
export async function appendBars(folder: string, minutes: number): Promise<void> {
  const rows = `SELECT 'AAPL' AS symbol, TIMESTAMPTZ '2026-11-21 10:00:00Z' + INTERVAL (n // 2) hour AS window_start,
      window_start + INTERVAL ${minutes} minute AS window_end, 100 AS open, 110 AS high, 90 AS low, 105 AS average,
      n AS close, 10 AS volume, 102 AS vwap, 6 AS "count", n // 2 AS revision, 'watermark' AS closed_by,
      true AS complete, 0 AS first_offset, 9 AS last_offset, ${PROVENANCE(`stock-bars-${minutes}m`)}
    FROM range(1, 4) bars(n)`
  await appendRows(folder, `bars_${minutes}m`, `SELECT *, ${BAR_TIMES}, window_start::DATE AS date FROM (${rows})`)
}

const PROVENANCE = (topic: string) => `'${topic}' AS source_topic, n % 2 AS source_partition, n AS source_offset`
const TIMES =
  'event_time + INTERVAL 5 millisecond AS ingest_time, event_time + INTERVAL 25 millisecond AS processing_time'

/** A lake with two days of two symbols in all five tables: 400 quotes, 40 bars of which 2 are revised, and the rest. */
export async function createSampleLake(folder: string): Promise<void> {
  await createLake(folder)
  await appendRows(folder, 'stocks', `SELECT *, ${TIMES}, event_time::DATE AS date FROM (${QUOTES})`)
  await appendRows(folder, 'bars_1m', `SELECT *, ${BAR_TIMES}, window_start::DATE AS date FROM (${BARS})`)
  await appendRows(folder, 'bars_1m', `SELECT *, ${BAR_TIMES}, window_start::DATE AS date FROM (${REVISIONS})`)
  await appendRows(folder, 'alerts', `SELECT *, ${TIMES}, event_time::DATE AS date FROM (${ALERTS})`)
  await appendRows(folder, 'late_quotes', `SELECT *, ${TIMES}, event_time::DATE AS date FROM (${LATE})`)
  await appendRows(folder, 'dead_letters', `SELECT *, ingest_time::DATE AS date FROM (${DEAD})`)
}

const QUOTES = `
  SELECT CASE WHEN n % 2 = 0 THEN 'AAPL' ELSE 'MSFT' END AS symbol, 100 + n % 2 * 100 + n % 17 AS price,
    TIMESTAMPTZ '2026-11-20 23:30:00Z' + INTERVAL (n * 10) second AS event_time, 10 AS size, 10 * n AS day_volume,
    price - 0.01 AS bid, price + 0.01 AS ask, 'USD' AS currency, 100 + n % 2 * 100 AS previous_close,
    'simulator' AS source, ${PROVENANCE('stock-prices')}
  FROM range(400) quotes(n)`

const BAR_TIMES = 'window_end AS ingest_time, window_end AS processing_time'
const BAR_FACTS = `window_start + INTERVAL 1 minute AS window_end, 100 AS open, 110 AS high, 90 AS low, 105 AS average,
    5 AS "count", 'watermark' AS closed_by, true AS complete, 0 AS first_offset, 9 AS last_offset`

const BARS = `
  SELECT CASE WHEN n % 2 = 0 THEN 'AAPL' ELSE 'MSFT' END AS symbol,
    TIMESTAMPTZ '2026-11-20 23:50:00Z' + INTERVAL (n // 2) minute AS window_start, ${BAR_FACTS},
    100 + n AS close, CASE WHEN n % 2 = 0 THEN 100 END AS volume, CASE WHEN n % 2 = 0 THEN 101.5 END AS vwap,
    0 AS revision, ${PROVENANCE('stock-bars-1m')}
  FROM range(40) bars(n) WHERE n // 2 <> 15`

const REVISIONS = `
  SELECT 'AAPL' AS symbol, TIMESTAMPTZ '2026-11-20 23:50:00Z' + INTERVAL (n - 100) minute AS window_start,
    ${BAR_FACTS}, 999 AS close, 200 AS volume, 102 AS vwap, 1 AS revision, ${PROVENANCE('stock-bars-1m')}
  FROM range(100, 102) revisions(n)`

const ALERTS = `
  SELECT md5(n::VARCHAR) AS id, 'move' AS rule, 'TSLA' AS symbol, 'up' AS direction, 1 AS level, 2.5 + n AS percent,
    100 AS price, 97 AS reference_price, TIMESTAMPTZ '2026-11-21 15:30:00Z' + INTERVAL (n) minute AS event_time,
    'ALERT TSLA' AS message, ${PROVENANCE('stock-alerts')}
  FROM range(3) alerts(n)`

const LATE = `
  SELECT 'AAPL' AS symbol, 101 AS price, TIMESTAMPTZ '2026-11-21 15:30:00Z' AS event_time, 400000 + n AS late_by_ms,
    0 AS origin_partition, n AS origin_offset, ${PROVENANCE('stock-prices-late')}
  FROM range(2) late(n)`

const DEAD = `
  SELECT 'not_json' AS reason, 'not JSON' AS detail, 'stock-prices' AS origin_topic, 0 AS origin_partition,
    n AS origin_offset, TIMESTAMPTZ '2026-11-21 15:30:00Z' AS ingest_time, ingest_time AS processing_time,
    'k'::BLOB AS key, CASE WHEN n = 0 THEN '{"price'::BLOB ELSE '\\xFF\\x00'::BLOB END AS value, '[]' AS headers,
    1 AS attempt, ${PROVENANCE('stock-dead-letters')}
  FROM range(2) dead(n)`
