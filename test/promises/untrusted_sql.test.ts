// The promise: SQL that nobody vouches for can read the lake's tables, and nothing else. It reads no other file, writes
// none (not even the tables'), reaches no network, changes no setting, sees no environment, and when it takes too much
// time, memory or output, it ends by a named limit while its caller lives on.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { lakeTables } from '#lake/lake_tables'
import { lakeSource } from '#lake-sql/lake_source'
import { SQL_LIMITS_DEFAULT, type SqlLimits } from '#lake-sql/limits'
import type { LocalTable } from '#lake-sql/local_table'
import { startQuery } from '#lake-sql/query'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'
import { systemClock } from '#runtime/clock'
import { PlatformError } from '#runtime/errors'
import { createSampleLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder } from '#support/temporary_folder'

const SECRET = 'the-secret-of-this-test'

let root = ''
let outside = ''
let dataFile = ''
beforeAll(async () => {
  root = newFolder()
  await createSampleLake(join(root, 'lake'))
  outside = join(root, 'outside.csv')
  writeFileSync(outside, `secret\n${SECRET}\n`)
  const names = readdirSync(join(root, 'lake', 'stocks'), { recursive: true, encoding: 'utf8' })
  dataFile = join(root, 'lake', 'stocks', names.find((name) => name.endsWith('.parquet')) ?? '')
})
afterAll(() => removeFolder(root))

/** Runs a query over the sample lake; gives all rows as text. Rejects as the query does. */
async function run(sql: string, limits: SqlLimits = SQL_LIMITS_DEFAULT): Promise<string> {
  const store = openFilesystemStore({ root: join(root, 'lake') })
  const cache = { folder: join(root, 'cache'), bytesMax: 0, clock: systemClock, newId: () => 'id' }
  const source = lakeSource({ url: store.url, tables: lakeTables(store), at: { kind: 'newest' }, cache })
  return drain(await startQuery({ sql, source, views: [], limits }))
}

async function drain(query: Awaited<ReturnType<typeof startQuery>>): Promise<string> {
  let text = ''
  try {
    for (let event = await query.next(); event.kind !== 'end'; event = await query.next()) {
      if (event.kind === 'rows') text = (text + JSON.stringify(event.rows)).slice(0, 1_000_000)
    }
    return text
  } finally {
    await query.close()
  }
}

/** What the query failed with; fails the test when it did not. */
async function failureOf(sql: string, limits?: SqlLimits): Promise<PlatformError> {
  const outcome = await run(sql, limits).then(
    (rows) => `it gave ${rows.slice(0, 200)}`,
    (error: unknown) => error,
  )
  if (outcome instanceof PlatformError) return outcome
  throw outcome instanceof Error ? outcome : new Error(`${sql} was not refused: ${outcome}`)
}

/** All files below the root with what is in them. */
function fingerprint(): Record<string, string> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = names.map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(paths.map((path) => [path, createHash('md5').update(readFileSync(path)).digest('hex')]))
}

test('the tables themselves can be read', async () => {
  expect(await run('SELECT count(*) FROM stocks')).toBe('[["400"]]')
})

const READS = (file: string) => [
  `SELECT * FROM '${file}'`,
  `SELECT * FROM "${file}"`,
  `SELECT * FROM stocks, '${file}' WHERE symbol = 'A'`,
  `SELECT * FROM read_csv('${file}')`,
  `SELECT * FROM read_csv_auto('${file}')`,
  `SELECT * FROM read_text('${file}')`,
  `SELECT * FROM read_blob('${file}')`,
  `SELECT * FROM read_json('${file}')`,
  `SELECT * FROM read_ndjson_objects('${file}')`,
  `SELECT * FROM read_parquet('${file}')`,
  `SELECT * FROM parquet_scan('${file}')`,
  `SELECT * FROM parquet_metadata('${file}')`,
  `SELECT * FROM sniff_csv('${file}')`,
  `SELECT * FROM glob('${file}*')`,
  `SELECT * FROM read_duckdb('${file}')`,
  `SELECT * FROM query('SELECT * FROM read_text(''${file}'')')`,
  `SELECT * FROM query_table('${file}')`,
  `SELECT (SELECT content FROM read_text('${file}'))`,
  `WITH x AS MATERIALIZED (SELECT * FROM read_text('${file}')) SELECT * FROM x`,
  `SUMMARIZE SELECT * FROM read_text('${file}')`,
  `DESCRIBE SELECT * FROM read_csv('${file}')`,
  `EXPLAIN ANALYZE SELECT * FROM read_text('${file}')`,
  `ATTACH '${file}' AS x`,
  `ATTACH '${file}' AS x (READ_ONLY)`,
  `COPY x FROM '${file}'`,
  `CREATE TABLE x AS FROM read_text('${file}')`,
  `CREATE MACRO m() AS TABLE FROM read_text('${file}'); FROM m()`,
  `IMPORT DATABASE '${file}'`,
  `SELECT * FROM which_secret('${file}', 's3')`,
]

