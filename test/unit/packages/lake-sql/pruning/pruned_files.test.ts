// Files are left out of a query only when that changes nothing: checked over random conditions and awkward data,
// against DuckDB itself, and case by case where writers and readers round differently.

import { mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ColumnRange, encodeStatistics } from '#delta/data_file/statistics'
import type { AddFile } from '#delta/log/actions'
import { PLAIN_PROTOCOL } from '#delta/protocol'
import type { StructType } from '#delta/schema/schema'
import type { Snapshot } from '#delta/snapshot'
import { quoteText } from '#duckdb/quoting'
import { duckdbType } from '#duckdb/types'
import { parseViews } from '#lake/views'
import { openPlanner, scansOf as planned } from '#lake-sql/child/plan_statements'
import { tableViewSql } from '#lake-sql/child/scan/table_view'
import { SQL_LIMITS_DEFAULT } from '#lake-sql/limits'
import type { Scans } from '#lake-sql/pruning/condition'
import { prunedFiles } from '#lake-sql/pruning/pruned_files'
import { type EpochMs, tableVersion } from '#runtime/units'
import { column } from '#support/delta/delta_table'
import { newFolder, removeFolder } from '#support/temporary_folder'

const FILES = 24
const schema: StructType = {
  type: 'struct',
  fields: [
    column('symbol', 'string'),
    column('n', 'long'),
    column('price', 'double'),
    column('seen', 'timestamp'),
    column('local', 'timestamp_ntz'),
    column('day', 'date'),
    column('flag', 'boolean'),
    column('date', 'date'),
    column('venue', 'string'),
  ],
}
const partitionColumns = ['date', 'venue']
let connection: DuckDBConnection
let folder: string
let table: Snapshot

beforeAll(async () => {
  folder = newFolder()
  connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  await connection.run("SET TimeZone = 'UTC'")
  const files = new Map<string, AddFile>()
  for (let i = 0; i < FILES; i++) {
    const file = await writeFile(i)
    files.set(file.path, file)
  }
  table = snapshotOf(files)
  const content = [...files.values()].map(({ path, partitionValues }) => {
    return { partitionValues, files: [join(folder, path)] }
  })
  const select = tableViewSql({ name: 'x', columns, partitionColumns, content }).map((sql) =>
    sql.replaceAll(' FROM read_parquet', ', parse_filename(filename) AS file FROM read_parquet'),
  )
  for (const sql of select) await connection.run(sql)
  await connection.run('CREATE TABLE rows AS FROM x')
})

afterAll(() => removeFolder(folder))

function snapshotOf(files: ReadonlyMap<string, AddFile>): Snapshot {
  return {
    version: tableVersion(1),
    timestamp: 0 as EpochMs,
    protocol: PLAIN_PROTOCOL,
    metadata: {
      id: 'x',
      format: { provider: 'parquet', options: {} },
      schemaString: JSON.stringify(schema),
      partitionColumns,
      configuration: {},
    },
    schema,
    files,
    txns: new Map(),
    tombstones: new Map(),
  } as unknown as Snapshot
}

const LONG = 'The same forty characters at the start:!'
const SYMBOLS = ['AAPL', 'AAP', 'MSFT', 'ZM', 'é', '\u{1f4c8}', '\uffee', '', `${LONG}a`, `${LONG}z`, LONG, "it's"]
const INTEGERS = ['-5', '0', '7', '1000000', '9007199254740991', '9007199254740993', '9223372036854775807']
const DOUBLES = ['-1.5', '0', '0.1', '100', '100.25', '1e300', 'NaN', 'Infinity', '-Infinity']
const INSTANTS = [
  '2026-11-20 23:59:59.999999',
  '2026-11-21 00:00:00',
  '2026-11-21 00:00:00.000001',
  '2026-11-21 15:30:00.123',
  '2026-11-21 15:30:00.123999',
  '2026-11-21 15:30:00.124',
  '1969-12-31 23:59:59.999999',
]
const DAYS = ['2026-11-20', '2026-11-21', '2026-11-22', '1970-01-01']
const VENUES = ['NYSE', 'XETRA', 'a b', null]

