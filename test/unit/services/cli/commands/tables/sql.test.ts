// `tickerlake sql` over a small true lake: the words of the command line, the views, the examples, the formats.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sqlCommand } from '#services/cli/commands/tables/sql'
import { type CommandCall, type CommandOutput, runCommand } from '#support/command_context'
import { column } from '#support/delta/delta_table'
import { appendRows, createSampleLake, createTestTable } from '#support/lake/sql_lake'
import { newFolder, removeFolder, temporaryFolder } from '#support/temporary_folder'

const EXAMPLES = new URL('../../../../../../sql/examples/', import.meta.url)

let lake = ''
beforeAll(async () => {
  lake = newFolder()
  await createSampleLake(lake)
})
afterAll(() => removeFolder(lake))

function sql(query: string, call: Partial<CommandCall> = {}): Promise<CommandOutput> {
  return runCommand(sqlCommand, { env: { LAKE_URL: lake }, positionals: [query], ...call })
}

async function rows(query: string, values: CommandCall['values'] = {}): Promise<Record<string, unknown>[]> {
  return JSON.parse((await sql(query, { values: { json: true, ...values } })).stdout)
}

describe('the tables', () => {
  test('hold all rows, with the partition column from the log', async () => {
    const counts = 'SELECT date, count(*) AS n, min(event_time) AS first FROM stocks GROUP BY date ORDER BY date'
    expect(await rows(counts)).toEqual([
      { date: '2026-11-20', n: 180, first: '2026-11-20T23:30:00Z' },
      { date: '2026-11-21', n: 220, first: '2026-11-21T00:00:00Z' },
    ])
  })

  test('read as NULL where a file was written before the column was added', async () => {
    const folder = temporaryFolder()
    const fields = [column('a', 'long'), column('date', 'date')]
    await createTestTable(folder, { name: 'old', schema: { type: 'struct', fields } })
    await appendRows(folder, 'old', "SELECT 1 AS a, DATE '2026-11-21' AS date")
    const wider = { type: 'struct', fields: [...fields, column('b', 'string')] }
    const metaData = {
      id: 'x',
      format: { provider: 'parquet', options: {} },
      schemaString: JSON.stringify(wider),
      partitionColumns: ['date'],
      configuration: {},
    }
    const log = join(folder, 'old', '_delta_log', '00000000000000000002.json')
    writeFileSync(log, JSON.stringify({ metaData }))
    const attach = { attach: [`old=${join(folder, 'old')}`] }
    expect(await rows('SELECT * FROM old', attach)).toEqual([{ a: 1, date: '2026-11-21', b: null }])
  })
})