describe('it reads no other file', () => {
  test.each(READS('OUTSIDE'))('%s', async (sql) => {
    const failure = await failureOf(sql.replaceAll('OUTSIDE', outside))
    expect(failure.code).toBe('SQL_FAILED')
    expect(failure.message).not.toContain(SECRET)
  })

  test('nor the files of a table that the query does not name', async () => {
    await expect(run(`SELECT * FROM '${dataFile}'`)).rejects.toMatchObject({ code: 'SQL_FAILED' })
  })

  test('nor what the system tells of the process', async () => {
    await expect(run("SELECT * FROM read_text('/proc/self/environ')")).rejects.toMatchObject({ code: 'SQL_FAILED' })
  })
})

const WRITES = (file: string) => [
  `COPY (SELECT 1) TO '${file}'`,
  `COPY stocks TO '${file}' (FORMAT parquet)`,
  `COPY (SELECT 1 AS a) TO '${file}' (FORMAT csv, PARTITION_BY (a))`,
  `EXPLAIN ANALYZE COPY (SELECT 1) TO '${file}'`,
  `EXPLAIN (ANALYZE) COPY (SELECT 1) TO '${file}'`,
  `/* SELECT */ EXPLAIN /* */ ANALYZE /* */ COPY (SELECT 1) TO '${file}'`,
  `PREPARE p AS COPY (SELECT 1) TO '${file}'; EXECUTE p`,
  `EXPORT DATABASE '${file}'`,
  `ATTACH '${file}' AS x; CREATE TABLE x.t AS SELECT 1`,
  `SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_path = '${file}')`,
  `CALL enable_logging('QueryLog', storage = 'file', storage_path = '${file}')`,
  `SELECT * FROM enable_profiling(save_location = '${file}')`,
  `SET profile_output = '${file}'`,
  `PRAGMA profile_output = '${file}'`,
  `SET log_query_path = '${file}'`,
  `CREATE PERSISTENT SECRET s (TYPE http)`,
  `INSERT INTO stocks (symbol) VALUES ('X')`,
  `DELETE FROM stocks`,
  `DROP VIEW stocks`,
  `CREATE OR REPLACE VIEW stocks AS SELECT 1`,
  `CHECKPOINT`,
  `SELECT * FROM force_checkpoint()`,
]

describe('it writes nothing, the files of the tables it reads included', () => {
  test.each(WRITES('FILE'))('%s', async (sql) => {
    const before = fingerprint()
    for (const file of [dataFile, join(root, 'new')]) {
      const failure = await failureOf(`${sql.replaceAll('FILE', file)}; SELECT count(*) FROM stocks`)
      expect(failure.code).toBe('SQL_FAILED')
    }
    expect(fingerprint()).toEqual(before)
  })
})

describe('a query whose result becomes a Parquet file writes that one, in its own folder, and nothing else', () => {
  const toParquet = async (sql: string) => {
    const store = openFilesystemStore({ root: join(root, 'lake') })
    const cache = { folder: join(root, 'cache'), bytesMax: 0, clock: systemClock, newId: () => 'id' }
    const source = lakeSource({ url: store.url, tables: lakeTables(store), at: { kind: 'newest' }, cache })
    return drain(await startQuery({ sql, source, views: [], limits: SQL_LIMITS_DEFAULT, toParquet: true }))
  }

  test.each([
    ...WRITES('FILE').filter((sql) => !sql.includes(';')),
    ...READS('FILE').filter((sql) => !sql.includes(';')),
    "SELECT 1) TO 'FILE' (FORMAT csv); --",
    "SELECT 1) TO 'FILE' (FORMAT csv) --",
    "SELECT 1) AS t) TO 'FILE' (FORMAT csv) /*",
  ])('%s', async (sql) => {
    const before = fingerprint()
    for (const file of [outside, dataFile, join(root, 'new')]) {
      const outcome = await toParquet(sql.replaceAll('FILE', file)).catch((error: unknown) => error)
      expect(outcome).toMatchObject({ code: 'SQL_FAILED' })
    }
    expect(fingerprint()).toEqual(before)
  })

  test('and the tables stay readable by it', async () => {
    expect(await toParquet('SELECT * FROM stocks')).toBe('')
  })
})