/** Values close to each other in a file, nulls in some, all null in a few. */
async function writeFile(i: number): Promise<AddFile> {
  const pick = (values: readonly string[], type: string, shift = 0) => {
    if (i % 11 === 10) return `CAST(NULL AS ${type})`
    const some = [0, 1].map((j) => values[(i + shift + j * (i % 3)) % values.length] as string)
    const texts = some.map(quoteText)
    const nulls = `WHEN r % 3 = 0 AND ${i % 2 === 0} THEN NULL`
    return `CAST(CASE ${nulls} WHEN r % 2 = 0 THEN ${texts[0]} ELSE ${texts[1]} END AS ${type})`
  }
  const query = `SELECT ${pick(SYMBOLS, 'VARCHAR')} AS symbol, ${pick(INTEGERS, 'BIGINT')} AS n,
    ${pick(DOUBLES, 'DOUBLE', 2)} AS price, ${pick(INSTANTS, 'TIMESTAMPTZ', 1)} AS seen,
    ${pick(INSTANTS, 'TIMESTAMP', 3)} AS local, ${pick(DAYS, 'DATE', 1)} AS day, r % 2 = 0 AS flag FROM range(6) t(r)`
  const path = `file-${i}.parquet`
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  await connection.run(`COPY (${query}) TO '${join(folder, path)}' (FORMAT parquet)`)
  const venue = VENUES[i % VENUES.length] ?? null
  const partitionValues = { date: DAYS[i % DAYS.length] ?? null, venue }
  const size = statSync(join(folder, path)).size
  return { path, partitionValues, size, modificationTime: 0, dataChange: true, stats: await statsOf(path) }
}

async function statsOf(path: string): Promise<string> {
  const columns = new Map<string, ColumnRange>()
  for (const { name, type } of schema.fields) {
    if (partitionColumns.includes(name)) continue
    const text = type === 'timestamp' || type === 'timestamp_ntz' ? `epoch_us("${name}")` : `"${name}"`
    const reader = await connection.runAndReadAll(
      `SELECT count(*) FILTER ("${name}" IS NULL), min(${text})::VARCHAR, max(${text})::VARCHAR,
       ${type === 'double' ? `coalesce(bool_or(isnan("${name}")), false)` : 'false'} FROM '${join(folder, path)}'`,
    )
    const [nullCount, min, max, hasNan] = reader.getRows()[0] ?? []
    const bound = (value: unknown) =>
      type === 'timestamp' || type === 'timestamp_ntz' ? BigInt(String(value)) : String(value)
    const bounds = min === null || hasNan === true ? {} : { min: bound(min), max: bound(max) }
    columns.set(name, { nullCount: Number(nullCount), ...bounds })
  }
  return encodeStatistics(schema, { numRecords: 6, columns, partitionColumns })
}

/** Two tables with the same files, so that each is pruned for itself. */
const TABLES = ['t', 'u']
const columns = schema.fields.map(({ name, type }) => ({ name, type: duckdbType(type as string) as string }))

/** Everything that a row has, so that rows which tie are the same. */
const ALL = 'n, price, local, day, flag, venue, symbol, seen, date'
const views = parseViews(`
  CREATE VIEW one_each AS FROM t QUALIFY row_number() OVER (PARTITION BY n ORDER BY ${ALL}) = 1;
  CREATE VIEW newest AS SELECT * FROM t QUALIFY row_number() OVER (PARTITION BY symbol, seen ORDER BY ${ALL}) = 1;
  CREATE VIEW buckets AS SELECT symbol, time_bucket(INTERVAL '5 minutes', seen) AS seen, max(n) AS n, count(*) AS rows
    FROM newest GROUP BY ALL;
  CREATE VIEW tops AS WITH x AS (SELECT symbol, unnest(arg_max({n: n, price: price, seen: seen}, row(${ALL}))) FROM t
    GROUP BY symbol) SELECT *, n + 1 AS more FROM x;
`)

async function scansOf(sql: string): Promise<Scans> {
  const tables = TABLES.map((name) => ({ name, columns }))
  const statements = [{ text: sql, tables: TABLES }]
  const now = '2026-11-21 15:30:00.124+00'
  const planner = await openPlanner({ limits: SQL_LIMITS_DEFAULT, tempFolder: folder })
  return planned(planner, { tables, views, statements, now })
}

async function pruned(sql: string, snapshot = table): Promise<readonly AddFile[]> {
  return prunedFiles(snapshot, (await scansOf(sql)).t)
}

async function resultOver(files: Readonly<Record<string, readonly AddFile[]>>, sql: string): Promise<string> {
  for (const name of TABLES) {
    const list = (files[name] ?? []).map(({ path }) => quoteText(path)).join(', ')
    const rows = `SELECT * EXCLUDE (file) FROM rows WHERE file IN (${list === '' ? 'NULL' : list})`
    await connection.run(`CREATE OR REPLACE VIEW ${name} AS ${rows}`)
  }
  for (const { name, query } of views) await connection.run(`CREATE OR REPLACE VIEW ${name} AS ${query}`)
  try {
    return JSON.stringify((await connection.runAndReadAll(sql)).getRowsJson())
  } catch (error) {
    return `error: ${String(error)}`
  }
}