describe('the views', () => {
  test('bars has the highest revision of each bar', async () => {
    const revised = "SELECT revision, close, volume FROM bars WHERE symbol = 'AAPL' ORDER BY window_start LIMIT 3"
    expect(await rows(revised)).toEqual([
      { revision: 1, close: 999, volume: 200 },
      { revision: 1, close: 999, volume: 200 },
      { revision: 0, close: 104, volume: 100 },
    ])
    expect(await rows('SELECT count(*) AS n FROM bars')).toEqual([{ n: 38 }])
  })

  test('latest_quotes has the newest quote of each symbol and its change', async () => {
    const latest = 'SELECT symbol, price, change, change_percent, event_time FROM latest_quotes ORDER BY symbol'
    expect(await rows(latest)).toEqual([
      { symbol: 'AAPL', price: 107, change: 7, change_percent: 7, event_time: '2026-11-21T00:36:20Z' },
      { symbol: 'MSFT', price: 208, change: 8, change_percent: 4, event_time: '2026-11-21T00:36:30Z' },
    ])
  })

  test('bars_5m and bars_1h roll bars up', async () => {
    const [first] = await rows("SELECT * FROM bars_5m WHERE symbol = 'AAPL' ORDER BY window_start LIMIT 1")
    expect(first).toEqual({
      symbol: 'AAPL',
      window_start: '2026-11-20T23:50:00Z',
      window_end: '2026-11-20T23:55:00Z',
      open: 100,
      high: 110,
      low: 90,
      close: 108,
      average: 105,
      vwap: (102 * 400 + 101.5 * 300) / 700,
      volume: 700,
      count: 25,
      bars: 5,
      complete: true,
    })
    const hours = 'SELECT symbol, window_start, volume, vwap, bars FROM bars_1h ORDER BY ALL'
    expect((await rows(hours)).map(({ symbol, volume, bars }) => [symbol, volume, bars])).toEqual([
      ['AAPL', 1200, 10],
      ['AAPL', 900, 9],
      ['MSFT', null, 10],
      ['MSFT', null, 9],
    ])
  })

  test('dead_letters_text shows text where there is any', async () => {
    const letters = 'SELECT key, value FROM dead_letters_text ORDER BY origin_offset'
    expect(await rows(letters)).toEqual([
      { key: 'k', value: '{"price' },
      { key: 'k', value: null },
    ])
    expect(await rows('SELECT value FROM dead_letters WHERE origin_offset = 1')).toEqual([{ value: 'ff00' }])
  })

  test('freshness tells how far each table is behind', async () => {
    const fresh = 'SELECT table_name, row_count, newest_ingest, seconds_behind FROM freshness'
    const found = await rows(fresh)
    expect(Object.fromEntries(found.map((row) => [row.table_name, row.row_count]))).toEqual({
      stocks: 400,
      bars_1m: 40,
      alerts: 3,
      late_quotes: 2,
      dead_letters: 2,
      history_bars: 0,
      history_days: 0,
      corporate_actions: 0,
    })
    for (const row of found.slice(0, 5)) expect(typeof row.seconds_behind).toBe('number')
  })
})

describe('the examples', () => {
  const examples = readdirSync(EXAMPLES)

  test('are eight at least, each with a comment', () => {
    expect(examples.length).toBeGreaterThanOrEqual(8)
    for (const name of examples) expect(readFileSync(new URL(name, EXAMPLES), 'utf8')).toMatch(/^-- [A-Z][^\n]+\.\n/)
  })

  test.each(examples)('%s runs, and finds rows unless it looks for faults', async (name) => {
    const file = new URL(name, EXAMPLES).pathname
    const { stdout } = await sql('', { positionals: [], values: { file, json: true } })
    if (name === 'doubles.sql') expect(JSON.parse(stdout)).toEqual([])
    else expect(JSON.parse(stdout).length).toBeGreaterThan(0)
  })

  test('doubles.sql finds a record that was written twice', async () => {
    const folder = temporaryFolder()
    await createSampleLake(folder)
    const twice = `SELECT 'A' AS symbol, 'stock-prices' AS source_topic, 1 AS source_partition, 7 AS source_offset,
      DATE '2026-11-21' AS date`
    await appendRows(folder, 'stocks', twice)
    const query = readFileSync(new URL('doubles.sql', EXAMPLES), 'utf8')
    const { stdout } = await sql(query, { env: { LAKE_URL: folder }, values: { format: 'csv' } })
    expect(stdout.split('\r\n').slice(1)).toEqual(['stocks,stock-prices,1,7,2', ''])
  })
})

