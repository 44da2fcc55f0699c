// Tables that Spark writes with what Databricks turns on by default, and more: deletion vectors, mapped columns,
// widened types, void columns, NaN, timestamps from before zones had whole minutes. Our SQL gives Spark's own rows.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasVector } from '#delta/data_file/identity'
import { queryForeign } from '#support/delta/foreign_table'
import { temporaryFolder } from '#support/temporary_folder'
import { describeWithEngines, type Engines } from './engines.ts'
import { snapshotAt } from './lake.ts'

describeWithEngines('tables of Spark', (engines) => {
  test('with deletion vectors of DELETE, UPDATE and MERGE, in partitions and checkpoints', async () => {
    const { path, run } = await sparkTable(engines(), {
      columns: 'id BIGINT, v DOUBLE, text STRING, part STRING',
      options: "PARTITIONED BY (part) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')",
    })
    const given = "id, id / 8 AS v, concat('text ', id) AS text, IF(id % 3 = 0, 'a', 'b') AS part"
    await run((table) => `INSERT INTO ${table} SELECT ${given} FROM range(0, 12000, 1, 2)`)
    await run((table) => `DELETE FROM ${table} WHERE id % 7 = 0 OR id BETWEEN 2000 AND 8000`)
    await run((table) => `UPDATE ${table} SET v = v + 1 WHERE id % 11 = 0`)
    const source = '(SELECT id FROM range(0, 12000, 13)) s'
    const matched = "WHEN MATCHED AND t.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET text = 'merged'"
    await run((table) => `MERGE INTO ${table} t USING ${source} ON t.id = s.id ${matched}`)
    const rows = 'SELECT id, v, text, part FROM t ORDER BY id'
    const { files } = await snapshotAt(path)
    expect([...files.values()].filter(hasVector).length).toBeGreaterThan(2)
    await expectSame(engines(), path, rows)
    const conditions = ["part = 'a'", 'id >= 9000', 'id < 2001', "text = 'merged'", 'id = 7', 'v > 1100']
    await expectSameCounts(engines(), path, conditions)
    await run((table) => `DELETE FROM ${table} WHERE id = 11999`)
    await engines().spark.checkpoint(path)
    await expectSame(engines(), path, rows)
    await run((table) => `REORG TABLE ${table} APPLY (PURGE)`)
    await expectSame(engines(), path, rows)
  })

  test.each(['name', 'id'])(
    'with column mapping by %s, columns and fields renamed, dropped and added',
    async (mode) => {
      const nested = 's STRUCT<a: BIGINT, b: STRUCT<c: STRING, d: INT>>, l ARRAY<STRUCT<x: INT, y: STRING>>'
      const { path, run } = await sparkTable(engines(), {
        columns: `id BIGINT, n INT, gone STRING, ${nested}, m MAP<STRING, STRUCT<k: BIGINT>>, part STRING`,
        options: `PARTITIONED BY (part) TBLPROPERTIES ('delta.columnMapping.mode' = '${mode}',
        'delta.enableDeletionVectors' = 'true')`,
      })
      const given =
        (more: string, from = 0) =>
        (table: string) =>
          `INSERT INTO ${table} SELECT id, ${more} FROM range(${from}, ${from + 100})`
      const struct = "named_struct('a', id, 'b', IF(id % 5 = 0, NULL, named_struct('c', 'c', 'd', 4)))"
      const list = "IF(id % 3 = 0, NULL, array(named_struct('x', 1, 'y', 'why'), NULL))"
      const map = "map('k', named_struct('k', id))"
      await run(given(`CAST(id AS INT), 'gone', ${struct}, ${list}, ${map}, 'p'`))
      const alter = (change: string) => run((table) => `ALTER TABLE ${table} ${change}`)
      await alter('RENAME COLUMN n TO `the n, renamed`')
      await alter('RENAME COLUMN part TO `part of it`')
      await alter('RENAME COLUMN s.b.c TO `see, "sea"`')
      await alter('RENAME COLUMN l.element.x TO z')
      await alter('RENAME COLUMN m.value.k TO kk')
      await alter('DROP COLUMN gone')
      await alter('DROP COLUMN s.a')
      await alter('ADD COLUMNS (gone DOUBLE, s.a STRING)')
      await check()
      const renamed = "named_struct('b', named_struct('see, \"sea\"', 'new', 'd', 5), 'a', 'text')"
      const later = "array(named_struct('z', 2, 'y', 'because')), map('k', named_struct('kk', 1))"
      await run(given(`CAST(-id AS INT), ${renamed}, ${later}, NULL, 0.5`, 100))
      await run((table) => `DELETE FROM ${table} WHERE id % 4 = 1`)
      await alter('DROP COLUMN s.b.d')
      await alter('ADD COLUMN s.b.e INT')
      await check()
      // Now no file has any of this struct's fields, and what it is NULL by stays known.
      await alter('DROP COLUMN s.b.`see, "sea"`')
      await check()

      async function check() {
        await expectSame(engines(), path, 'SELECT * FROM t', ['id', 'the n, renamed'])
        const names = ['"the n, renamed" < 0', '"the n, renamed" = 42', `"part of it" = 'p'`, '"part of it" IS NULL']
        await expectSameCounts(engines(), path, names)
      }
    },
  )

  test('with widened types, void columns and NaN', async () => {
    const { path, run } = await sparkTable(engines(), {
      columns: 'id BIGINT, b BYTE, f FLOAT, d DATE, e INT, n DOUBLE, v VOID, s STRUCT<x: FLOAT, v: VOID>',
      options: "TBLPROPERTIES ('delta.enableTypeWidening' = 'true', 'delta.feature.timestampNtz' = 'supported')",
    })
    const values = (more: string) => `id, ${more}, IF(id % 3 = 0, DOUBLE('NaN'), id), NULL`
    const old = "CAST(id AS BYTE), CAST(id / 10 AS FLOAT), DATE '2026-11-21', CAST(id AS INT)"
    const struct = "named_struct('x', CAST(id / 10 AS FLOAT), 'v', NULL)"
    await run((table) => `INSERT INTO ${table} SELECT ${values(old)}, ${struct} FROM range(0, 10, 1, 1)`)
    for (const [column, type] of Object.entries({
      b: 'BIGINT',
      f: 'DOUBLE',
      d: 'TIMESTAMP_NTZ',
      e: 'DECIMAL(14, 3)',
    })) {
      await run((table) => `ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${type}`)
    }
    await run((table) => `ALTER TABLE ${table} ALTER COLUMN s.x TYPE DOUBLE`)
    const late = "1000000, 0.1, TIMESTAMP_NTZ '2026-11-21 12:00:00', 1.125"
    const wide = "named_struct('x', 0.1D, 'v', NULL)"
    await run((table) => `INSERT INTO ${table} SELECT ${values(late)}, ${wide} FROM range(10, 20, 1, 1)`)
    await expectSame(engines(), path, 'SELECT id, b, f, e, n, v, s, CAST(d AS STRING) AS d FROM t ORDER BY id')
    const conditions = ['n > 2', 'n <> 1', 'NOT (n < 5)', 'f = 0.1', 'f > 0.1', 'f <= 0.10000000149011612', 'b = 3']
    const more = ['e = 5', 'v IS NULL', 's.x > 0.1', "d = '2026-11-21 00:00:00'", "n = 'NaN'"]
    await expectSameCounts(engines(), path, [...conditions, ...more])
  })

  test('with timestamps of 1850 in the zone of Los Angeles', async () => {
    const { path, run } = await sparkTable(engines(), { columns: 'id BIGINT, t TIMESTAMP', options: '' })
    await engines().spark.run('SET spark.sql.session.timeZone = America/Los_Angeles')
    try {
      const times = (start: string) => `SELECT id, ${start} + make_dt_interval(0, 0, 0, id) FROM range(0, 3, 1, 1)`
      for (const start of ["TIMESTAMP '1850-01-01 01:01:01.5'", "TIMESTAMP '1883-11-18 12:00:00'"]) {
        await run((table) => `INSERT INTO ${table} ${times(start)}`)
      }
    } finally {
      await engines().spark.run('SET spark.sql.session.timeZone = UTC')
    }
    const [bounds] = await engines().spark.query(path, 'SELECT min(unix_micros(t)), max(unix_micros(t)) FROM t')
    const conditions = (bounds ?? [])
      .map(Number)
      .flatMap((micros) => [
        `t >= moment(${micros})`,
        `t <= moment(${micros})`,
        `t = moment(${micros})`,
        `t > moment(${micros - 1})`,
        `t < moment(${micros + 1})`,
        `t > moment(${micros})`,
      ])
    await expectSameCounts(engines(), path, conditions)
  })
})