const from = (values: readonly string[]) => fc.constantFrom(...values)
const texts = from([...SYMBOLS, 'AAPLX', 'B', `${LONG}q`, 'T', '\u{10ffff}']).map(quoteText)
const instants = fc.oneof(
  from(INSTANTS),
  fc.tuple(from(INSTANTS), from(['+00', '+05:30', '-01'])).map((parts) => parts.join('')),
  from(['2026-11-21T15:30:00.1234', '2026-11-21 15:30:00.123998', ...DAYS]),
)
const literals: Readonly<Record<string, fc.Arbitrary<string>>> = {
  symbol: texts,
  venue: fc.oneof(from(['NYSE', 'XETRA', 'a b', 'M']).map(quoteText), texts),
  n: fc.oneof(from(INTEGERS), from(['6', '8', '0.5', '1e3', '9007199254740992', '9007199254740992.0', "'7'"])),
  price: from(['-1.5', '0', '0.1', '100', '100.25', '100.2500000001', '1e300', '99', '-2', "'NaN'::DOUBLE"]),
  seen: instants.chain((text) =>
    from([quoteText(text), `TIMESTAMPTZ ${quoteText(text)}`, `TIMESTAMP ${quoteText(text)}`]),
  ),
  local: instants.chain((text) =>
    from([quoteText(text), `TIMESTAMPTZ ${quoteText(text)}`, `TIMESTAMP ${quoteText(text)}`]),
  ),
  day: from(DAYS).chain((text) =>
    from([quoteText(text), `DATE ${quoteText(text)}`, `TIMESTAMP ${quoteText(`${text} 12:00:00`)}`]),
  ),
  date: from(DAYS).chain((text) => from([quoteText(text), `DATE ${quoteText(text)}`, `${quoteText(text)}::DATE`])),
}
const columnNames = Object.keys(literals)
const operators = ['=', '<', '<=', '>', '>=', '<>']