describe('the command line', () => {
  test('takes the query from stdin when there is none', async () => {
    const { stdout } = await sql('', {
      positionals: [],
      stdin: 'SELECT 1 AS a;\nSELECT 2 AS b;',
      values: { format: 'csv' },
    })
    expect(stdout).toBe('a\r\n1\r\nb\r\n2\r\n')
  })

  test('prints a table by default', async () => {
    expect((await sql("SELECT 1 AS n, 'x' AS text")).stdout).toMatch(
      /^ n \| text\n---\+------\n 1 \| x\n\(1 row, \d+ ms\)\n$/,
    )
  })

  test('travels in time', async () => {
    const count = 'SELECT count(*) AS n FROM bars_1m'
    expect(await rows(count, { version: '1' })).toEqual([{ n: 38 }])
    expect(await rows(count, { 'as-of': '2026-11-21T15:30:00.001Z' })).toEqual([{ n: 38 }])
    expect(await rows(count, { 'as-of': '2026-11-21T15:30:00' })).toEqual([{ n: 0 }])
    expect(await rows(count, { 'as-of': '2026-11-22' })).toEqual([{ n: 40 }])
  })

  test('attaches any Delta table under a name of its own', async () => {
    const attach = [`other=${join(lake, 'alerts')}`, `more=${join(lake, 'stocks')}`]
    expect(await rows('SELECT count(*) AS n FROM other, (FROM more LIMIT 2)', { attach })).toEqual([{ n: 6 }])
  })

  test.each<[string, NonNullable<CommandCall['values']>, readonly string[]]>([
    ['takes one query', {}, ['SELECT', '1']],
    ['not both', { file: 'x' }, ['SELECT 1']],
    ['cannot be read', { file: '/not/there.sql' }, []],
    ['--format takes', { format: 'xml' }, ['SELECT 1']],
    ['contradict', { format: 'csv', json: true }, ['SELECT 1']],
    ['not both', { version: '1', 'as-of': '2026-11-21' }, ['SELECT 1']],
    ['--version takes', { version: 'one' }, ['SELECT 1']],
    ['--as-of takes', { 'as-of': 'yesterday' }, ['SELECT 1']],
    ['name=PATH_OR_URL', { attach: ['/a/place'] }, ['SELECT 1']],
    ["place is wrong: not an S3 place: 's3://'", { attach: ['mine=s3://'] }, ['SELECT 1']],
    ['taken already', { attach: ['BARS=/a/place'] }, ['SELECT 1']],
  ])('says %j for %j', async (message, values, positionals) => {
    const failure = { code: 'USAGE', message: expect.stringContaining(message) }
    await expect(sql('', { positionals, values })).rejects.toMatchObject(failure)
  })

  test('a wrong query is one clear line', async () => {
    const failure = {
      code: 'SQL_FAILED',
      message: 'there is no table or view "stokcs"; did you mean "stocks"? (line 1)',
    }
    await expect(sql('SELECT * FROM stokcs')).rejects.toMatchObject(failure)
  })

  test.each<[string, Partial<CommandCall>]>([
    ['the query', { positionals: [''] }],
    ['the query', { positionals: [' ; -- nothing\n;'] }],
    ['standard input', { positionals: [], stdin: '' }],
    ['standard input', { positionals: [], stdin: '\ufeff/* nothing */\n', values: { file: '-' } }],
  ])('%s without a statement is wrong use', async (place, call) => {
    const message = expect.stringContaining(`there is no statement in ${place}; give one`)
    await expect(sql('', call)).rejects.toMatchObject({ code: 'USAGE', message })
  })

  test('a file without a statement is wrong use, and is named', async () => {
    const file = join(temporaryFolder(), 'empty.sql')
    writeFileSync(file, '-- nothing\n')
    const message = expect.stringContaining(`there is no statement in the file ${file}`)
    await expect(sql('', { positionals: [], values: { file } })).rejects.toMatchObject({ code: 'USAGE', message })
  })

  test('each statement is one JSON value; with ndjson each row is one', async () => {
    const two = 'SELECT 1 AS a UNION ALL SELECT 2; SELECT 3 AS b'
    expect((await sql(two, { values: { json: true } })).stdout).toBe('[\n{"a":1},\n{"a":2}\n]\n[\n{"b":3}\n]\n')
    expect((await sql(two, { values: { format: 'ndjson' } })).stdout).toBe('{"a":1}\n{"a":2}\n{"b":3}\n')
  })

  test("the prompt's commands work in a pipe and in a file", async () => {
    const script = '.mode csv\nSELECT 1 AS a;\n.tables\n\\d alerts\n.mode\n\\x\n\\q\nSELECT 2;'
    const file = join(temporaryFolder(), 'script.sql')
    writeFileSync(file, script)
    const piped = await sql('', { positionals: [], stdin: script })
    expect(piped.stdout).toMatch(/^a\r\n1\r\nstocks +Every valid quote/)
    expect(piped.stdout).toMatch(
      /\ncolumn,type\r\nid,VARCHAR\r\n[\s\S]*percent,DOUBLE\r\n[\s\S]*date,DATE\r\ncsv\nupright is on\n$/,
    )
    expect((await sql('', { positionals: [], values: { file } })).stdout).toBe(piped.stdout)
  })

  test('a wrong command in a pipe is named, and nothing runs', async () => {
    const failure = { code: 'USAGE', message: 'there is no command .tabels; .help lists what there is' }
    await expect(sql('', { positionals: [], stdin: 'SELECT 1;\n.tabels' })).rejects.toMatchObject(failure)
  })

  test('.timer tells the time in other formats on stderr, and takes it from the table', async () => {
    const timed = await sql('', { positionals: [], stdin: '.timer on\n.mode csv\nSELECT 1 AS a;\n' })
    expect(timed.stderr).toMatch(/^\d+ ms\n$/)
    const untimed = await sql('', { positionals: [], stdin: '.timer off\n\\x on\nSELECT 1 AS a;\n' })
    expect(untimed.stdout).toBe('-[ 1 ]+--\n a | 1\n(1 row)\n')
  })

  test('\\d of an unknown table says which one was meant, and reads no file', async () => {
    const failure = { code: 'USAGE', message: 'there is no table or view "stock"; did you mean "stocks"?' }
    await expect(sql('', { positionals: [], stdin: '\\d stock' })).rejects.toMatchObject(failure)
    const { stdout, stderr } = await sql('', { positionals: [], stdin: '\\d latest_quotes', values: { explain: true } })
    expect(stdout).toMatch(/ column +\| type\n/)
    expect(stderr).toBe('')
  })

  test('EXPLAIN prints its plan as the picture that it is', async () => {
    expect((await sql('EXPLAIN SELECT 1')).stdout).toMatch(/^┌─+┐\n│ +PROJECTION +│\n/)
  })

  test('an empty lake says what to do', async () => {
    const env = { LAKE_URL: temporaryFolder() }
    await expect(sql('SELECT * FROM latest_quotes', { env })).rejects.toThrow(
      /^no tables at .* yet: start the pipeline/,
    )
    expect((await sql('SELECT 1 AS a', { env, values: { format: 'csv' } })).stdout).toBe('a\r\n1\r\n')
  })

  test('limits are settings', async () => {
    const env = { LAKE_URL: lake, SQL_TIMEOUT_MS: '700' }
    const failure = { code: 'SQL_LIMIT', message: expect.stringContaining('SQL_TIMEOUT_MS') }
    await expect(sql('SELECT sleep_ms(60000)', { env })).rejects.toMatchObject(failure)
    await expect(sql('SELECT 1', { env: { LAKE_URL: lake, SQL_MEMORY_MB: '1' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })
})

describe('--explain', () => {
  const explained = async (query: string) => {
    const { stdout, stderr } = await sql(query, { values: { json: true, explain: true } })
    return { rows: JSON.parse(stdout), stderr }
  }

  test('says how many files of how many were read of each table, beside the result', async () => {
    const day = "SELECT count(*) AS n FROM stocks WHERE date = '2026-11-20'"
    const { rows, stderr } = await explained(day)
    expect(rows).toEqual([{ n: 180 }])
    expect(stderr).toMatch(/^stocks: 1 of 2 files read, \d kB of \d\d kB\n$/)
  })

  test('conditions on views and in joins count, too', async () => {
    expect((await explained("SELECT count(*) FROM bars WHERE date = '2026-11-20'")).stderr).toMatch(/^bars_1m: 2 of 3/)
    const join = "SELECT count(*) FROM stocks JOIN alerts USING (date) WHERE date = '2026-11-21'"
    expect((await explained(join)).stderr).toMatch(/alerts: 1 of 1 files.*\nstocks: 1 of 2 files/)
  })

  test('no file at all may be needed', async () => {
    const { rows, stderr } = await explained(
      "SELECT count(*) AS n, max(price) AS p FROM stocks WHERE date = '1999-01-01'",
    )
    expect(rows).toEqual([{ n: 0, p: null }])
    expect(stderr).toMatch(/^stocks: 0 of 2 files/)
  })
})