describe('it reaches no network and loads no code', () => {
  test.each([
    'INSTALL httpfs',
    "INSTALL httpfs FROM 'http://HOST'",
    'LOAD httpfs',
    "LOAD '/tmp/x.duckdb_extension'",
    'UPDATE EXTENSIONS',
    "SELECT * FROM 'http://HOST/x.csv'",
    "SELECT * FROM stocks, 'http://HOST/x.csv' WHERE symbol = 'A'",
    "SELECT * FROM read_csv('http://HOST/x.csv')",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "ATTACH 'http://HOST/x.db'",
    "ATTACH 'host=HOST' AS p (TYPE postgres)",
    "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b', ENDPOINT 'HOST')",
    'SELECT * FROM arrow_scan(1::UBIGINT::POINTER, 2::UBIGINT::POINTER, 3::UBIGINT::POINTER)',
  ])('%s', async (sql) => {
    let requests = 0
    const server = createServer((_, response) => {
      requests++
      response.end('a\n1\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    expect((await failureOf(sql.replaceAll('HOST', host))).code).toBe('SQL_FAILED')
    expect(requests).toBe(0)
  })
})

describe('it changes no setting', () => {
  test.each([
    'SET memory_limit = -1',
    'SET threads = 64',
    'SET GLOBAL enable_external_access = true',
    'SET lock_configuration = false',
    'RESET lock_configuration',
    "SET allowed_paths = ['/']",
    "PRAGMA temp_directory = '/tmp'",
    'PRAGMA enable_profiling',
    'SET VARIABLE x = 1',
    'USE system',
    'CALL pragma_version()',
    'BEGIN',
    'VACUUM',
  ])('%s', async (sql) => {
    expect((await failureOf(sql)).code).toBe('SQL_FAILED')
  })

  test('and would not get far if it could: DuckDB itself is locked', async () => {
    const settings = `SELECT name, value FROM duckdb_settings() WHERE name IN ('enable_external_access',
      'lock_configuration', 'autoload_known_extensions', 'allow_community_extensions', 'allow_persistent_secrets')
      ORDER BY name`
    expect(JSON.parse(await run(settings))).toEqual([
      ['allow_community_extensions', 'false'],
      ['allow_persistent_secrets', 'false'],
      ['autoload_known_extensions', 'false'],
      ['enable_external_access', 'false'],
      ['lock_configuration', 'true'],
    ])
  })
})

test('it sees no environment', async () => {
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET)
  onTestFinished(() => void vi.unstubAllEnvs())
  expect((await failureOf("SELECT getenv('AWS_SECRET_ACCESS_KEY')")).message).not.toContain(SECRET)
  expect(await run('SELECT * FROM duckdb_settings()')).not.toContain(SECRET)
})

/** A moved clock is told to every process by its environment, to this one too. */
const isClockMoved = process.env.TEST_CLOCK_SHIFT_DAYS !== undefined

test.runIf(process.platform === 'linux' && !isClockMoved)('the process that runs it has none', async () => {
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET)
  onTestFinished(() => void vi.unstubAllEnvs())
  let environment = 'not read'
  const load = async (): Promise<readonly LocalTable[]> => {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')
    environment = children.map((pid) => readFileSync(`/proc/${pid}/environ`, 'utf8')).join()
    return []
  }
  const source = { names: [], load }
  await drain(await startQuery({ sql: 'SELECT 1', source, views: [], limits: SQL_LIMITS_DEFAULT }))
  expect(environment).not.toContain(SECRET)
  // Nothing but the channel to its caller.
  expect(environment).toMatch(/^(NODE_CHANNEL_[A-Z_]+=[^\0]*\0)*$/)
})

describe('it ends by a named limit, and its caller lives on', () => {
  const short: SqlLimits = { ...SQL_LIMITS_DEFAULT, timeoutMs: 2000 }

  test.each([
    ['a cross join', 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = 7'],
    ['a sleep', 'SELECT sleep_ms(3600000)'],
    ['endless output', "SELECT repeat('x', 1000) FROM range(10000000000)"],
    ['a recursion', 'WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT * FROM r'],
    ['one long string', "SELECT repeat('x', 4000000000)"],
    ['one long string beside a table', "SELECT repeat('x', 4000000000) FROM stocks WHERE symbol = 'A'"],
    ['many long strings', "SELECT repeat('x', 1000000) FROM range(100000)"],
    ['a string of everything', "SELECT string_agg(repeat('x', 1000), '') FROM range(10000000)"],
    ['a list of everything', 'SELECT list(range) FROM range(1000000000)'],
    ['a hash table of everything', 'SELECT count(*) FROM (SELECT range, count(*) FROM range(1000000000) GROUP BY 1)'],
    ['a sort of everything', 'SELECT * FROM range(1000000000) ORDER BY random()'],
    ['a long value', "SELECT repeat('x', 20000000)"],
  ])('%s', async (_, sql) => {
    const failure = await failureOf(sql, short)
    expect(failure.code).toBe('SQL_LIMIT')
    expect(failure.message).toMatch(/time limit|memory limit|temporary file limit|longer than/)
  })

  test.each([
    ['deep nesting', `SELECT ${'('.repeat(100_000)}1${')'.repeat(100_000)}`],
    ['a deep expression', `SELECT ${'1+'.repeat(300_000)}1`],
    ['deep subqueries', `${'SELECT * FROM ('.repeat(5000)}SELECT 1${')'.repeat(5000)}`],
    ['a deep list', `SELECT ${'['.repeat(5000)}1${']'.repeat(5000)}`],
  ])('%s', async (_, sql) => {
    const code = await run(sql, short).then(
      () => 'done',
      (error: unknown) => (error instanceof PlatformError ? error.code : error),
    )
    expect(['done', 'SQL_FAILED', 'SQL_LIMIT']).toContain(code)
  })
})

test('a value in an error message does not drive the terminal', async () => {
  const failure = await failureOf("SELECT error('a' || chr(27) || '[2Jb')")
  expect(failure.message).not.toContain('\u001b')
})
