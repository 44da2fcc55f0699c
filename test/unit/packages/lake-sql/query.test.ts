// Queries in the child, as the caller sees them.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { parseViews } from '#lake/views'
import { SQL_LIMITS_DEFAULT } from '#lake-sql/limits'
import { type PlanQuery, startQuery } from '#lake-sql/query'
import { openQueryRoom } from '#lake-sql/query_process'
import type { ResultColumn, ResultEvent, ResultRow } from '#lake-sql/result'
import { startProgram } from '#support/start_tickerlake'
import { temporaryFolder } from '#support/temporary_folder'

const NO_TABLES = { names: [], load: async () => [] }

function start(sql: string, parts: Partial<Parameters<typeof startQuery>[0]> = {}) {
  return startQuery({ sql, source: NO_TABLES, views: [], limits: SQL_LIMITS_DEFAULT, ...parts })
}

interface Result {
  columns: readonly ResultColumn[]
  rows: ResultRow[]
}

async function results(sql: string, parts: Partial<Parameters<typeof startQuery>[0]> = {}): Promise<Result[]> {
  const query = await start(sql, parts)
  const found: Result[] = []
  try {
    for (let event = await query.next(); event.kind !== 'end'; event = await query.next()) {
      if (event.kind === 'columns') found.push({ columns: event.columns, rows: [] })
      if (event.kind === 'rows') found.at(-1)?.rows.push(...event.rows)
    }
    return found
  } finally {
    await query.close()
  }
}

/** The kinds and texts of one row's values. */
async function cells(expressions: readonly string[]): Promise<[string, string | null][]> {
  const [result] = await results(`SELECT ${expressions.join(', ')}`)
  return (result?.rows[0] ?? []).map((cell, i) => [result?.columns[i]?.kind ?? '', cell])
}

describe('values keep what they are', () => {
  test('numbers', async () => {
    const given = [
      '9223372036854775807',
      '170141183460469231731687303715884105727',
      '1.10::DECIMAL(18,2)',
      '0.1::FLOAT',
    ]
    expect(await cells([...given, '0.1::DOUBLE', "'nan'::DOUBLE", "'-inf'::FLOAT", '1e300', 'NULL::INTEGER'])).toEqual([
      ['number', '9223372036854775807'],
      ['number', '170141183460469231731687303715884105727'],
      ['number', '1.10'],
      ['number', '0.1'],
      ['number', '0.1'],
      ['number', 'NaN'],
      ['number', '-Infinity'],
      ['number', '1e+300'],
      ['number', null],
    ])
  })

  test('fields without a name', async () => {
    const [result] = await results(`
      SELECT (i, -i) AS t, [(i, 'a')] AS l, MAP {i: (i, 'b')} AS m, i AS n, i AS n, ((i, 1), 2) AS nested
      FROM range(3000) t(i) WHERE i > 2990 ORDER BY i DESC -- the end`)
    expect(result?.columns.map(({ name }) => name)).toEqual(['t', 'l', 'm', 'n', 'n', 'nested'])
    const texts = ['{"_1":2999,"_2":-2999}', '[{"_1":2999,"_2":"a"}]', '{"2999":{"_1":2999,"_2":"b"}}']
    expect(result?.rows[0]).toEqual([...texts, '2999', '2999', '{"_1":{"_1":2999,"_2":1},"_2":2}'])
    expect(await cells(['(union_value(u := (1, 2)), 3)', 'union_value(u := [(4, 5)])'])).toEqual([
      ['json', '{"_1":{"u":{"_1":1,"_2":2}},"_2":3}'],
      ['json', '{"u":[{"_1":4,"_2":5}]}'],
    ])
    expect(result?.rows.map((row) => row[3])).toEqual(Array.from({ length: 9 }, (_, i) => String(2999 - i)))
  })

  test('times', async () => {
    const given = [
      "TIMESTAMPTZ '2026-11-21 15:30:00+02'",
      "TIMESTAMPTZ '2026-11-21 15:30:00.123456Z'",
      "TIMESTAMP '1969-12-31 23:59:59.999999'",
      "TIMESTAMP_MS '2026-11-21 15:30:00.120'",
      "TIMESTAMP_S '2026-11-21 15:30:00'",
      "'infinity'::TIMESTAMPTZ",
      "DATE '0044-03-15 (BC)'",
      "TIME '15:30:00.5'",
      "INTERVAL '1 day 2 hours'",
    ]
    expect((await cells(given)).map(([, text]) => text)).toEqual([
      '2026-11-21T13:30:00Z',
      '2026-11-21T15:30:00.123456Z',
      '1969-12-31T23:59:59.999999',
      '2026-11-21T15:30:00.120',
      '2026-11-21T15:30:00',
      'infinity',
      '0044-03-15 (BC)',
      '15:30:00.5',
      '1 day 02:00:00',
    ])
  })

  test('text, bytes and nested values', async () => {
    const given = [
      "'株\n'",
      "'\\xFF\\x00'::BLOB",
      'true',
      '[1, NULL]',
      "{'a': [DATE '2026-11-21'], 'b': 1.50::DECIMAL(4,2)}",
    ]
    expect(
      await cells([...given, "MAP {'k': 'v\"'}", 'MAP {1: 2}', 'union_value(x := 1)', "uuid()::VARCHAR = ''"]),
    ).toEqual([
      ['text', '株\n'],
      ['text', 'ff00'],
      ['boolean', 'true'],
      ['json', '[1,null]'],
      ['json', '{"a":["2026-11-21"],"b":1.50}'],
      ['json', '{"k":"v\\""}'],
      ['json', '{"1":2}'],
      ['json', '{"x":1}'],
      ['boolean', 'false'],
    ])
  })
})