const condition = fc.constantFrom(...columnNames).chain((name) => {
  const literal = literals[name] as fc.Arbitrary<string>
  const column = fc.constantFrom(`"${name}"`, name.toUpperCase(), `t."${name}"`)
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(column, from(operators), literal).map((parts) => parts.join(' ')) },
    { weight: 1, arbitrary: fc.tuple(literal, from(operators), column).map((parts) => parts.join(' ')) },
    fc.tuple(column, literal, literal).map(([name, low, high]) => `${name} BETWEEN ${low} AND ${high}`),
    fc
      .tuple(column, fc.array(literal, { minLength: 1, maxLength: 3 }))
      .map(([name, all]) => `${name} IN (${all.join(', ')})`),
    column.map((name) => `${name} IS NULL`),
    fc.tuple(from(operators), literals.day as fc.Arbitrary<string>).map(([operator, day]) => {
      return `coalesce(t."day", t."date") ${operator} ${day}`
    }),
    fc.tuple(column, literal).map(([name, value]) => `NOT (${name} = ${value})`),
    fc.tuple(column, literal).map(([name, value]) => `(${name} < ${value} OR flag)`),
  )
})
const where = fc.array(condition, { minLength: 1, maxLength: 3 }).map((all) => all.join(' AND '))
const of = (alias: string, text: string) =>
  text.replaceAll('t."', `${alias}."`).replaceAll(/(?<![.\w"'])("?\w+"?)(?= (?:[=<>]|BETWEEN|IN|IS))/g, `${alias}.$1`)
const whereOf = (alias: string) => where.map((text) => of(alias, text))
const whole = (alias: string) => `count(*), sum(hash(${alias})::HUGEINT)`
const joins = ['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'SEMI JOIN', 'ANTI JOIN']
const viewNames = ['newest', 'buckets', 'tops']
const two = fc.tuple(whereOf('a'), whereOf('b'))

const query = fc.oneof(
  where.map((text) => `SELECT ${whole('t')} FROM t WHERE ${text}`),
  fc.tuple(where, where).map(([a, b]) => `SELECT (SELECT count(*) FROM t WHERE ${a}), count(*) FROM t WHERE ${b}`),
  fc
    .tuple(from(['', 'LEFT']), whereOf('b'))
    .map(([kind, b]) => `SELECT count(*), count(b.n) FROM t a ASOF ${kind} JOIN one_each b ON a.n >= b.n WHERE ${b}`),
  where.map((text) => `WITH t AS (SELECT * REPLACE (n + 1 AS n) FROM t) SELECT count(*) FROM t WHERE ${text}`),
  where.map((text) => `SELECT upper(symbol) AS venue, count(*) FROM t WHERE ${text} GROUP BY ALL ORDER BY ALL`),
  fc.tuple(from(viewNames), whereOf('v')).map(([view, text]) => `SELECT ${whole('v')} FROM ${view} v WHERE ${text}`),
  fc
    .tuple(from(joins), two)
    .map(
      ([join, [a, b]]) => `SELECT count(*), sum(a.n) FROM t a ${join} u b ON a.symbol = b.symbol AND ${b} WHERE ${a}`,
    ),
  fc
    .tuple(from(joins.slice(0, 4)), two)
    .map(([join, [a, b]]) => `SELECT count(*), sum(b.n) FROM t a ${join} u b USING (date) WHERE ${a} OR (${b})`),
  fc
    .tuple(from(joins.slice(0, 4)), from(viewNames), whereOf('b'))
    .map(([join, view, b]) => `SELECT count(*), sum(a.n), count(b.n) FROM u a ${join} ${view} b USING (n) WHERE ${b}`),
  two.map(([a, b]) => `SELECT ${whole('a')} FROM t a WHERE EXISTS (FROM u b WHERE a.n = b.n AND ${b}) AND ${a}`),
  two.map(([a, b]) => `SELECT ${whole('a')} FROM t a WHERE ${a} AND a.n NOT IN (SELECT n FROM u b WHERE ${b})`),
  two.map(([a, b]) => `SELECT sum((SELECT count(*) FROM t b WHERE b.day = a.day AND ${b})) FROM t a WHERE ${a}`),
  fc
    .tuple(from(['', 'MATERIALIZED']), two)
    .map(
      ([kind, [a, b]]) => `WITH x AS ${kind} (FROM t) SELECT count(*) FROM x a JOIN x b USING (n) WHERE ${a} AND ${b}`,
    ),
  two.map(([a, b]) => `SELECT ${whole('x')} FROM (FROM t a WHERE ${a} UNION ALL FROM u b WHERE ${b}) x`),
  two.map(([a, b]) => `SELECT ${whole('x')} FROM (FROM t EXCEPT FROM u b WHERE ${b}) a, u x WHERE ${a} AND a.n = x.n`),
  whereOf('x').map(
    (x) => `SELECT count(*) FROM (SELECT *, lag(n) OVER (PARTITION BY day ORDER BY ${ALL}) FROM t) x
    WHERE ${x}`,
  ),
  whereOf('x').map(
    (x) => `SELECT count(*) FROM (SELECT symbol, day, max(n) AS n FROM t GROUP BY CUBE (symbol, day)) x
    WHERE ${x}`,
  ),
  whereOf('x').map((x) => `SELECT count(*) FROM (FROM t ORDER BY ${ALL} LIMIT 40) x WHERE ${x}`),
  where.map(
    (text) => `WITH RECURSIVE r AS (SELECT n, 0 AS d FROM t WHERE ${text} UNION SELECT t.n, d + 1 FROM r JOIN t
    ON t.n > r.n WHERE d < 3) SELECT count(*), sum(n) FROM r`,
  ),
)

test('the result is the same with and without the files that are left out, for random queries', async () => {
  let [left, all, compared, failed] = [0, 0, 0, 0]
  const whole = [...table.files.values()]
  await fc.assert(
    fc.asyncProperty(query, async (sql) => {
      const scans = await scansOf(sql)
      const files = Object.fromEntries(TABLES.map((name) => [name, prunedFiles(table, scans[name])]))
      const count = TABLES.reduce((sum, name) => sum + (files[name]?.length ?? 0), 0)
      left += count
      all += FILES * TABLES.length
      if (count === FILES * TABLES.length) return
      const result = await resultOver(files, sql)
      compared++
      if (result.startsWith('error')) failed++
      expect(result, sql).toBe(await resultOver({ t: whole, u: whole }, sql))
    }),
    { numRuns: 300, seed: 4 },
  )
  expect(left / all).toBeLessThan(0.9)
  expect(failed / compared).toBeLessThan(0.2)
}, 120_000)

describe('what is pruned', () => {
  test.each([
    ["date = '2026-11-21'", 6],
    ["date >= DATE '2026-11-21' AND date < DATE '2026-11-22'", 6],
    ["t.date = '2026-11-21' AND venue = 'XETRA'", 6],
    ["date = '2026-11-21' AND venue = 'NYSE'", 0],
    ["DATE IN ('2026-11-20', '2026-11-21')", 12],
    ["venue = ''", 0],
  ])('by partition: %s leaves %i files', async (text, count) => {
    expect(await pruned(`SELECT * FROM t WHERE ${text}`)).toHaveLength(count)
  })

  test.each([
    "symbol = 'AAPL'",
    'n > 9007199254740991',
    'price < 0',
    'price = 99',
    "seen < '1970-01-01'",
    "seen >= TIMESTAMPTZ '2026-11-21 15:30:00.124999Z'",
    "local < TIMESTAMP '1970-01-01'",
    "day BETWEEN '2026-11-22' AND '2026-11-30'",
    "coalesce(day, date) = '2026-11-22'",
    "coalesce(day, date) BETWEEN '2026-11-22' AND '2026-11-30'",
    "coalesce(date, day) IN ('1970-01-01')",
  ])('by statistics: %s', async (text) => {
    expect((await pruned(`SELECT * FROM t WHERE ${text}`)).length).toBeLessThan(FILES)
  })

  test('by a column that came later: its rows are all NULL', async () => {
    const fields = schema.fields.filter(({ name }) => name !== 'day')
    const before = { ...table, schema: { ...schema, fields } }
    expect(await pruned("SELECT * FROM t WHERE day = '2026-11-21'", before)).toHaveLength(0)
    expect(await pruned("SELECT * FROM t WHERE coalesce(day, date) = '2026-11-21'", before)).toHaveLength(6)
    expect(await pruned("SELECT * FROM t WHERE day IS NULL OR day = '2026-11-21'", before)).toHaveLength(FILES)
  })

  test.each([
    "SELECT * FROM t WHERE NOT symbol = 'AAPL'",
    "SELECT * FROM t WHERE lower(symbol) = 'aapl'",
    "SELECT * FROM t TABLESAMPLE 10 ROWS WHERE symbol = 'AAPL'",
    "SELECT * FROM t AS x(n, symbol) WHERE symbol = 'AAPL'",
    "SELECT (SELECT count(*) FROM t), count(*) FROM t WHERE symbol = 'AAPL'",
    'SELECT * FROM t WHERE n = 7.5 AND n IN (7, 8.5)',
    'SELECT * FROM t WHERE missing = 7',
  ])('nothing: %s', async (sql) => {
    expect(await pruned(sql)).toHaveLength(FILES)
  })
})

describe('statistics of other writers', () => {
  const oneFile = (stats: object | string) => {
    const file = {
      ...([...table.files.values()][0] as AddFile),
      stats: typeof stats === 'string' ? stats : JSON.stringify(stats),
    }
    return snapshotOf(new Map([[file.path, file]]))
  }

  test.each([
    ['a timestamp cut to milliseconds', { seen: '2026-11-21T15:30:00.123Z' }, "seen >= '2026-11-21 15:30:00.123999'"],
    ['a zone that is not UTC', { seen: '2026-11-21T15:30:00.000+01:00' }, "seen >= '2026-11-21 14:30:00.000500'"],
    ['a string cut without a mark', { symbol: 'prefix-0' }, "symbol = 'prefix-01'"],
    ['a broken pair of surrogates', { symbol: '\ufffd' }, "symbol = '\u{1f4c8}'"],
    ['no NaN where there may be one', { price: 5 }, 'price > 5'],
    ['an integer as text that is none', { n: 'x' }, 'n > 5'],
    ['a timestamp that is none', { seen: 'yesterday' }, "seen > '2026-11-21'"],
    ['an integer beyond what a double holds', { n: 1e300 }, 'n > 5'],
  ])('a maximum of %s keeps the file', async (_name, maxValues, text) => {
    const stats = { numRecords: 6, minValues: {}, maxValues, nullCount: {} }
    expect(await pruned(`SELECT * FROM t WHERE ${text}`, oneFile(stats))).toHaveLength(1)
  })

  test.each(['', 'null', '[]', '{', '{"minValues":7}', '{"numRecords":0,"nullCount":{"n":0}}'])(
    'junk keeps the file: %s',
    async (stats) => {
      expect(await pruned('SELECT * FROM t WHERE n = 7', oneFile(stats))).toHaveLength(1)
    },
  )

  test('a column of nulls alone has no row to give', async () => {
    const stats = { numRecords: 6, minValues: {}, maxValues: {}, nullCount: { n: 6 } }
    expect(await pruned('SELECT * FROM t WHERE n = 7', oneFile(stats))).toHaveLength(0)
    expect(await pruned('SELECT * FROM t WHERE n IS NULL', oneFile(stats))).toHaveLength(1)
  })
})
