// `sql -o FILE`: what was written is what the query gives, and nobody sees a part of it.

import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sqlCommand } from '#services/cli/commands/tables/sql'
import { type CommandCall, runCommand } from '#support/command_context'
import { query } from '#support/lake/lake_tables'
import { createSampleLake } from '#support/lake/sql_lake'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'

let lake = ''
beforeAll(async () => {
  lake = newFolder()
  await createSampleLake(lake)
})
afterAll(() => removeFolder(lake))

function write(sql: string, output: string, values: CommandCall['values'] = {}) {
  const env = { LAKE_URL: lake }
  return runCommand(sqlCommand, { env, positionals: [sql], values: { output, ...values } })
}

describe('the ending names the format', () => {
  const SQL = "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL ORDER BY 1"
  test.each([
    ['x.csv', 'a,b\r\n1,x\r\n2,\r\n'],
    ['x.CSV', 'a,b\r\n1,x\r\n2,\r\n'],
    ['x.json', '[\n{"a":1,"b":"x"},\n{"a":2,"b":null}\n]\n'],
    ['x.ndjson', '{"a":1,"b":"x"}\n{"a":2,"b":null}\n'],
    ['x.jsonl', '{"a":1,"b":"x"}\n{"a":2,"b":null}\n'],
    ['x.md', '| a | b |\n| ---: | --- |\n| 1 | x |\n| 2 | NULL |\n'],
    ['x.txt', ' a | b\n---+------\n 1 | x\n 2 | NULL\n'],
  ])('%s', async (name, text) => {
    const file = join(temporaryFolder(), name)
    const { stdout, stderr } = await write(SQL, file)
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(stdout).toBe('')
    expect(stderr).toBe(`wrote 2 rows to ${file}\n`)
  })

  test('--format does where the ending names none', async () => {
    const file = join(temporaryFolder(), 'x.data')
    await write('SELECT 1 AS a', file, { format: 'csv' })
    expect(readFileSync(file, 'utf8')).toBe('a\r\n1\r\n')
  })
})

describe('a file that may not be written is wrong use, and stays as it is', () => {
  const folder = temporaryFolder
  const present = (name: string) => {
    const file = join(folder(), name)
    writeFileSync(file, 'before')
    return file
  }

  test('one that is there, unless --force says so', async () => {
    const file = present('x.parquet')
    const failure = { code: 'USAGE', message: `${file} is there already; --force writes over it` }
    await expect(write('SELECT 1', file)).rejects.toMatchObject(failure)
    expect(readFileSync(file, 'utf8')).toBe('before')
    await write('SELECT 1 AS a', file, { force: true })
    expect(await query(`FROM '${file}'`)).toEqual([{ a: 1 }])
  })

  test('a link is followed, and stays one', async () => {
    const file = present('x.csv')
    const link = join(folder(), 'link.csv')
    symlinkSync(file, link)
    await write('SELECT 1 AS a', link, { force: true })
    expect(readFileSync(file, 'utf8')).toBe('a\r\n1\r\n')
  })

  test('a failure in the midst leaves what was there, and nothing else', async () => {
    const wrong = "SELECT CASE WHEN i = 900000 THEN error('no more') ELSE i END AS a FROM range(1000000) t(i)"
    for (const name of ['x.parquet', 'x.csv']) {
      const file = present(name)
      await expect(write(wrong, file, { force: true })).rejects.toThrow('no more')
      expect(readFileSync(file, 'utf8')).toBe('before')
      expect(readdirSync(join(file, '..'))).toEqual([name])
    }
  })

  test.each<[string, string, NonNullable<CommandCall['values']>, string]>([
    ['x.xml', 'SELECT 1', {}, 'the ending says no format; take one of .csv, .json'],
    ['x', 'SELECT 1', {}, 'the ending says no format'],
    ['-', 'SELECT 1', {}, 'the ending says no format'],
    ['x.csv', 'SELECT 1', { json: true }, 'x.csv and --format json contradict each other'],
    ['x.csv', 'SELECT 1; SELECT 2', {}, '-o takes one statement, and the query holds 2; write a file for each'],
    ['x.csv', 'SELECT 1;\n.tables', {}, 'holds commands of the prompt'],
    ['x.csv', '-- nothing', {}, 'there is no statement in the query'],
    ['none/x.csv', 'SELECT 1', {}, 'name a folder that is there and can be written'],
    ['none/x.parquet', 'SELECT 1', {}, 'name a folder that is there and can be written'],
    ['folder.csv', 'SELECT 1', { force: true }, 'that is no regular file'],
  ])('%s for %j with %j', async (name, sql, values, message) => {
    const place = folder()
    mkdirSync(join(place, 'folder.csv'))
    const failure = { code: 'USAGE', message: expect.stringContaining(message) }
    await expect(write(sql, join(place, name), values)).rejects.toMatchObject(failure)
    expect(readdirSync(place)).toEqual(['folder.csv'])
  })

  test('--force alone has nothing to write over', async () => {
    const call = { env: { LAKE_URL: lake }, positionals: ['SELECT 1'], values: { force: true } }
    await expect(runCommand(sqlCommand, call)).rejects.toThrow('--force belongs to -o FILE')
  })
})