describe('a 32-bit float is its shortest form wherever it stands', () => {
  test.each([
    ['[0.1::FLOAT, NULL]', '[0.1,null]'],
    ["{'x': 0.1::FLOAT, 'y': 0.1::DOUBLE}", '{"x":0.1,"y":0.1}'],
    ['[0.1::FLOAT, 0.7::FLOAT]::FLOAT[2]', '[0.1,0.7]'],
    ['MAP {0.1::FLOAT: 0.2::FLOAT}', '{"0.1":0.2}'],
    ['union_value(f := 0.1::FLOAT)', '{"f":0.1}'],
    ["{'a': [MAP {'k': [0.3::FLOAT, 'nan'::FLOAT]}]}", '{"a":[{"k":[0.3,"NaN"]}]}'],
    ["{'x': 0.1::FLOAT}::VARIANT", '{"x":0.1}'],
    ["['a'::VARIANT, 0.1::FLOAT::VARIANT]", '["a",0.1]'],
    ['NULL::FLOAT[]', null],
  ])('%s', async (expression, text) => {
    expect((await cells([expression]))[0]?.[1]).toBe(text)
  })
})

test('the keys of a map are text as they would be in a column', async () => {
  const found = await cells([
    "MAP {TIMESTAMPTZ '2026-11-21 15:30:00Z': 1}",
    "MAP {['a']: 1}",
    "MAP {DATE '2026-11-21': 1}",
  ])
  expect(found.map(([, text]) => text)).toEqual(['{"2026-11-21T15:30:00Z":1}', '{"[\\"a\\"]":1}', '{"2026-11-21":1}'])
})

test('several statements give their results in order, and text without any gives none', async () => {
  const found = await results("SELECT 1 AS a; SELECT ';' AS b; EXPLAIN SELECT 1;")
  expect(found.map((result) => result.columns.map((column) => column.name))).toEqual([
    ['a'],
    ['b'],
    ['explain_key', 'explain_value'],
  ])
  expect(await results(' ; -- nothing')).toEqual([])
})

test('the plan of an EXPLAIN is marked as one, a column of the same name is not', async () => {
  const [plan, text] = await results("EXPLAIN SELECT 1; SELECT 'a' AS explain_value")
  expect(plan?.columns.map(({ kind }) => kind)).toEqual(['text', 'plan'])
  expect(plan?.rows[0]?.[1]).toMatch(/^┌─+┐\n│/)
  expect(text?.columns[0]?.kind).toBe('text')
})

test('a wrong statement among several runs none of them', async () => {
  await expect(start('SELECT 1; SELEC 2')).rejects.toMatchObject({ code: 'SQL_FAILED', message: /syntax error/ })
})

test('a failure in the midst of a result ends the query', async () => {
  const query = await start("SELECT CASE WHEN i = 100000 THEN error('no more') END FROM range(1000000) t(i)")
  const drain = async () => {
    for (let event = await query.next(); event.kind !== 'end'; event = await query.next());
  }
  await expect(drain()).rejects.toThrow(/no more/)
  await query.close()
})