interface SparkTable {
  readonly path: string
  /** Runs a statement on the table. */
  run(statement: (table: string) => string): Promise<void>
}

async function sparkTable(engines: Engines, made: { columns: string; options: string }): Promise<SparkTable> {
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'table')
  const table = `delta.\`${path}\``
  await engines.spark.run(`CREATE TABLE ${table} (${made.columns}) USING delta ${made.options}`)
  return { path, run: (statement) => engines.spark.run(statement(table)) }
}

/** Both give the same rows, compared as JSON of every column; `sortedBy` for rows that the query leaves unsorted. */
async function expectSame(
  engines: Engines,
  path: string,
  sql: string,
  sortedBy: readonly string[] = [],
): Promise<void> {
  const order = (quote: string) =>
    sortedBy.length === 0 ? '' : ` ORDER BY ${sortedBy.map((name) => `${quote}${name}${quote}`).join(', ')}`
  const ours = await engines.ours.query(path, sql + order('"'))
  expect(ours.length).toBeGreaterThan(0)
  const theirs = await sparkRows(engines, path, sql.replaceAll('"', '`') + order('`'))
  expect(ours.length, sql).toBe(theirs.length)
  expect(ours, sql).toEqual(theirs)
}

/** Both count the same rows by each condition; ours alone, so that files are left out by it. */
async function expectSameCounts(engines: Engines, path: string, conditions: readonly string[]): Promise<void> {
  const counts = conditions.map(
    (text) => `count_if(${text.replaceAll('"', '`').replace('moment', 'timestamp_micros')})`,
  )
  const [theirs] = await engines.spark.query(path, `SELECT ${counts.join(', ')} FROM t`)
  const ours: unknown[] = []
  for (const text of conditions) {
    const sql = `SELECT count(*) FROM t WHERE ${text.replace('moment', 'make_timestamptz')}`
    ours.push(Number((await queryForeign(path, sql)).rows[0]?.[0]?.[0]))
  }
  expect(conditions.map((text, i) => [text, ours[i]])).toEqual(conditions.map((text, i) => [text, Number(theirs?.[i])]))
}

/** A row is one JSON object, nulls included. */
async function sparkRows(engines: Engines, path: string, sql: string): Promise<unknown[][]> {
  const json = `to_json(struct(*), map('ignoreNullFields', 'false'))`
  const rows = await engines.spark.query(path, `SELECT ${json} FROM (${sql})`)
  return rows.map(([text]) => Object.values(JSON.parse(String(text)) as Record<string, unknown>))
}