test('a table of the lake comes back from Parquet as it is', async () => {
  const file = join(temporaryFolder(), 'bars.parquet')
  expect((await write('SELECT * FROM bars ORDER BY ALL', file)).stderr).toBe(`wrote 38 rows to ${file}\n`)
  const [row] = await query(`SELECT count(*)::INTEGER AS n, count(DISTINCT window_start)::INTEGER AS windows,
    any_value(typeof(window_start)) AS type FROM '${file}'`)
  expect(row).toEqual({ n: 38, windows: 19, type: 'TIMESTAMP WITH TIME ZONE' })
})

test('a result of many row groups keeps its order', async () => {
  const file = join(temporaryFolder(), 'many.parquet')
  const sql = "SELECT i, sum(i) OVER (ORDER BY i) AS s, repeat('x', 20) AS text FROM range(500000) t(i) ORDER BY i DESC"
  expect((await write(sql, file)).stderr).toContain('wrote 500,000 rows')
  const unordered = `SELECT count(*)::INTEGER AS n FROM '${file}' WHERE i <> 499999 - file_row_number`
  expect(await query(unordered)).toEqual([{ n: 0 }])
  expect(
    Number((await query(`SELECT num_row_groups AS n FROM parquet_file_metadata('${file}')`))[0]?.n),
  ).toBeGreaterThan(1)
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o666 & ~process.umask())
})

test.each([
  ['SELECT union_value(a := 1) AS u', 'Parquet has no type for the column "u", a UNION; cast it, or write .json'],
  ["SELECT [{'u': union_value(a := 1)}] AS nested", 'Parquet has no type for the column "nested"'],
  ['EXPLAIN SELECT 1', 'a plan is no table for Parquet; write it to a .txt file'],
])('%s is no Parquet file', async (sql, message) => {
  const folder = temporaryFolder()
  await expect(write(sql, join(folder, 'x.parquet'))).rejects.toThrow(message)
  expect(readdirSync(folder)).toEqual([])
})

/**
 * Expressions of i, with the expression that the file must give back: the same one, unless Parquet has no such type.
 */
const EXPRESSIONS: readonly (readonly [given: string, stored: string])[] = [
  'i',
  'i::TINYINT',
  '18446744073709551615::UBIGINT - i::UBIGINT',
  'i / 7',
  '(i / 7)::FLOAT',
  'i % 2 = 0',
  "'株 ' || chr(i::INTEGER + 1) || ' ''\"'",
  'encode(chr(i::INTEGER))',
  '(i * 1.1)::DECIMAL(38,10)',
  "DATE '2026-11-21' + i::INTEGER",
  "TIMESTAMPTZ '1899-11-21 15:30:00.123456Z' + INTERVAL (i) day",
  "TIMESTAMP '2026-11-21 15:30:00.123456' + INTERVAL (i) hour",
  "TIMESTAMP_NS '2026-11-21 15:30:00.123456789'",
  "TIME '15:30:00.5'",
  "('00000000-0000-4000-8000-' || lpad(i::VARCHAR, 12, '0'))::UUID",
  "CASE WHEN i % 2 = 0 THEN 'nan'::DOUBLE ELSE '-inf'::DOUBLE END",
  'NULL::INTEGER',
  '[i, NULL, i + 1]',
  'CASE WHEN i % 3 = 0 THEN [] ELSE [[i / 7]] END',
  "{'a': i, 'b c': {'d': ['x', NULL]}}",
  "MAP {'k' || i::VARCHAR: i}",
]
  .map((expression) => [expression, expression] as const)
  .concat([
    ['i::HUGEINT * 100000000000000000000', '(i::HUGEINT * 100000000000000000000)::DECIMAL(38,0)'],
    ["[{'h': i::HUGEINT, 'n': NULL}]", "[{'h': i::DECIMAL(38,0), 'n': NULL::INTEGER}]"],
    ['MAP {i::HUGEINT: i::UHUGEINT}', 'MAP {i::DECIMAL(38,0): i::DECIMAL(38,0)}'],
    ["INTERVAL '1 day 0.000001 seconds' * i::INTEGER", "(INTERVAL '1 day 0.000001 seconds' * i::INTEGER)::VARCHAR"],
    ['[i, i]::BIGINT[2]', '[i, i]'],
    ["'a'::ENUM ('a', 'b')", "'a'"],
  ])

test('what Parquet holds is what the query gives, whatever its types', async () => {
  const columns = fc.uniqueArray(fc.constantFrom(...EXPRESSIONS.keys()), {
    minLength: 1,
    maxLength: EXPRESSIONS.length,
  })
  const count = fc.integer({ min: 0, max: 100 })
  const folder = temporaryFolder()
  let files = 0
  await fc.assert(
    fc.asyncProperty(columns, count, async (chosen, rows) => {
      const file = join(folder, `${files++}.parquet`)
      const select = (which: 0 | 1) => {
        const fields = chosen.map((index) => `${EXPRESSIONS[index]?.[which]} AS c${index}`)
        return `SELECT ${fields.join(', ')} FROM range(${rows}) t(i)`
      }
      await write(`${select(0)} -- all`, file)
      const written = await query(`SELECT * FROM '${file}'`)
      expect(written).toEqual(await query(select(1)))
      if (rows > 0) {
        const types = (from: string) => query(`SELECT typeof(COLUMNS(*)) FROM (${from}) LIMIT 1`)
        expect(await types(`FROM '${file}'`)).toEqual(await types(select(1)))
      }
    }),
    { numRuns: 6 },
  )
}, 120_000)