describe('a failure far into a result is no end of it', () => {
  const whole = async (sql: string, parts: Partial<Parameters<typeof startQuery>[0]> = {}) => {
    const query = await start(sql, parts)
    try {
      for (;;) {
        const event = await query.next()
        if (event.kind === 'done') return event.rowCount
      }
    } finally {
      await query.close()
    }
  }

  test('an error is told', async () => {
    const sql = "SELECT CASE WHEN i = 900000 THEN error('no more') ELSE i END AS a FROM range(1000000) t(i) -- all"
    await expect(whole(sql)).rejects.toMatchObject({ code: 'SQL_FAILED', message: expect.stringContaining('no more') })
  })

  test('of a view, and when its rows are only counted, too', async () => {
    const views = parseViews(
      "CREATE VIEW v AS SELECT CASE WHEN i = 900000 THEN 'x' ELSE '1' END AS a FROM range(1000000) t(i);",
    )
    await expect(whole('SELECT a::INTEGER FROM v', { views })).rejects.toThrow(/Could not convert string 'x'/)
    const query = await start('SELECT a::INTEGER FROM v', { views })
    await query.next()
    await expect(query.skip()).rejects.toThrow(/Could not convert string 'x'/)
    await query.close()
  })

  test('a failure that does not come twice is told as one', async () => {
    const sql =
      "SELECT CASE WHEN i > 900000 AND random() < 0.001 THEN error('no more') ELSE i END FROM range(1000000) t(i)"
    await expect(whole(sql)).rejects.toMatchObject({ code: 'SQL_FAILED' })
  })

  test('a result without one is whole', async () => {
    expect(await whole('SELECT i FROM range(1000000) t(i)')).toBe(1_000_000)
  })
})

test('a result is pulled: nothing comes that was not asked for, and what is not wanted is only counted', async () => {
  const query = await start("SELECT i, repeat('x', 100) FROM range(300000) t(i)")
  expect((await query.next()).kind).toBe('columns')
  const first = await query.next()
  expect(first.kind === 'rows' && first.rows.length).toBeGreaterThan(0)
  expect(await query.skip()).toMatchObject({ kind: 'done', rowCount: 300_000 } satisfies Partial<ResultEvent>)
  expect(await query.next()).toEqual({ kind: 'end' })
  await query.close()
})

test('a table is loaded only when a statement reads it, through views too', async () => {
  const asked: unknown[] = []
  const columns = [{ name: 'a', type: 'BIGINT' }]
  const source = {
    names: ['t', 'u', 'v'],
    load: async (needs: { tables: readonly string[]; catalog: boolean }) => {
      asked.push([[...needs.tables].sort(), needs.catalog])
      const loaded = needs.tables.map((name) => ({ name, columns, partitionColumns: [], content: [] }))
      const others = ['t', 'u', 'v'].filter((name) => !needs.tables.includes(name))
      const listed = others.map((name) => ({ name, columns, partitionColumns: [], content: 'listed' as const }))
      return needs.catalog ? [...loaded, ...listed] : loaded
    },
  }
  const views = parseViews('CREATE VIEW w AS FROM u; CREATE VIEW ww AS WITH t AS (SELECT 1) SELECT * FROM w, t;')
  await results('SELECT 1', { source, views })
  await results('SELECT * FROM T WHERE a IN (FROM w)', { source, views })
  await results('SELECT * FROM main.ww', { source, views })
  await results('WITH x AS (FROM t) SELECT count(*) FROM x', { source, views })
  const [listed] = await results('SHOW TABLES', { source, views })
  expect(asked).toEqual([
    [[], false],
    [['t', 'u'], false],
    [['t', 'u'], false],
    [['t'], false],
    [[], true],
  ])
  expect(listed?.rows.flat()).toEqual(['t', 'u', 'v', 'w', 'ww'])
  await expect(results('SELECT * FROM ttt', { source, views })).rejects.toThrow(
    'there is no table or view "ttt"; there are: t, u, v, w, ww',
  )
})

test('time stands still from the choice of files on: now() is the same in all statements', async () => {
  const load = async (_: unknown, plan: PlanQuery) => {
    await plan([])
    return []
  }
  const source = { names: [], load }
  const [first, second] = await results('SELECT now(); SELECT now() FROM range(1)', { source })
  expect(first?.rows).toEqual(second?.rows)
})

test('a query can be stopped', async () => {
  const stop = new AbortController()
  const query = await start('SELECT sleep_ms(60000)', { signal: stop.signal })
  const next = query.next()
  stop.abort()
  await expect(next).rejects.toMatchObject({ code: 'STOPPED', message: 'the query was stopped' })
  await query.close()
  await expect(start('SELECT 1', { signal: stop.signal })).rejects.toMatchObject({ code: 'STOPPED' })
})

test('text beyond the limits is refused before anything runs', async () => {
  await expect(start(`SELECT '${'x'.repeat(2 ** 20)}'`)).rejects.toMatchObject({ code: 'SQL_LIMIT' })
  await expect(start('SELECT 1;'.repeat(1001))).rejects.toMatchObject({ code: 'SQL_LIMIT' })
})

test('a folder for temporary files that is not there is told', async () => {
  const TMPDIR = join(temporaryFolder(), 'nowhere')
  vi.stubEnv('TMPDIR', TMPDIR)
  onTestFinished(() => void vi.unstubAllEnvs())
  const message = expect.stringContaining(`no folder for the query can be made in ${TMPDIR}`)
  await expect(start('SELECT 1')).rejects.toMatchObject({ code: 'STORE_FAILED', message })
})

test('no temporary folder is left behind', async () => {
  const root = temporaryFolder()
  vi.stubEnv('TMPDIR', root)
  onTestFinished(() => void vi.unstubAllEnvs())
  const query = await start('SELECT 1')
  expect(readdirSync(root)).toHaveLength(1)
  await query.close()
  await expect(start('SELEC 1')).rejects.toThrow()
  expect(readdirSync(root)).toEqual([])
})

describe('a room that was opened earlier', () => {
  test('serves one query, and goes with it', async () => {
    const room = openQueryRoom({ limits: SQL_LIMITS_DEFAULT })
    const { folder, close } = await room
    const [result] = await results('SELECT 42', { room })
    expect(result?.rows).toEqual([['42']])
    expect(existsSync(folder)).toBe(false)
    await close()
  })

  test('goes when nothing is asked in it', async () => {
    const { folder, close } = await openQueryRoom({ limits: SQL_LIMITS_DEFAULT })
    expect(existsSync(folder)).toBe(true)
    await close()
    expect(existsSync(folder)).toBe(false)
  })

  test('in which DuckDB cannot be opened says so to the query', async () => {
    const limits = { ...SQL_LIMITS_DEFAULT, memoryBytes: 1e300 }
    await expect(results('SELECT 1', { limits })).rejects.toMatchObject({ code: 'SQL_FAILED' })
  })
})

test('only the views that a statement reads are made, through other views too', async () => {
  const views = parseViews('CREATE VIEW one AS SELECT 1 AS n; CREATE VIEW two AS SELECT n + 1 AS n FROM One;')
  const wrong = [{ name: 'broken', comment: '', query: 'SELEC' }]
  const [result] = await results('SELECT n FROM Two', { views: [...views, ...wrong] })
  expect(result?.rows).toEqual([['2']])
  await expect(results('FROM broken', { views: wrong })).rejects.toMatchObject({ code: 'SQL_FAILED' })
  await expect(results('FROM duckdb_views()', { views: wrong })).rejects.toMatchObject({ code: 'SQL_FAILED' })
})

test.runIf(existsSync('/proc/self/stat'))('the child dies with its caller, even when that is killed', async () => {
  const program = `
    import { startQuery } from '#lake-sql/query'
    import { readdirSync, readFileSync } from 'node:fs'
    const query = await startQuery({
      sql: 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = 7',
      source: { names: [], load: async () => [] }, views: [], limits: { timeoutMs: 60000, memoryBytes: 2 ** 29 },
    })
    query.next()
    console.log('children ' + readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8'))`
  const caller = startProgram(['--input-type=module', '--eval', program], {})
  const line = await caller.waitForLine(/^children \d+/)
  const child = Number(/\d+/.exec(line)?.[0])
  expect(isAlive(child)).toBe(true)
  await caller.stop('SIGKILL')
  await expect.poll(() => isAlive(child)).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
